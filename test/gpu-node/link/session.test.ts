import { describe, expect, it } from 'vitest'
import type { EngineEvent } from '../../../gpu-node/engine/engine.ts'
import { Session } from '../../../gpu-node/link/session.ts'
import type { NodeEvent } from '../../../shared/wire.ts'
import { endOf, FakeEngine, startOf } from '../fake-engine.ts'

function createSession({ flushed = () => Promise.resolve() } = {}) {
  const engine = new FakeEngine()
  const sent: NodeEvent[] = []
  const drains: (number | 'over')[] = []
  const session = new Session({
    engine,
    outbox: { send: (event) => void sent.push(event), flushed },
    onDrain: (limitMs) => drains.push(limitMs),
    onDrained: () => drains.push('over'),
  })
  return { engine, sent, session, drains }
}
const soon = () => new Promise((resolve) => setImmediate(resolve))
const cancelOf = (callId: string) => ({ type: 'call.cancel', callId }) as const
const error: EngineEvent = { type: 'call.error', callId: 'e-1', code: 'internal', message: 'It broke.' }

describe('Session commands', () => {
  it('hands starts, and cancels of running calls, to the engine', () => {
    const { engine, session } = createSession()
    expect(session.receive(startOf('e-1'))).toBeUndefined()
    expect(session.receive(cancelOf('e-1'))).toBeUndefined()
    expect(engine.commands).toEqual([startOf('e-1'), cancelOf('e-1')])
  })

  it('does nothing for a cancel of a call that is over or unknown', () => {
    const { engine, session } = createSession()
    session.receive(startOf('e-1'))
    session.deliver(endOf('e-1'))
    expect(session.receive(cancelOf('e-1'))).toBeUndefined()
    expect(session.receive(cancelOf('e-2'))).toBeUndefined()
    expect(engine.commands).toEqual([startOf('e-1')])
  })

  it('refuses a second start of a running call', () => {
    const { engine, session } = createSession()
    session.receive(startOf('e-1'))
    expect(session.receive(startOf('e-1'))).toMatch(/callId/)
    expect(engine.commands).toHaveLength(1)
  })
})

describe('adapters that are withdrawn', () => {
  const withdraw = { type: 'adapters.withdraw' as const, ids: ['6a0b1c2d0123456789abcdef'] }

  it('are told to an engine that fetches adapters, and are a fault where none does', () => {
    const { engine, session } = createSession()
    expect(session.receive(withdraw)).toMatch(/fetches no adapters/)
    const told: (readonly string[])[] = []
    Object.assign(engine, { withdraw: (ids: readonly string[]) => told.push(ids) })
    expect(session.receive(withdraw)).toBeUndefined()
    expect(told).toEqual([withdraw.ids])
  })
})

describe('Session events', () => {
  it('sends nothing of a call that this link did not start, or that is over', () => {
    const { sent, session } = createSession()
    session.receive(startOf('e-1'))
    session.deliver(error)
    session.deliver({ type: 'step', step: [['e-1', 'late', [1]]] })
    session.deliver(endOf('e-1'))
    session.deliver({ type: 'call.vectors', callId: 'old-7', start: 0, vectors: ['AAAAAA=='] })
    expect(sent).toEqual([error])
  })

  it('takes only the deltas of other links out of a step', () => {
    const { sent, session } = createSession()
    session.receive(startOf('e-1'))
    session.deliver({
      type: 'step',
      step: [
        ['old-7', 'x', [1]],
        ['e-1', 'y', [2]],
      ],
    })
    expect(sent).toEqual([{ type: 'step', step: [['e-1', 'y', [2]]] }])
  })

  it('sends gauges and holdings whatever runs', () => {
    const { sent, session } = createSession()
    const gauge: EngineEvent = {
      type: 'gauge',
      gauge: { rssMiB: 1, vramUsedMiB: null, vramTotalMiB: null, tokensPerSecond: 0 },
    }
    session.deliver(gauge)
    session.deliver({ type: 'holdings', models: [] })
    expect(sent).toEqual([gauge, { type: 'holdings', models: [] }])
  })
})

describe('Session drain', () => {
  it('passes the edge’s order on, and does nothing by itself', () => {
    const { drains, sent, session } = createSession()
    expect(session.receive({ type: 'drain', limitMs: 7 })).toBeUndefined()
    expect({ drains, sent }).toEqual({ drains: [7], sent: [] })
  })

  it('is told once, refuses new calls, lets running ones end, and is over with the last', async () => {
    const { drains, engine, sent, session } = createSession()
    session.receive(startOf('e-1'))
    session.receive(startOf('e-2'))
    session.drain()
    session.drain()
    session.receive(startOf('e-3'))
    expect(sent).toEqual([
      { type: 'draining' },
      expect.objectContaining({ type: 'call.error', callId: 'e-3', code: 'no_capacity' }),
    ])
    expect(engine.commands).toEqual([startOf('e-1'), startOf('e-2')])
    session.deliver(endOf('e-1'))
    await soon()
    expect(drains).toEqual([])
    session.deliver(endOf('e-2'))
    await soon()
    expect(drains).toEqual(['over'])
    expect(sent.slice(2)).toEqual([endOf('e-1'), endOf('e-2')])
  })

  it('is over at once when nothing runs', async () => {
    const { drains, session } = createSession()
    session.drain()
    await soon()
    expect(drains).toEqual(['over'])
  })

  it('is not over before a slow link has taken the last end', async () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    const { drains, session } = createSession({ flushed: () => promise })
    session.drain()
    await soon()
    expect(drains).toEqual([])
    resolve()
    await soon()
    expect(drains).toEqual(['over'])
  })
})

describe('Session end', () => {
  it('cancels every running call, once, and sends nothing more of them', () => {
    const { engine, sent, session } = createSession()
    for (const callId of ['e-1', 'e-2', 'e-3']) session.receive(startOf(callId))
    session.deliver(endOf('e-2'))
    sent.length = 0
    session.end()
    session.end()
    expect(engine.commands.slice(3)).toEqual([cancelOf('e-1'), cancelOf('e-3')])
    session.deliver(endOf('e-1'))
    expect(sent).toEqual([])
  })
})

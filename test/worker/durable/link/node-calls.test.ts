import { afterEach, describe, expect, it, vi } from 'vitest'
import { AppError } from '../../../../shared/errors.ts'
import { MAX_COMMAND_LENGTH } from '../../../../shared/wire.ts'
import {
  CANCEL_CONFIRM_MS,
  MAX_FOREIGN_FRAMES,
  MAX_MOVED_CALLS,
  MAX_QUEUED_CALLS,
  QUEUE_WAIT_LIMIT_MS,
} from '../../../../worker/durable/link/node-calls.ts'
import { heardOf } from '../../link-calls.ts'
import { usage } from '../../samples.ts'
import { delta, end, setUp } from './node-calls-setup.ts'

const FOREIGN = 'ffffffff-1'
const neverRun = {
  type: 'error',
  code: 'no_capacity',
  message: 'The node on which this request waited was lost.',
}

const codeOf = (act: () => unknown) => {
  try {
    act()
  } catch (thrown) {
    if (thrown instanceof AppError) return thrown.code
    throw thrown
  }
  return undefined
}

afterEach(() => vi.useRealTimers())

describe('NodeCalls admits', () => {
  it('a call into a free slot and sends it; the next waits until the first has ended', () => {
    const { calls, open, sent } = setUp()
    const first = open()
    const second = open()
    expect(sent()).toEqual([`generation.start ${first.callId}`])
    expect(Object.fromEntries(calls.load())).toMatchObject({ m: { active: 1, queued: 1 } })
    expect(calls.end(first.callId, end)).toBeUndefined()
    expect(sent()).toEqual([`generation.start ${second.callId}`])
    expect(Object.fromEntries(calls.load())).toMatchObject({ m: { active: 1, queued: 0 } })
  })

  it('calls with an adapter into the slots of their model, and counts them for themselves', () => {
    const { calls, open, sent } = setUp()
    const first = open('m', 'Hi', 'caller', 'm:x')
    const second = open('m', 'Hi', 'caller')
    expect(sent()).toEqual([`generation.start ${first.callId}`])
    expect(Object.fromEntries(calls.load())).toEqual({ m: { active: 1, queued: 1, queue: [0] } })
    calls.deliver(first.callId, delta)
    calls.end(first.callId, end)
    expect(sent()).toEqual([`generation.start ${second.callId}`])
    calls.deliver(second.callId, delta)
    expect(calls.metrics.models).toMatchObject({
      'm:x': { calls: { first: 1 }, completionTokens: end.usage.completionTokens },
      m: { calls: { first: 1 }, completionTokens: 0 },
    })
  })

  it(`${MAX_QUEUED_CALLS} waiting calls, and is busy for one more`, () => {
    const { calls, open, sent } = setUp()
    for (let count = 0; count < 1 + MAX_QUEUED_CALLS; count += 1) open('m', 'Hi', `caller ${count}`)
    expect(Object.fromEntries(calls.load())).toMatchObject({ m: { active: 1, queued: MAX_QUEUED_CALLS } })
    expect(codeOf(() => open('m', 'Hi', 'one more'))).toBe('no_capacity')
    expect(sent()).toHaveLength(1)
    expect(calls.size).toBe(1 + MAX_QUEUED_CALLS) // who was turned away left nothing behind
  })

  it('a call in the middle of its answer before all that have not begun', () => {
    const { calls, open, arrive, sent } = setUp()
    const [running, fresh] = [open(), open()]
    const again = arrive('retry')
    const moved = arrive('move')
    sent()
    calls.end(running.callId, end)
    calls.end(moved.callId, end)
    calls.end(fresh.callId, end)
    const started = [moved, fresh, again].map(({ callId }) => `generation.start ${callId}`)
    expect(sent()).toEqual(started)
  })

  it(`${MAX_MOVED_CALLS} such calls beside a full queue, and is busy for one more`, () => {
    const { calls, open, arrive } = setUp()
    for (let count = 0; count < 1 + MAX_QUEUED_CALLS; count += 1) open('m', 'Hi', `caller ${count}`)
    for (let count = 0; count < MAX_MOVED_CALLS; count += 1) arrive('move')
    expect(Object.fromEntries(calls.load())).toMatchObject({
      m: { active: 1, queued: MAX_QUEUED_CALLS + MAX_MOVED_CALLS },
    })
    expect(codeOf(() => arrive('move'))).toBe('no_capacity')
  })

  it('each model by its own slots', () => {
    const { calls, open, sent } = setUp()
    const [a, b] = [open('a'), open('b')]
    expect(sent()).toEqual([`generation.start ${a.callId}`, `generation.start ${b.callId}`])
    expect(Object.fromEntries(calls.load())).toMatchObject({
      a: { active: 1, queued: 0 },
      b: { active: 1, queued: 0 },
    })
  })

  it('a command up to the longest frame, and refuses one unit more without taking a slot', () => {
    const { calls, open, sent, node } = setUp({ slots: 2 })
    open('m', '')
    const empty = JSON.stringify(node.sent[0]).length
    sent()
    open('m', 'x'.repeat(MAX_COMMAND_LENGTH - empty))
    expect(JSON.stringify(node.sent[0])).toHaveLength(MAX_COMMAND_LENGTH)
    expect(codeOf(() => open('m', 'x'.repeat(MAX_COMMAND_LENGTH - empty + 1)))).toBe('too_large')
    expect(calls.size).toBe(2)
    expect(Object.fromEntries(calls.load())).toMatchObject({ m: { active: 2, queued: 0 } })
  })

  it('more calls when the node has more slots, first come, first served', () => {
    const { calls, open, sent, node } = setUp()
    const [, b, c] = [open(), open(), open(), open()]
    sent()
    node.slots = 3
    calls.resize()
    expect(sent()).toEqual([`generation.start ${b?.callId}`, `generation.start ${c?.callId}`])
  })

  it('nobody while more run than the node has slots left', () => {
    const { calls, open, sent, node } = setUp({ slots: 2 })
    const [a, b, c] = [open(), open(), open()]
    sent()
    node.slots = 1
    calls.resize()
    calls.end(a.callId, end)
    expect(sent()).toEqual([])
    calls.end(b.callId, end)
    expect(sent()).toEqual([`generation.start ${c.callId}`])
  })
})

describe('NodeCalls ends', () => {
  it('a call once, and holds nothing of it after that', async () => {
    const { calls, open, node } = setUp()
    const { callId, events } = open()
    expect(calls.deliver(callId, delta)).toBeUndefined()
    expect(calls.end(callId, end)).toBeUndefined()
    expect(await heardOf(events)).toEqual([delta, end])
    expect(calls.size).toBe(0)
    expect(Object.fromEntries(calls.load())).toMatchObject({ m: { active: 0, queued: 0 } })
    expect(node.changes).toBe(2)
    expect(calls.end(callId, end)).toBeUndefined() // it crossed the first on the way: dropped
    expect(calls.deliver(callId, delta)).toBeUndefined()
    expect(node.changes).toBe(2)
  })

  it('a call that has waited too long for a slot, at the limit and not before', async () => {
    const { calls, open, sent, node } = setUp()
    open()
    node.now = 1_000
    const waiting = open()
    node.now = 2_000
    open()
    sent()
    node.now = 1_000 + QUEUE_WAIT_LIMIT_MS - 1
    calls.tick()
    expect(Object.fromEntries(calls.load())).toMatchObject({ m: { active: 1, queued: 2 } })
    node.now += 1
    calls.tick()
    expect(Object.fromEntries(calls.load())).toMatchObject({ m: { active: 1, queued: 1 } }) // the younger one waits on
    expect(await heardOf(waiting.events)).toEqual([
      { type: 'error', code: 'no_capacity', message: 'No slot became free within 30 seconds.' },
    ])
    expect(sent()).toEqual([]) // the node never heard of it
  })

  it('a call that has less time than every call at its own limit, and never after that of every call', async () => {
    const { calls, open, arrive, node } = setUp()
    open()
    const patient = arrive('move', QUEUE_WAIT_LIMIT_MS + 1)
    const hasty = arrive('move', 1_500)
    node.now = 1_499
    calls.tick()
    expect(Object.fromEntries(calls.load())).toMatchObject({ m: { queued: 2 } })
    node.now = 1_500
    calls.tick()
    expect(await heardOf(hasty.events)).toEqual([
      { type: 'error', code: 'no_capacity', message: 'No slot became free within 2 seconds.' },
    ])
    node.now = QUEUE_WAIT_LIMIT_MS - 1
    calls.tick()
    expect(Object.fromEntries(calls.load())).toMatchObject({ m: { queued: 1 } })
    node.now += 1
    calls.tick()
    expect(await heardOf(patient.events)).toMatchObject([{ code: 'no_capacity' }])
  })

  it('all calls when the link is over, those that wait as never run, and starts clean', async () => {
    const { calls, open, sent } = setUp()
    const [running, waiting] = [open(), open()]
    sent()
    calls.failAll('The node was lost.')
    const failure = { type: 'error', code: 'node_failed', message: 'The node was lost.' }
    expect(await heardOf(running.events)).toEqual([failure])
    expect(await heardOf(waiting.events)).toEqual([neverRun])
    expect(calls.size).toBe(0)
    expect(Object.fromEntries(calls.load())).toEqual({})
    expect(sent()).toEqual([])
    const next = open()
    expect(sent()).toEqual([`generation.start ${next.callId}`])
    expect(calls.deliver(running.callId, delta)).toBeUndefined() // of this object, long over
    expect(sent()).toEqual([])
  })
})

describe('NodeCalls cancels', () => {
  it('a running call by asking the node once, and keeps its slot until the node has confirmed', async () => {
    const { calls, open, sent } = setUp()
    const { callId, events } = open()
    open()
    sent()
    const cancelled = calls.cancel(callId)
    const again = calls.cancel(callId)
    expect(sent()).toEqual([`call.cancel ${callId}`])
    expect(calls.deliver(callId, delta)).toBeUndefined() // dropped: nobody wants it any more
    calls.end(callId, { ...end, finishReason: 'cancelled' })
    expect(await cancelled).toEqual(usage())
    expect(await again).toEqual(usage())
    expect(await heardOf(events)).toEqual([{ ...end, finishReason: 'cancelled' }])
    expect(Object.fromEntries(calls.load())).toMatchObject({ m: { active: 1, queued: 0 } })
  })

  it('a waiting call at once, without a word to the node and without usage', async () => {
    const { calls, open, sent } = setUp()
    const first = open()
    const waiting = open()
    const last = open()
    sent()
    expect(await calls.cancel(waiting.callId)).toEqual({
      promptTokens: 0,
      cachedPromptTokens: 0,
      completionTokens: 0,
    })
    expect(sent()).toEqual([])
    calls.end(first.callId, end)
    expect(sent()).toEqual([`generation.start ${last.callId}`])
  })

  it('a call whose reader has left', async () => {
    const { calls, open, sent } = setUp()
    const [running, waiting] = [open(), open()]
    sent()
    await running.events.cancel()
    await waiting.events.cancel()
    expect(sent()).toEqual([`call.cancel ${running.callId}`])
    calls.end(running.callId, { ...end, finishReason: 'cancelled' })
    expect(calls.size).toBe(0)
    expect(Object.fromEntries(calls.load())).toMatchObject({ m: { active: 0, queued: 0 } })
  })

  it('nothing where nothing is open', async () => {
    const { calls, open, sent } = setUp()
    const { callId } = open()
    calls.end(callId, end)
    sent()
    expect(await calls.cancel(callId)).toBeNull()
    expect(await calls.cancel('made up')).toBeNull()
    expect(sent()).toEqual([])
  })

  it('and stops waiting for a node that does not confirm in time', async () => {
    vi.useFakeTimers()
    const { calls, open } = setUp()
    const { callId } = open()
    const cancelled = vi.fn()
    const done = calls.cancel(callId).then(cancelled)
    await vi.advanceTimersByTimeAsync(CANCEL_CONFIRM_MS - 1)
    expect(cancelled).not.toHaveBeenCalled()
    await vi.advanceTimersByTimeAsync(1)
    await done
    expect(cancelled).toHaveBeenCalledWith(null)
    expect(calls.size).toBe(1) // its slot is the node's until the node says otherwise
  })
})

describe('NodeCalls takes a node to task', () => {
  it('for ids that it was never given', () => {
    const { calls, open } = setUp()
    const { callId } = open()
    const next = callId.replace(/-1$/, '-2')
    expect(calls.deliver(next, delta)).toContain(next)
    expect(calls.end(next, end)).toContain(next)
    expect(calls.end('x'.repeat(64), end)).toMatch(/^callId: no call 'x{64}' was ever started$/)
  })

  it('for the end of a call that still waits: it was never sent', () => {
    const { calls, open } = setUp()
    open()
    const waiting = open()
    expect(calls.end(waiting.callId, end)).toContain(waiting.callId)
    expect(Object.fromEntries(calls.load())).toMatchObject({ m: { active: 1, queued: 1 } })
  })

  it('for text of a call that still waits: it was never sent', () => {
    const { calls, open } = setUp()
    open()
    const waiting = open()
    expect(calls.deliver(waiting.callId, delta)).toContain(waiting.callId)
  })

  it(`for more than ${MAX_FOREIGN_FRAMES} frames of calls of another epoch, each answered with a cancel`, () => {
    const { calls, sent } = setUp()
    for (let count = 0; count < MAX_FOREIGN_FRAMES; count += 1) {
      const fault = count % 2 ? calls.deliver(FOREIGN, delta) : calls.end(FOREIGN, end)
      expect(fault).toBeUndefined()
    }
    expect(sent()).toEqual(Array(MAX_FOREIGN_FRAMES).fill(`call.cancel ${FOREIGN}`))
    expect(calls.deliver(FOREIGN, delta)).toMatch(/too many/)
    expect(sent()).toEqual([])
  })

  it('anew with each link', () => {
    const { calls } = setUp()
    for (let count = 0; count < MAX_FOREIGN_FRAMES; count += 1) calls.deliver(FOREIGN, delta)
    calls.failAll('The link is over.')
    expect(calls.deliver(FOREIGN, delta)).toBeUndefined()
  })
})

describe('NodeCalls of a node that has fallen silent', () => {
  it('end for their readers; the node is told to stop what it was sent, and what it still says is dropped', async () => {
    const { calls, open, sent } = setUp()
    const [running, waiting] = [open(), open()]
    sent()
    calls.giveUp('silent')
    expect(sent()).toEqual([`call.cancel ${running.callId}`])
    const failure = { type: 'error', code: 'node_failed', message: 'silent' }
    expect(await heardOf(running.events)).toEqual([failure])
    expect(await heardOf(waiting.events)).toEqual([neverRun])
    expect(calls.deliver(running.callId, delta)).toBeUndefined()
    expect(calls.end(running.callId, end)).toBeUndefined()
    expect(sent()).toEqual([])
    expect(calls.size).toBe(0)
  })

  it('or has had its time end with what they are told', async () => {
    const { calls, open, sent } = setUp()
    const { callId, events } = open()
    sent()
    calls.giveUp('drained', 'no_capacity')
    expect(sent()).toEqual([`call.cancel ${callId}`])
    expect(await heardOf(events)).toEqual([{ type: 'error', code: 'no_capacity', message: 'drained' }])
  })

  it('leave their slots to the next', () => {
    const { calls, open, sent } = setUp()
    open()
    calls.giveUp('silent')
    sent()
    const next = open()
    expect(sent()).toEqual([`generation.start ${next.callId}`])
  })

  it('do not wipe out what it has done wrong', () => {
    const { calls } = setUp()
    for (let count = 0; count < MAX_FOREIGN_FRAMES; count += 1) calls.deliver(FOREIGN, delta)
    calls.giveUp('silent')
    expect(calls.deliver(FOREIGN, delta)).toMatch(/too many/)
  })
})

describe('NodeCalls are busy', () => {
  it('from the first call that is sent until the last has ended', () => {
    const { node, calls, open } = setUp()
    expect(calls.busySince).toBeUndefined()
    node.now = 5
    const [first, second] = [open(), open()]
    node.now = 7
    calls.end(first.callId, end)
    expect(calls.busySince).toBe(5)
    calls.end(second.callId, end)
    expect(calls.busySince).toBeUndefined()
    node.now = 9
    open()
    expect(calls.busySince).toBe(9)
    calls.failAll('over')
    expect(calls.busySince).toBeUndefined()
  })
})

import '../../workerd.ts'
import { describe, expect, it } from 'vitest'
import { QUEUE_WAIT_LIMIT_MS } from '../../../../worker/durable/link/node-calls.ts'
import type { ModelLoad } from '../../../../worker/services/pool/node-view.ts'
import { delta, end, setUp } from './node-calls-setup.ts'

describe('NodeCalls tells of its queue', () => {
  it('since when each call waits, in the order in which they run', () => {
    const { node, calls, open } = setUp()
    for (const [now, caller] of [
      [0, 'a'],
      [1, 'b'],
      [2, 'b'],
      [3, 'c'],
    ] as const) {
      node.now = now
      open('m', 'Hi', caller)
    }
    expect(calls.load()).toEqual(new Map([['m', { active: 1, queued: 3, queue: [1, 3, 2] }]]))
  })

  it('that calls of a model that is not in memory wait, until they begin or it is', () => {
    const { node, calls, open } = setUp({ slots: 2 })
    const [first] = [open(), open(), open()]
    node.now = 5
    open('n')
    const unloaded = new Set(['m', 'x'])
    const both = (ofM: ModelLoad) =>
      new Map([
        ['m', ofM],
        ['n', { active: 1, queued: 0, queue: [] }],
      ])
    expect(calls.load(unloaded)).toEqual(both({ active: 0, queued: 3, queue: [0, 0, 0] }))
    calls.deliver(first.callId, delta)
    expect(calls.load(unloaded)).toEqual(both({ active: 1, queued: 2, queue: [0, 0] }))
    expect(calls.load(new Set(['x']))).toEqual(both({ active: 2, queued: 1, queue: [0] }))
  })

  it('that a call of an adapter that is not in memory waits, beside others of its model that run', () => {
    const { calls, open } = setUp({ slots: 2 })
    open('m', 'Hi', 'caller', 'm:x')
    open('m', 'Hi', 'caller')
    expect(calls.load(new Set(['m:x']))).toEqual(new Map([['m', { active: 1, queued: 1, queue: [0] }]]))
  })
})

describe('NodeCalls counts', () => {
  const failure = (code: 'no_capacity' | 'node_failed') => ({ type: 'error', code, message: 'x' }) as const

  it('one move of a call that an engine which starts again gives back four times', () => {
    const { calls, arrive } = setUp()
    for (let count = 0; count < 4; count += 1) calls.end(arrive('move').callId, failure('no_capacity'))
    const { callId } = arrive('move')
    calls.deliver(callId, delta)
    calls.end(callId, end)
    expect(calls.metrics.models).toMatchObject({
      m: { calls: { first: 0, retry: 0, move: 1 }, handedBack: 4, errors: {} },
    })
  })

  it('no call that waited for a slot and never got one', () => {
    const { node, calls, open } = setUp()
    const { callId } = open()
    calls.deliver(callId, delta)
    open()
    node.now = QUEUE_WAIT_LIMIT_MS
    calls.tick()
    open()
    calls.turnAwayWaiting()
    open()
    calls.failAll('over')
    expect(calls.metrics.models).toMatchObject({
      m: { calls: { first: 1 }, handedBack: 3, errors: { node_failed: 1 } },
    })
  })

  it('a call whose reader left while it waited as cancelled alone', async () => {
    const { calls, open, arrive } = setUp()
    open()
    await arrive('move').events.cancel()
    expect(calls.metrics.models).toMatchObject({ m: { calls: { first: 0, move: 0 }, cancelled: 1 } })
  })
})

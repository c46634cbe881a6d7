import { describe, expect, it } from 'vitest'
import { createLogger } from '../../../../shared/log.ts'
import { MAX_ERRAND_INPUT_LENGTH, MAX_ERRAND_LIMIT_MS } from '../../../../shared/tasks/errands.ts'
import type { Errand, ErrandAnswer } from '../../../../worker/services/pool/errand.ts'
import type { NodeView } from '../../../../worker/services/pool/node-view.ts'
import {
  BUSY_WAIT_MS,
  createTaskCalls,
  MAX_CALL_TRIES,
} from '../../../../worker/services/tasks/task-calls.ts'
import { nodeHello } from '../../../support/frames.ts'
import { nodeView } from '../../samples.ts'

type Answers = (errand: Errand) => ErrandAnswer | Promise<ErrandAnswer>

const DONE = { output: '2', failed: false }

const able = (nodeId: string, over: Partial<NodeView> = {}): NodeView =>
  nodeView(nodeId, { hello: nodeHello({ errands: { kinds: ['math'], slots: 2 } }), ...over })

function setUp(nodes: Record<string, Answers>, views = Object.keys(nodes).map((id) => able(id))) {
  const asked: string[] = []
  const cancelled: string[] = []
  const clock = { now: 0 }
  const calls = createTaskCalls({
    nodeLink: (nodeId) => ({
      async errand(errand) {
        asked.push(nodeId)
        return (nodes[nodeId] ?? (() => ({ refused: 'away' as const })))(errand)
      },
      async cancelErrand(errandId) {
        cancelled.push(errandId)
      },
    }),
    snapshot: async () => views,
    later: () => {},
    log: createLogger(() => {}),
    now: () => clock.now,
    random: () => 0,
  })
  const call = (signal = new AbortController().signal, input = '1 + 1', limitMs = 1_000) =>
    calls.call('math', input, { accountId: 'a', limitMs, signal })
  return { calls, call, asked, cancelled, clock }
}

describe('a call of a task', () => {
  it('asks one node, the one with the fewest calls, and gives its answer', async () => {
    const views = [
      able('busy', { openCalls: 3 }),
      able('idle'),
      nodeView('other'),
      able('gone', { linked: false }),
    ]
    const { call, calls, asked } = setUp({ busy: () => DONE, idle: () => DONE }, views)
    expect(await call()).toEqual(DONE)
    expect(asked).toEqual(['idle'])
    expect(await calls.canCall('math')).toBe(true)
    expect(await calls.canCall('python')).toBe(false)
  })

  it('goes to the next where a node has no room', async () => {
    const { call, asked } = setUp({ a: () => ({ refused: 'busy' }), b: () => DONE })
    expect(await call()).toEqual(DONE)
    expect(asked).toEqual(['a', 'b'])
  })

  it('is given to another node once when one is lost with it, and to no third', async () => {
    const lost: Answers = () => ({ lost: true })
    const fails: Answers = () => Promise.reject(new Error('the object is gone'))
    const once = setUp({ a: fails, b: () => DONE })
    expect(await once.call()).toEqual(DONE)
    const twice = setUp({ a: lost, b: fails, c: () => DONE })
    await expect(twice.call()).rejects.toMatchObject({ code: 'node_failed' })
    expect(twice.asked).toEqual(['a', 'b'])
    const alone = setUp({ a: lost })
    await expect(alone.call()).rejects.toMatchObject({ code: 'node_failed' })
    expect(alone.asked).toHaveLength(MAX_CALL_TRIES)
  })

  it('tells of a fault that lies in what was asked, and asks nobody else', async () => {
    const fault = { fault: 'time_limit', message: 'This took longer than 1 seconds.' } as const
    const { call, asked } = setUp({ a: () => fault, b: () => DONE })
    expect(await call()).toEqual(fault)
    expect(asked).toEqual(['a'])
  })

  it('without a node is refused at once, and where all stay busy after a while', async () => {
    await expect(setUp({}).call()).rejects.toMatchObject({ code: 'no_capacity' })
    const { call, clock, asked } = setUp({
      a: () => {
        clock.now += BUSY_WAIT_MS / 2
        return { refused: 'busy' }
      },
    })
    await expect(call()).rejects.toMatchObject({ code: 'no_capacity', retryAfterSeconds: 5 })
    expect(asked).toEqual(['a', 'a'])
  })

  it('that is stopped rejects at once, and the node is told', async () => {
    const abort = new AbortController()
    const begun = Promise.withResolvers<string>()
    const { call, cancelled } = setUp({
      a: ({ errandId }) => {
        begun.resolve(errandId)
        return new Promise(() => {})
      },
    })
    const result = call(abort.signal)
    const errandId = await begun.promise
    abort.abort(new Error('enough'))
    await expect(result).rejects.toThrow('enough')
    expect(cancelled).toEqual([errandId])
    await expect(call(abort.signal)).rejects.toThrow('enough')
  })

  it('reads as much as may be and runs as long as may be, and no more', async () => {
    const { call, asked } = setUp({ a: () => DONE })
    expect(await call(undefined, 'x'.repeat(MAX_ERRAND_INPUT_LENGTH), MAX_ERRAND_LIMIT_MS)).toEqual(DONE)
    await expect(call(undefined, 'x'.repeat(MAX_ERRAND_INPUT_LENGTH + 1))).rejects.toMatchObject({
      code: 'too_large',
    })
    await expect(call(undefined, 'x', MAX_ERRAND_LIMIT_MS + 1)).rejects.toMatchObject({
      code: 'invalid_request',
    })
    expect(asked).toHaveLength(1)
  })
})

import '../../workerd.ts'
import { describe, expect, it, vi } from 'vitest'
import { AppError } from '../../../../shared/errors.ts'
import type { CallEvent, EndEvent, Usage } from '../../../../shared/generation.ts'
import { createLogger } from '../../../../shared/log.ts'
import type { CallStream } from '../../../../worker/services/inference/call-run.ts'
import { encodeEvent } from '../../../../worker/services/inference/event-lines.ts'
import { createInference } from '../../../../worker/services/inference/inference.ts'
import { BUSY_RETRY_SECONDS, type CallLink } from '../../../../worker/services/inference/placing.ts'
import type { NodeView } from '../../../../worker/services/pool/node-view.ts'
import { modelHolding, nodeHello } from '../../../support/frames.ts'
import { generationRequest, nodeView, poolOf, usage } from '../../samples.ts'

const caller = { requestId: 'request-1', accountId: 'account-1' }
const delta = (text: string, ...tokens: number[]): CallEvent => ({ type: 'delta', text, tokens })
const end: EndEvent = { type: 'end', finishReason: 'stop', usage: usage() }
const busy = async () => ({ refused: 'busy' as const })

/** A call's bytes in the hands of the test. */
function newCall(callId = 'call-1') {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>()
  const writer = writable.getWriter()
  const write = (bytes: Uint8Array) => void writer.write(bytes).catch(() => {}) // its reader may have left
  return {
    open: { callId, events: readable },
    say: (...events: CallEvent[]) => {
      for (const event of events) write(encodeEvent(event))
    },
    silence: () => write(new TextEncoder().encode('\n')),
    close: () => void writer.close().catch(() => {}),
    break: () => void writer.abort(new Error('Network connection lost.')).catch(() => {}),
  }
}

/** Inference over links that the test plays. */
function setUp(nodes: NodeView[], links: Record<string, Partial<CallLink>> = {}) {
  const asked: string[] = []
  const lines: Record<string, unknown>[] = []
  const work: Promise<unknown>[] = []
  const read = vi.fn(() => Promise.resolve(nodes))
  const inference = createInference({
    nodeLink: (nodeId) => {
      asked.push(nodeId)
      return { generate: busy, embed: busy, cancel: async () => null, ...links[nodeId] }
    },
    later: (promise) => void work.push(promise),
    pool: poolOf(read),
    cacheOf: async () => ({ scope: 'of a caller' }),
    findTuned: async () => undefined,
    log: createLogger((line) => lines.push(JSON.parse(line))),
  })
  return { inference, asked, lines, work, read }
}

async function readAll(stream: CallStream): Promise<CallEvent[]> {
  const found: CallEvent[] = []
  for await (const events of stream) found.push(...events)
  return found
}

/** One node, `a`, that takes a call; and what was cancelled. */
async function started(options: { signal?: AbortSignal; onCancel?: () => Promise<Usage | null> } = {}) {
  const call = newCall()
  const cancel = vi.fn(options.onCancel ?? (async () => usage({ completionTokens: 9 })))
  const set = setUp([nodeView('a')], { a: { generate: async () => call.open, cancel } })
  const signal = options.signal ?? new AbortController().signal
  return { ...set, call, cancel, stream: await set.inference.generate(generationRequest(), caller, signal) }
}

describe('a request is placed', () => {
  const generate = (set: ReturnType<typeof setUp>, model = 'm') =>
    set.inference.generate(generationRequest({ model }), caller, new AbortController().signal)

  /** Several nodes that all answer alike: which of them is best is placement's to say. */
  const alike = (ids: string[], answer: CallLink['generate']) =>
    setUp(
      ids.map((id) => nodeView(id)),
      Object.fromEntries(ids.map((id) => [id, { generate: answer }])),
    )

  it('on one node', async () => {
    const set = alike(['a', 'b'], async () => newCall().open)
    await generate(set)
    expect(set.asked).toHaveLength(1)
  })

  it('on the next when the best is busy; the directory is not asked again for that', async () => {
    const answers: CallLink['generate'][] = [busy, async () => newCall().open]
    const set = alike(['a', 'b'], (...call) => (answers.shift() ?? busy)(...call))
    await generate(set)
    expect(set.asked.toSorted()).toEqual(['a', 'b'])
    await generate(set).catch(() => {})
    expect(set.read).toHaveBeenCalledTimes(1)
  })

  it('on at most 3 nodes, each asked for a slot and then for a place in its queue, or is turned away', async () => {
    const set = alike(['a', 'b', 'c', 'd'], busy)
    await expect(generate(set)).rejects.toMatchObject({
      code: 'no_capacity',
      message: "The model 'm' cannot run now. All nodes that hold it are busy.",
      retryAfterSeconds: BUSY_RETRY_SECONDS,
    })
    expect(set.asked).toHaveLength(6)
    expect(new Set(set.asked).size).toBe(3)
    expect(set.asked.slice(3)).toEqual(set.asked.slice(0, 3))
  })

  it('into a free slot anywhere rather than into the queue of the best node', async () => {
    const asked: boolean[] = []
    const answers: CallLink['generate'] = async (_request, { mayWait }) => {
      asked.push(mayWait)
      return asked.length === 3 ? newCall().open : { refused: 'busy' }
    }
    await generate(alike(['a', 'b', 'c', 'd'], answers))
    expect(asked).toEqual([false, false, false])
  })

  it('with a burst of others into the queues of all nodes, and not of one', async () => {
    const queued: string[] = []
    const links = Object.fromEntries(
      ['a', 'b', 'c'].map((nodeId) => [
        nodeId,
        {
          generate: async (_request, { mayWait }) => {
            if (!mayWait) return { refused: 'busy' }
            queued.push(nodeId)
            return newCall().open
          },
        } satisfies Partial<CallLink>,
      ]),
    )
    const set = setUp(
      ['a', 'b', 'c'].map((nodeId) => nodeView(nodeId)),
      links,
    )
    await Promise.all(Array.from({ length: 12 }, () => generate(set)))
    const counts = ['a', 'b', 'c'].map((nodeId) => queued.filter((other) => other === nodeId).length)
    expect(counts).toEqual([4, 4, 4])
  })

  it('at once into the queue when one node alone holds the model', async () => {
    const asked: boolean[] = []
    const answer: CallLink['generate'] = async (_request, { mayWait }) => {
      asked.push(mayWait)
      return newCall().open
    }
    await generate(alike(['a'], answer))
    expect(asked).toEqual([true])
  })

  it('nowhere else when a node refuses it for what it is', async () => {
    const refusal = () => Promise.reject(new AppError('too_large', 'The request is too large.'))
    const set = alike(['a', 'b'], refusal)
    await expect(generate(set)).rejects.toMatchObject({ code: 'too_large' })
    expect(set.asked).toHaveLength(1)
  })

  it('nowhere when no node knows the model: model_not_found', async () => {
    const set = setUp([nodeView('a')])
    await expect(generate(set, 'gpt-9')).rejects.toMatchObject({ code: 'model_not_found', param: 'model' })
    expect(set.asked).toEqual([])
  })

  it('nowhere when its nodes are away: no_capacity, for they may come back', async () => {
    const set = setUp([nodeView('a', { linked: false })])
    await expect(generate(set)).rejects.toMatchObject({
      code: 'no_capacity',
      message: "The model 'm' cannot run now. No node that holds it is connected.",
      retryAfterSeconds: BUSY_RETRY_SECONDS,
    })
  })

  it('nowhere when there is no node at all: no_capacity, for who knows what they will hold', async () => {
    await expect(generate(setUp([]))).rejects.toMatchObject({ code: 'no_capacity' })
  })

  it('by what a model can do: an embedder does not generate, a generator does not embed', async () => {
    const signal = new AbortController().signal
    const only = (capability: 'embed' | 'generate') =>
      setUp([
        nodeView('a', {
          hello: nodeHello({ models: [modelHolding({ id: 'm', capabilities: [capability] })] }),
        }),
      ])
    await expect(generate(only('embed'))).rejects.toMatchObject({ code: 'model_not_found' })
    const embed = only('generate').inference.embed({ model: 'm', input: ['x'] }, caller, signal)
    await expect(embed).rejects.toMatchObject({ code: 'model_not_found' })
  })
})

describe('a call is followed', () => {
  it('to its end, and metered with one line', async () => {
    const { stream, call, cancel, lines } = await started()
    call.say(delta('a', 1), delta('b', 2, 3), end)
    expect(await readAll(stream)).toEqual([delta('a', 1), delta('b', 2, 3), end])
    expect(cancel).not.toHaveBeenCalled()
    expect(lines).toEqual([
      expect.objectContaining({
        ...caller,
        level: 'info',
        model: 'm',
        nodeId: 'a',
        outcome: 'stop',
        firstMs: expect.any(Number),
        totalMs: expect.any(Number),
        promptTokens: 5,
        completionTokens: 2,
      }),
    ])
  })

  it('with signs of life as empty pieces', async () => {
    const { stream, call } = await started()
    call.silence()
    expect((await stream.next()).value).toEqual([])
    call.say(end)
    expect(await readAll(stream)).toEqual([end])
  })

  it('to what the node says is wrong, after what it had said before', async () => {
    const { stream, call, cancel, lines } = await started()
    call.say(delta('a', 1))
    expect((await stream.next()).value).toEqual([delta('a', 1)])
    call.say({ type: 'error', code: 'context_length_exceeded', message: 'Too long.', param: 'messages' })
    await expect(stream.next()).rejects.toMatchObject({
      code: 'context_length_exceeded',
      message: 'Too long.',
      param: 'messages',
    })
    expect(cancel).not.toHaveBeenCalled()
    expect(lines).toMatchObject([
      { outcome: 'context_length_exceeded', promptTokens: null, completionTokens: 1 },
    ])
  })

  it.each(['close', 'break'] as const)(
    'to node_failed when its stream stops without an end (%s)',
    async (how) => {
      const { stream, call, lines, work } = await started()
      call.say(delta('a', 1))
      await stream.next()
      call[how]()
      await expect(readAll(stream)).rejects.toMatchObject({ code: 'node_failed' })
      await Promise.allSettled(work)
      expect(lines).toMatchObject([{ outcome: 'node_failed', completionTokens: 1 }])
    },
  )
})

describe('a call is stopped on its node, once', () => {
  it('when its signal aborts, also while the node is silent; the reader goes on to the end', async () => {
    const abort = new AbortController()
    const { stream, call, cancel, lines } = await started({ signal: abort.signal })
    const next = stream.next()
    abort.abort()
    expect(cancel.mock.calls).toEqual([['call-1']])
    call.say({ ...end, finishReason: 'cancelled' })
    expect((await next).value).toEqual([{ ...end, finishReason: 'cancelled' }])
    expect((await stream.next()).done).toBe(true)
    expect(cancel).toHaveBeenCalledTimes(1)
    expect(lines).toMatchObject([{ outcome: 'cancelled', completionTokens: 2 }])
  })

  it('when its signal had aborted before it was placed', async () => {
    const { stream, call, cancel } = await started({ signal: AbortSignal.abort() })
    call.say({ ...end, finishReason: 'cancelled' })
    await readAll(stream)
    expect(cancel).toHaveBeenCalledTimes(1)
  })

  it('when its reader leaves, and is metered with what the node says it used', async () => {
    const { stream, call, cancel, lines, work } = await started()
    call.say(delta('a', 1))
    await stream.next()
    await stream.return()
    expect(cancel).toHaveBeenCalledTimes(1)
    expect(work.length).toBeGreaterThan(0) // goes on after the response
    await Promise.all(work)
    expect(lines).toMatchObject([{ outcome: 'cancelled', promptTokens: 5, completionTokens: 9 }])
  })

  it('when it aborts and then leaves', async () => {
    const abort = new AbortController()
    const { stream, call, cancel, work } = await started({ signal: abort.signal })
    call.say(delta('a', 1))
    await stream.next()
    abort.abort()
    await stream.return()
    await Promise.all(work)
    expect(cancel).toHaveBeenCalledTimes(1)
  })

  it('and is metered by what was relayed when the node does not say', async () => {
    const { stream, call, lines, work } = await started({ onCancel: async () => null })
    call.say(delta('ab', 1, 2))
    await stream.next()
    await stream.return()
    await Promise.all(work)
    expect(lines).toMatchObject([{ outcome: 'cancelled', promptTokens: null, completionTokens: 2 }])
  })

  it('and is metered also when the node cannot be asked any more', async () => {
    const { stream, call, lines, work } = await started({ onCancel: () => Promise.reject(new Error('gone')) })
    call.say(delta('a', 1))
    await stream.next()
    await stream.return()
    await Promise.allSettled(work)
    expect(lines).toMatchObject([{ outcome: 'cancelled', completionTokens: 1 }])
  })

  it('but not when it has ended', async () => {
    const abort = new AbortController()
    const { stream, call, cancel } = await started({ signal: abort.signal })
    call.say(end)
    await readAll(stream)
    abort.abort()
    await stream.return()
    expect(cancel).not.toHaveBeenCalled()
  })
})

describe('the pool is described', () => {
  const holding = (id: string, contextTokens: number) => modelHolding({ id, contextTokens })
  const nodes = [
    nodeView('a', { hello: nodeHello({ models: [holding('z', 512), holding('m', 1_024)] }) }),
    nodeView('b', { hello: nodeHello({ models: [holding('m', 4_096)] }) }),
    nodeView('c', { linked: false, hello: nodeHello({ models: [holding('away', 1)] }) }),
  ]

  it('by the models that linked nodes hold, each once, with the largest context', async () => {
    const models = await setUp(nodes).inference.listModels()
    expect(models.map(({ id, contextTokens }) => [id, contextTokens])).toEqual([
      ['m', 4_096],
      ['z', 512],
    ])
  })

  it('by their adapters as models of their own', async () => {
    const adapters = [{ suffix: 'x', createdAt: 5, residence: 'disk' as const }]
    const hello = nodeHello({ models: [{ ...holding('m', 1_024), createdAt: 1, adapters }] })
    const models = await setUp([nodeView('d', { hello }), ...nodes]).inference.listModels()
    expect(models).toContainEqual({ id: 'm:x', contextTokens: 1_024, createdAt: 5, parent: 'm' })
    expect(models.map(({ id }) => id)).toEqual(['m', 'm:x', 'z'])
  })

  it('by how many nodes are there and how many are known', async () => {
    expect(await setUp(nodes).inference.countNodes()).toEqual({ online: 2, known: 3 })
  })
})

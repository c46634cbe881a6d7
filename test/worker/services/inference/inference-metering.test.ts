import '../../workerd.ts'
import { describe, expect, it, vi } from 'vitest'
import type { CallEvent } from '../../../../shared/generation.ts'
import { createLogger } from '../../../../shared/log.ts'
import { encodeEvent } from '../../../../worker/services/inference/event-lines.ts'
import { createInference } from '../../../../worker/services/inference/inference.ts'
import type { CallLink } from '../../../../worker/services/inference/placing.ts'
import type { CallRecord } from '../../../../worker/services/metering/call-record.ts'
import { generationRequest, nodeView, poolOf, usage } from '../../samples.ts'

const caller = { requestId: 'request-1', accountId: 'ada' }
const delta: CallEvent = { type: 'delta', text: 'a', tokens: [1] }
const end: CallEvent = { type: 'end', finishReason: 'stop', usage: usage({ completionTokens: 7 }) }

/** One node whose answer begins with these events and then waits; what is metered, and the work that goes on later. */
async function started(events: readonly CallEvent[]) {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>()
  const writer = writable.getWriter()
  for (const event of events) writer.write(encodeEvent(event)).catch(() => {}) // its reader may leave
  const link: CallLink = {
    generate: async () => ({ callId: 'call-1', events: readable }),
    embed: async () => ({ refused: 'away' }),
    cancel: async () => usage({ completionTokens: 9 }),
  }
  const work: Promise<unknown>[] = []
  const meter = vi.fn(async (_call: CallRecord) => {})
  const pool = poolOf(async () => [nodeView('a')])
  const inference = createInference({
    nodeLink: () => link,
    later: (promise) => void work.push(promise),
    pool,
    cacheOf: async () => ({ scope: 'of a caller' }),
    findTuned: async () => undefined,
    log: createLogger(() => {}),
    meter,
    wait: async () => {},
  })
  const stream = await inference.generate(generationRequest(), caller, new AbortController().signal)
  return { meter, stream, work }
}

describe('every run is metered once, after its answer', () => {
  it('when it ended well, by the node’s count', async () => {
    const { meter, stream, work } = await started([delta, end])
    for await (const _ of stream) expect(meter).not.toHaveBeenCalled()
    await Promise.all(work)
    expect(meter).toHaveBeenCalledExactlyOnceWith(
      expect.objectContaining({
        accountId: 'ada',
        model: 'm',
        kind: 'generate',
        outcome: 'stop',
        usage: usage({ completionTokens: 7 }),
        relayedTokens: 1,
        attempts: 1,
        firstMs: expect.any(Number),
        totalMs: expect.any(Number),
      }),
    )
    expect(work).toHaveLength(1)
  })

  it('when its reader left, by what the node says that it did', async () => {
    const { meter, stream, work } = await started([delta])
    await stream.next()
    await stream.return()
    while (meter.mock.calls.length === 0) await Promise.all(work)
    expect(meter).toHaveBeenCalledExactlyOnceWith(
      expect.objectContaining({
        outcome: 'cancelled',
        usage: usage({ completionTokens: 9 }),
        relayedTokens: 1,
      }),
    )
  })

  it('when it failed, by what was relayed', async () => {
    const failure: CallEvent = { type: 'error', code: 'invalid_request', message: 'No.' }
    const { meter, stream } = await started([delta, failure])
    await expect(
      (async () => {
        for await (const _ of stream);
      })(),
    ).rejects.toMatchObject({ code: 'invalid_request' })
    expect(meter).toHaveBeenCalledExactlyOnceWith(
      expect.objectContaining({ outcome: 'invalid_request', usage: null, relayedTokens: 1 }),
    )
  })
})

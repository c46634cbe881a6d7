import type { CallEvent, EndEvent } from '../../../../shared/generation.ts'
import type { EdgeCommand } from '../../../../shared/wire.ts'
import { generationLimits } from '../../../../worker/durable/link/call-limits.ts'
import type { Arrival } from '../../../../worker/durable/link/link-metrics.ts'
import { NodeCalls } from '../../../../worker/durable/link/node-calls.ts'
import { generationRequest, taken, usage } from '../../samples.ts'

export const delta: CallEvent = { type: 'delta', text: 'x', tokens: [1] }
export const end: EndEvent = { type: 'end', finishReason: 'stop', usage: usage() }

const limitsFor = (contextTokens?: number) => generationLimits(generationRequest(), contextTokens)

/** The calls of a node that the test plays: its slots, its clock, and what was sent to it. */
export function setUp({ slots = 1, contextTokens = 1_024 } = {}) {
  const node = { slots, contextTokens, now: 0, sent: [] as EdgeCommand[], changes: 0 }
  const calls = new NodeCalls({
    send: (frame) => node.sent.push(JSON.parse(frame)),
    slotsOf: () => node.slots,
    contextTokensOf: () => node.contextTokens,
    onChange: () => {
      node.changes += 1
    },
    now: () => node.now,
  })
  const open = (key = 'm', text = 'Hi', caller = 'caller', model = key) =>
    taken(
      calls.open({ key, model, caller, arrival: 'first', mayWait: true, limitsFor }, (callId) => ({
        type: 'generation.start',
        callId,
        request: generationRequest({ model: key, prompt: { kind: 'text', text } }),
      })),
    )
  /** A call of the model `m` that comes in some other way than for the first time. */
  const arrive = (arrival: Arrival, waitMs?: number) =>
    taken(
      calls.open(
        { key: 'm', model: 'm', caller: arrival, arrival, mayWait: true, waitMs, limitsFor },
        (callId) => ({
          type: 'generation.start',
          callId,
          request: generationRequest(),
        }),
      ),
    )
  /** The commands that were sent since the last look, as `type callId`. */
  const sent = () =>
    node.sent.splice(0).map((command) => `${command.type} ${'callId' in command ? command.callId : ''}`)
  return { node, calls, open, arrive, sent }
}

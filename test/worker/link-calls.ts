import { env } from 'cloudflare:workers'
import type { CallEvent, GenerationRequest } from '../../shared/generation.ts'
import type { NodeEvent } from '../../shared/wire.ts'
import { readEvents } from '../../worker/services/inference/event-lines.ts'
import type { OpenCall } from '../../worker/services/pool/node-link.ts'
import { createStubs } from '../../worker/services/stubs.ts'
import { firstTry, generationRequest, taken, usage } from './samples.ts'
import type { TestNode } from './world.ts'

const stubs = createStubs(env)

/**
 * A generation that a node's link takes. Awaited here: a promise of RPC that is handed on has children, whose rejections
 * nobody handles.
 */
export const generate = async (node: TestNode, over: Partial<GenerationRequest> = {}): Promise<OpenCall> =>
  taken(await stubs.nodeLink(node.id).generate(generationRequest(over), firstTry))

/** All that a call says, to its end. */
export async function heardOf(stream: ReadableStream<Uint8Array>): Promise<CallEvent[]> {
  const found: CallEvent[] = []
  for await (const events of readEvents(stream)) found.push(...events)
  return found
}

/** One token of one call, as its node sends it. */
export const stepOf = (callId: string, text: string): NodeEvent => ({
  type: 'step',
  step: [[callId, text, [1]]],
})

/** The end of a call, as its node sends it. */
export const endOf = (callId: string, finishReason: 'stop' | 'cancelled' = 'stop'): NodeEvent => ({
  type: 'call.end',
  callId,
  finishReason,
  usage: usage(),
})

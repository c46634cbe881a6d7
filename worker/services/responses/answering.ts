import { toAppError } from '../../../shared/errors.ts'
import type { GenerationRequest } from '../../../shared/generation.ts'
import type { CallStream } from '../inference/call-run.ts'
import type { Caller, Inference } from '../inference/inference.ts'
import { type AnswerStream, HostedAnswer, type HostedTools } from './hosted-tools.ts'
import { shorter } from './prompt.ts'

/** One answer of the pool to a response. */
export interface AskedAnswer {
  /** Tools that are run here. */
  hosted?: HostedTools | undefined
  request: GenerationRequest
  caller: Caller
  /** Turns may be left out, the oldest first, where the model's context does not hold them. */
  isShortened: boolean
}

/** The pool's answer. Only a node can count tokens, so it is asked again with fewer turns until they fit. */
async function* shortened(
  inference: Pick<Inference, 'generate'>,
  { request, caller, isShortened }: AskedAnswer,
  signal: AbortSignal,
): CallStream {
  let asked = request
  while (true) {
    let hasBegun = false
    try {
      for await (const events of await inference.generate(asked, caller, signal)) {
        hasBegun ||= events.length > 0
        yield events
      }
      return
    } catch (thrown) {
      const { prompt } = asked
      const fewer = isShortened && prompt.kind === 'chat' ? shorter(prompt.messages) : undefined
      if (hasBegun || !fewer || toAppError(thrown).code !== 'context_length_exceeded') throw thrown
      asked = { ...asked, prompt: { kind: 'chat', messages: fewer } }
    }
  }
}

/** An answer, with the searches of hosted tools between its words. */
export function answerOf(
  inference: Pick<Inference, 'generate'>,
  asked: AskedAnswer,
  signal: AbortSignal,
): AnswerStream {
  if (!asked.hosted) return shortened(inference, asked, signal)
  const ask = (request: GenerationRequest, until: AbortSignal) =>
    shortened(inference, { ...asked, request }, until)
  return new HostedAnswer(asked.request, asked.hosted, ask).stream(signal)
}

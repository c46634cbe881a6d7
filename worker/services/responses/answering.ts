import { toAppError } from '../../../shared/errors.ts'
import type { GenerationRequest } from '../../../shared/generation.ts'
import type { CallStream } from '../inference/call-run.ts'
import type { Caller, Inference } from '../inference/inference.ts'
import { shorter } from './prompt.ts'

/** One answer of the pool to a response. */
export interface AskedAnswer {
  request: GenerationRequest
  caller: Caller
  /** Turns may be left out, the oldest first, where the model's context does not hold them. */
  isShortened: boolean
}

/** The pool's answer. Only a node can count tokens, so it is asked again with fewer turns until they fit. */
export async function* answerOf(
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

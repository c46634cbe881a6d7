import { toAppError } from '../../../shared/errors.ts'
import type { CallEvent, GenerationRequest } from '../../../shared/generation.ts'
import type { CallStream } from '../inference/call-run.ts'
import type { Caller, Inference } from '../inference/inference.ts'
import { HostedAnswer } from './hosted/hosted-answer.ts'
import type { AnswerStream, HostedEvent } from './hosted/hosted-events.ts'
import type { HostedPlan } from './hosted/hosted-plan.ts'
import type { MakeHostedTools } from './hosted/hosted-tools.ts'
import { shorter } from './prompt.ts'

/** One answer of the pool to a response. */
export interface AskedAnswer {
  /** Tools that are run here. */
  hosted?: HostedPlan | undefined
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

export interface Answering {
  inference: Pick<Inference, 'generate'>
  makeHosted: MakeHostedTools
}

/** An answer, with the work of hosted tools between its words. It goes on behind the events of an earlier life. */
export function answerOf(
  { inference, makeHosted }: Answering,
  asked: AskedAnswer,
  signal: AbortSignal,
  before: readonly (CallEvent | HostedEvent)[] = [],
): AnswerStream {
  const tokens = before.flatMap((event) => (event.type === 'delta' ? event.tokens : []))
  if (!asked.hosted) {
    const resumed = tokens.length > 0 ? { ...asked.request, resume: tokens } : asked.request
    return shortened(inference, { ...asked, request: resumed }, signal)
  }
  const ask = (request: GenerationRequest, until: AbortSignal) =>
    shortened(inference, { ...asked, request }, until)
  return new HostedAnswer(asked.request, makeHosted(asked.hosted), ask, before).stream(signal)
}

import { AppError } from '../../../shared/errors.ts'

export interface Need {
  /** Tokens of the prompt. */
  prompt: number
  /** Tokens asked for as an answer; absent for as many as there are. */
  completion?: number | undefined
}

/**
 * How many tokens the answer may have. The prompt and the answer share the context: a request for more than it holds
 * throws `context_length_exceeded`, in the words of OpenAI's API, which clients search for.
 */
export function answerRoom(contextTokens: number, need: Need, param: 'messages' | 'prompt'): number {
  const room = contextTokens - need.prompt
  if (room > 0 && (need.completion ?? 1) <= room) return need.completion ?? room
  const where = param === 'messages' ? 'in the messages' : 'in your prompt'
  const requested =
    need.completion === undefined
      ? `your ${param} resulted in ${need.prompt} tokens, which leaves none for the completion`
      : `you requested ${need.prompt + need.completion} tokens (${need.prompt} ${where}, ${need.completion} in the completion)`
  throw new AppError(
    'context_length_exceeded',
    `This model's maximum context length is ${contextTokens} tokens. However, ${requested}.`,
    { param },
  )
}

/**
 * The same refusal for text so long that it need not be tokenised to know: that would hold up every other stream of the
 * process for as long as it takes.
 */
export function refuseLength(contextTokens: number, atLeast: number, param: string): never {
  throw new AppError(
    'context_length_exceeded',
    `This model's maximum context length is ${contextTokens} tokens. However, your ${param} resulted in at least ${atLeast} tokens.`,
    { param },
  )
}

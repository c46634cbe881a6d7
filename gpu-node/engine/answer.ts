import type { FinishReason } from '../../shared/generation.ts'
import { StopMatcher } from './stop-matcher.ts'
import { TokenText } from './token-text.ts'

export interface AnswerOptions {
  textOf: (tokens: readonly number[]) => string
  /** Whether the model says with this token that it is done. */
  isEnd: (token: number) => boolean
  stop: readonly string[]
  maxTokens: number
}

export interface AnswerPiece {
  text: string
  /** Tokens to report with the text; empty for the token that ends a generation. */
  tokens: number[]
  finishReason: FinishReason | undefined
}

/**
 * One answer while it grows: tokens go in, text that may be sent comes out, and the reason when it is over.
 *
 * `completionTokens` counts every token that was sampled. The one with which the model ends its turn is counted, as
 * llama-server and OpenAI count it, but is not reported in a piece: whoever continues an answer from its reported
 * tokens must not start after its end.
 */
export class Answer {
  readonly #options: AnswerOptions
  readonly #tokenText: TokenText
  readonly #matcher: StopMatcher
  completionTokens = 0

  constructor(options: AnswerOptions) {
    this.#options = options
    this.#tokenText = new TokenText(options.textOf)
    this.#matcher = new StopMatcher(options.stop)
  }

  take(token: number): AnswerPiece {
    this.completionTokens += 1
    if (this.#options.isEnd(token)) return { ...this.#finish('stop', ''), tokens: [] }
    const matched = this.#matcher.feed(this.#tokenText.take(token))
    if (matched.stopped) return { text: matched.text, tokens: [token], finishReason: 'stop' }
    if (this.completionTokens < this.#options.maxTokens) {
      return { text: matched.text, tokens: [token], finishReason: undefined }
    }
    return { ...this.#finish('length', matched.text), tokens: [token] }
  }

  #finish(reason: FinishReason, before: string): Pick<AnswerPiece, 'text' | 'finishReason'> {
    const last = this.#matcher.feed(this.#tokenText.flush())
    return last.stopped
      ? { text: before + last.text, finishReason: 'stop' }
      : { text: before + last.text + this.#matcher.flush(), finishReason: reason }
  }
}

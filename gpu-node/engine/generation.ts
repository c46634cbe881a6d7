import type { FinishReason, GenerationRequest, Usage } from '../../shared/generation.ts'
import { Answer, type AnswerPiece } from './answer.ts'
import type { Decoder, Sequence } from './sequence.ts'

export interface GenerationOptions {
  callId: string
  /** Never empty. */
  prompt: readonly number[]
  maxTokens: number
  request: Pick<GenerationRequest, 'sampling' | 'format' | 'stop'>
  textOf: (tokens: readonly number[]) => string
  isEnd: (token: number) => boolean
}

/** What a generation does in one step: nothing, a piece of its prompt, or one token. */
export type StepResult = { token: number | undefined } | { failure: unknown }

/** One call from waiting to its end: which of its tokens are computed, and what is still to do. */
export class Generation {
  readonly callId: string
  readonly #options: GenerationOptions
  readonly #answer: Answer
  #decoder: Decoder | undefined
  #sequence: Sequence | undefined
  /** Tokens of the prompt that the slot holds. */
  #computed = 0
  #cached = 0
  isCancelled = false

  constructor(options: GenerationOptions) {
    this.callId = options.callId
    this.#options = options
    const { textOf, isEnd, maxTokens, request } = options
    this.#answer = new Answer({ textOf, isEnd, maxTokens, stop: request.stop })
  }

  get isDecoding(): boolean {
    return this.#decoder !== undefined
  }

  /** Tokens of the prompt that are still to be computed. */
  get promptLeft(): number {
    return this.#options.prompt.length - this.#computed
  }

  /** What was really computed: of a prompt that was cut short, the part that was reached. */
  get usage(): Usage {
    return {
      promptTokens: this.isDecoding ? this.#options.prompt.length : this.#computed,
      cachedPromptTokens: this.#cached,
      completionTokens: this.#answer.completionTokens,
    }
  }

  async begin(sequence: Sequence): Promise<void> {
    this.#sequence = sequence
    this.#cached = await sequence.reuse(this.#options.prompt)
    this.#computed = this.#cached
  }

  /** Its part of a step. `room` is how many tokens of its prompt it may compute. Never rejects. */
  async step(room: number): Promise<StepResult> {
    try {
      return { token: await this.#advance(room) }
    } catch (failure) {
      return { failure }
    }
  }

  take(token: number): AnswerPiece & { finishReason: FinishReason | undefined } {
    return this.#answer.take(token)
  }

  end(): void {
    this.#decoder?.end()
  }

  // Not async: all generations of a step must ask for their token in the same tick, or the batch is split.
  #advance(room: number): Promise<number | undefined> {
    if (this.#decoder !== undefined) return this.#decoder.next()
    if (this.#sequence === undefined || room === 0) return Promise.resolve(undefined)
    const { prompt, request, maxTokens } = this.#options
    const tokens = prompt.slice(this.#computed, this.#computed + room)
    if (tokens.length < this.promptLeft) {
      return this.#sequence.prefill(tokens).then(() => {
        this.#computed += tokens.length
        return undefined
      })
    }
    const { sampling, format } = request
    this.#decoder = this.#sequence.decode({ tokens, sampling, format, maxTokens })
    return this.#decoder.next()
  }
}

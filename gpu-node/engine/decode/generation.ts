import type { FinishReason, GenerationRequest, Usage } from '../../../shared/generation.ts'
import { Answer, type AnswerPiece } from '../text/answer.ts'
import { Logprobs } from '../text/logprobs.ts'
import type { ToolParser } from '../tools/tool-parser.ts'
import type { Vocabulary } from '../vocabulary.ts'
import type { Prefix } from './prefix.ts'
import type { Decoder, Sequence } from './sequence.ts'

type RequestField = 'sampling' | 'format' | 'stop' | 'logitBias' | 'logprobs' | 'resume'

export interface GenerationOptions {
  callId: string
  /** Never empty. */
  prompt: readonly number[]
  /** Who may use again what is computed of the prompt. Absent: calls that say nothing either. */
  scope?: string | undefined
  /** First tokens of the prompt that every scope may use again. */
  sharedTokens?: number | undefined
  maxTokens: number
  request: Pick<GenerationRequest, RequestField>
  textOf: (tokens: readonly number[]) => string
  isEnd: (token: number) => boolean
  /** Needed where the request asks for log probabilities. */
  spellingOf?: Vocabulary['spellingOf'] | undefined
  /** GBNF of the whole answer. */
  grammar?: string | undefined
  /** Tries of llama.cpp that its grammar may cost for one token. Absent: nothing to speak of. */
  tries?: number | undefined
  /** Tokens that are not to be sampled. */
  forbidden?: readonly number[] | undefined
  forbiddenAfter?: ((token: number) => readonly number[]) | undefined
  toolParser?: ToolParser | undefined
  /** Does work during which the thread does nothing else. Absent: just does it. */
  prepare?: (<Made>(work: () => Made) => Made) | undefined
}

/** A generation's part of one step: tokens, or none when it was a piece of its prompt. */
export type StepResult = { tokens: readonly number[] } | { failure: unknown }

/** How a generation takes part in a step. */
export interface StepPart {
  /** How many tokens of its prompt it may compute. */
  room: number
  /** Nobody else takes part. */
  isAlone: boolean
}

const NONE: readonly number[] = []

/** One call from waiting to its end: which of its tokens are computed, and what is still to do. */
export class Generation {
  readonly callId: string
  readonly #options: GenerationOptions
  readonly #answer: Answer
  readonly #resumed: readonly number[]
  /** The tokens that are computed before one is sampled: the prompt and what is resumed. */
  readonly #prefix: readonly number[]
  /** Resumed tokens at the end whose log probabilities are still to be told. */
  readonly #unrated: number
  #decoder: Decoder | undefined
  #sequence: Sequence | undefined
  /** Tokens of the prefix that the slot holds. */
  #computed = 0
  #cached = 0
  isCancelled = false
  /** Set when the resumed tokens are a whole answer: then there is nothing to run. */
  readonly finishReason: FinishReason | undefined

  constructor(options: GenerationOptions) {
    const { request, prompt, spellingOf } = options
    this.callId = options.callId
    this.#options = options
    this.#resumed = request.resume ?? []
    this.#prefix = this.#resumed.length === 0 ? prompt : [...prompt, ...this.#resumed]
    const logprobs = spellingOf && request.logprobs !== undefined ? new Logprobs(spellingOf) : undefined
    this.#answer = new Answer({ ...options, stop: request.stop, logprobs })
    this.finishReason = this.#resume()
    this.#unrated = logprobs?.unrated ?? 0
  }

  /** The tokens that its slot must hold before the first one is sampled. */
  get prefix(): Prefix {
    const { scope = '', sharedTokens = 0 } = this.#options
    return { tokens: this.#prefix, scope, shared: sharedTokens }
  }

  /** Tries that its grammar may cost in one step. */
  get tries(): number {
    return this.#options.tries ?? 0
  }

  get isDecoding(): boolean {
    return this.#decoder !== undefined
  }

  /** Tokens that are still to be computed before the first is sampled. */
  get promptLeft(): number {
    return this.#prefix.length - this.#computed
  }

  /** The tokens that were really computed: of a prompt that was cut short, the part that was reached. */
  get usage(): Usage {
    const { length } = this.#options.prompt
    const isWhole = this.isDecoding || this.finishReason !== undefined
    return {
      promptTokens: isWhole ? length : Math.min(this.#computed, length),
      cachedPromptTokens: Math.min(this.#cached, length),
      completionTokens: this.#answer.completionTokens,
    }
  }

  async begin(sequence: Sequence): Promise<void> {
    this.#sequence = sequence
    this.#cached = await sequence.reuse(this.#prefix.slice(0, this.#prefix.length - this.#unrated))
    this.#computed = this.#cached
  }

  /** Its part of a step. Never rejects. */
  async step(part: StepPart): Promise<StepResult> {
    try {
      return { tokens: await this.#advance(part) }
    } catch (failure) {
      return { failure }
    }
  }

  /** Whether the answer is over with one of these tokens, as far as can be said without their text. */
  isOverWith(tokens: readonly number[]): boolean {
    return this.#answer.isOverWith(tokens)
  }

  /** The piece of the answer that the tokens of a step bring. Those behind one that ends the answer are no part of it. */
  take(tokens: readonly number[]): AnswerPiece {
    return this.#answer.takeAll(tokens, this.#decoder?.likelihoods)
  }

  end(): void {
    this.#decoder?.end()
  }

  /** Brings the answer to where it was. What it yields on the way was sent before. */
  #resume(): FinishReason | undefined {
    for (const token of this.#resumed) {
      const { finishReason } = this.#answer.take(token)
      if (finishReason !== undefined) return finishReason
    }
    return undefined
  }

  // Not async: all generations of a step must ask for their token in the same tick, or the batch is split.
  #advance({ room, isAlone }: StepPart): Promise<readonly number[]> {
    if (this.#decoder !== undefined) return this.#decoder.next(isAlone)
    if (this.#sequence === undefined || room === 0) return Promise.resolve(NONE)
    // Tokens that are rated, and the one before them, are computed where their logits are read.
    const atOnce = this.#unrated + 1
    const count = room < this.promptLeft ? Math.min(room, this.promptLeft - atOnce) : 0
    if (count > 0) {
      return this.#sequence.prefill(this.#prefix.slice(this.#computed, this.#computed + count)).then(() => {
        this.#computed += count
        return NONE
      })
    }
    const sequence = this.#sequence
    const { prepare = (work) => work() } = this.#options
    this.#decoder = prepare(() => this.#decode(sequence))
    return this.#decoder.next()
  }

  #decode(sequence: Sequence): Decoder {
    const { request, maxTokens, grammar, forbidden, forbiddenAfter } = this.#options
    return sequence.decode({
      tokens: this.#prefix.slice(this.#computed),
      sampling: request.sampling,
      grammar,
      logitBias: request.logitBias,
      forbidden,
      forbiddenAfter,
      topCount: request.logprobs,
      resumed: this.#resumed,
      rated: this.#unrated,
      maxTokens,
    })
  }
}

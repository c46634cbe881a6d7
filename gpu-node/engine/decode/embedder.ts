import { AppError } from '../../../shared/errors.ts'
import type { EmbeddingRequest, Usage } from '../../../shared/generation.ts'
import { refuseLength } from '../text/context-limit.ts'
import type { PromptReader } from '../text/prompt.ts'
import type { Turns } from './turns.ts'

/** Base64 in one `call.vectors` event: far under a frame's limit, and little to lose when a caller goes away. */
export const VECTORS_EVENT_LENGTH = 128 * 1024

/** Embedding calls that may be open. The edge admits calls; this only keeps a wrong edge from filling memory. */
export const MAX_EMBEDDING_CALLS = 64

/** The maker of vectors out of tokens, built at the first embedding: a model that only chats never pays for it. */
export interface VectorSource {
  /** Tokens with what the model wants around them. */
  prepare(tokens: readonly number[]): number[]
  vectorOf(tokens: readonly number[]): Promise<readonly number[]>
}

/** A judge of how well passages answer a question, built at the first ranking. */
export interface Ranker {
  countTokens(question: string, passage: string): number
  /** From 0 to 1. */
  scoreOf(question: string, passage: string): Promise<number>
}

export interface EmbedderOptions {
  contextTokens: number
  reader: PromptReader
  /** How many tokens a text is, by itself. */
  countTokens(text: string): number
  turns: Turns
  open: () => Promise<VectorSource>
  /** Absent: the model does not rank. */
  openRanker?: (() => Promise<Ranker>) | undefined
  onVectors(callId: string, start: number, vectors: string[]): void
  onEnd(callId: string, finishReason: 'stop' | 'cancelled', usage: Usage): void
  onFailure(callId: string, thrown: unknown): void
}

/** A vector of length one as base64 of little-endian float32. */
export function encodeVector(vector: readonly number[]): string {
  const length = Math.hypot(...vector)
  if (!Number.isFinite(length)) throw new AppError('node_failed', 'The model gave no usable vector.')
  const bytes = Buffer.alloc(vector.length * Float32Array.BYTES_PER_ELEMENT)
  const scale = length === 0 ? 0 : 1 / length
  for (const [index, value] of vector.entries()) {
    bytes.writeFloatLE(value * scale, index * Float32Array.BYTES_PER_ELEMENT)
  }
  return bytes.toString('base64')
}

/** A score as base64 of one little-endian float32. */
function encodeScore(score: number): string {
  if (!Number.isFinite(score)) throw new AppError('node_failed', 'The model gave no usable score.')
  const bytes = Buffer.alloc(Float32Array.BYTES_PER_ELEMENT)
  bytes.writeFloatLE(score)
  return bytes.toString('base64')
}

/** A vector or a score of one input, with the tokens that it took. */
interface Given {
  encoded: string
  tokens: number
}

/** Embeds inputs one by one, or counts their tokens, taking turns with the decode steps and with other calls. */
export class Embedder {
  readonly #options: EmbedderOptions
  readonly #open = new Map<string, AbortController>()
  #source: Promise<VectorSource> | undefined
  #ranker: Promise<Ranker> | undefined
  #work = Promise.resolve()

  constructor(options: EmbedderOptions) {
    this.#options = options
  }

  /** False when as many are open as may be. */
  start(callId: string, request: EmbeddingRequest): boolean {
    if (this.#open.size >= MAX_EMBEDDING_CALLS) return false
    const abort = new AbortController()
    this.#open.set(callId, abort)
    const call = this.#run(callId, request, abort.signal)
      .catch((thrown) => this.#options.onFailure(callId, thrown))
      .finally(() => this.#open.delete(callId))
    this.#work = Promise.all([this.#work, call]).then(() => {})
    return true
  }

  /** Takes effect before the next input. */
  cancel(callId: string): void {
    this.#open.get(callId)?.abort()
  }

  /** Cancels everything and resolves when nothing is computed any more. */
  async close(): Promise<void> {
    for (const abort of this.#open.values()) abort.abort()
    await this.#work
  }

  /** Counts the tokens of inputs one by one, so that decode steps get their turns. */
  async #count(callId: string, { input }: EmbeddingRequest, signal: AbortSignal): Promise<void> {
    const { turns, countTokens, onEnd } = this.#options
    const usage: Usage = { promptTokens: 0, cachedPromptTokens: 0, completionTokens: 0 }
    for (const one of input) {
      if (signal.aborted) break
      usage.promptTokens += await turns.run(async () =>
        typeof one === 'string' ? countTokens(one) : one.length,
      )
    }
    onEnd(callId, signal.aborted ? 'cancelled' : 'stop', usage)
  }

  async #run(callId: string, request: EmbeddingRequest, signal: AbortSignal): Promise<void> {
    if (request.isCount) return await this.#count(callId, request, signal)
    const { turns, onVectors, onEnd } = this.#options
    const work =
      request.rankedFor === undefined
        ? await this.#embedding(request)
        : await this.#ranking(request, request.rankedFor)
    const usage: Usage = { promptTokens: 0, cachedPromptTokens: 0, completionTokens: 0 }
    let batch: string[] = []
    let start = 0
    for (const [index, give] of work.entries()) {
      const given = await turns.run(async () => (signal.aborted ? undefined : give()))
      if (given === undefined) return onEnd(callId, 'cancelled', usage)
      usage.promptTokens += given.tokens
      batch.push(given.encoded)
      if (
        signal.aborted ||
        (batch.length * given.encoded.length < VECTORS_EVENT_LENGTH && index + 1 < work.length)
      ) {
        continue
      }
      onVectors(callId, start, batch)
      start = index + 1
      batch = []
    }
    onEnd(callId, signal.aborted ? 'cancelled' : 'stop', usage)
  }

  async #embedding(request: EmbeddingRequest): Promise<(() => Promise<Given>)[]> {
    const source = await this.#options.turns.run(() => this.#getSource())
    return request.input
      .map((input) => this.#tokensOf(input, source))
      .map((tokens) => async () => ({
        encoded: encodeVector(await source.vectorOf(tokens)),
        tokens: tokens.length,
      }))
  }

  async #ranking(request: EmbeddingRequest, question: string): Promise<(() => Promise<Given>)[]> {
    const { turns, openRanker } = this.#options
    if (!openRanker) throw new AppError('invalid_request', 'This model does not rank.', { param: 'model' })
    const passages = request.input.map((input) => {
      if (typeof input === 'string') return input
      throw new AppError('invalid_request', 'Passages are ranked as text.', { param: 'input' })
    })
    const ranker = await turns.run(() => this.#getRanker(openRanker))
    return passages.map((passage) => async () => ({
      encoded: encodeScore(await ranker.scoreOf(question, passage)),
      tokens: ranker.countTokens(question, passage),
    }))
  }

  #getRanker(open: () => Promise<Ranker>): Promise<Ranker> {
    this.#ranker ??= open().catch((thrown) => {
      this.#ranker = undefined // as for vectors
      throw thrown
    })
    return this.#ranker
  }

  #getSource(): Promise<VectorSource> {
    this.#source ??= this.#options.open().catch((thrown) => {
      this.#source = undefined // memory may be free again at the next call
      throw thrown
    })
    return this.#source
  }

  #tokensOf(input: string | readonly number[], source: VectorSource): number[] {
    const { contextTokens, reader } = this.#options
    if (typeof input !== 'string') reader.checkTokens(input, 'input')
    const tokens = source.prepare(typeof input === 'string' ? reader.textTokens(input, 'input') : input)
    if (tokens.length > contextTokens) refuseLength(contextTokens, tokens.length, 'input')
    return tokens
  }
}

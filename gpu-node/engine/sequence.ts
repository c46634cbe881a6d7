import type { GenerationRequest } from '../../shared/generation.ts'

export interface DecodeOptions {
  /** What to evaluate before the first token is sampled: the end of the prompt. */
  tokens: readonly number[]
  sampling: GenerationRequest['sampling']
  format: GenerationRequest['format']
  /** Most tokens that will be sampled. */
  maxTokens: number
}

/** A generation in its slot: each `next` is one decode step of it. */
export interface Decoder {
  next(): Promise<number>
  /** Lets go of native memory. Not while a `next` is open. */
  end(): void
}

/** A place in a model's context that remembers what it computed last. One call uses it at a time. */
export interface Sequence {
  /** Keeps what the place remembers of `tokens`, but never all of it, and forgets the rest. How much was kept. */
  reuse(tokens: readonly number[]): Promise<number>
  /** Computes a piece of a prompt. */
  prefill(tokens: readonly number[]): Promise<void>
  decode(options: DecodeOptions): Decoder
  /** Forgets everything. */
  clear(): Promise<void>
}

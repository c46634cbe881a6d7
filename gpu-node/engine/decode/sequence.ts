import type { GenerationRequest } from '../../../shared/generation.ts'

/** Natural logarithms of probabilities over the whole vocabulary, of one place in a text. */
export interface Likelihood {
  readonly token: number
  readonly logprob: number
  /** The likeliest tokens, best first. */
  readonly top: readonly (readonly [token: number, logprob: number])[]
}

export interface DecodeOptions {
  /** The tokens to evaluate before the first one is sampled: the end of the prompt, and of what is resumed. */
  tokens: readonly number[]
  sampling: GenerationRequest['sampling']
  /** GBNF that the whole answer must match, what is resumed included. */
  grammar?: string | undefined
  logitBias?: GenerationRequest['logitBias'] | undefined
  /** Tokens that are not to be sampled. */
  forbidden?: readonly number[] | undefined
  /** More of them behind a token. */
  forbiddenAfter?: ((token: number) => readonly number[]) | undefined
  /** How many of the likeliest tokens to name; absent: no likelihoods at all. */
  topCount?: number | undefined
  /** Tokens of the answer that were sampled before, elsewhere. */
  resumed?: readonly number[] | undefined
  /** How many of the last resumed tokens to give likelihoods of, too; `tokens` holds them and the one before. */
  rated?: number | undefined
  /** Most tokens that the answer will have. */
  maxTokens: number
}

/** A generation in its slot: each `next` is one decode step of it. */
export interface Decoder {
  /** One token or, where nobody else takes part in the step, as many as could be guessed right. */
  next(isAlone?: boolean): Promise<readonly number[]>
  /** Of the token that `next` gave, with those of resumed tokens before it; empty unless they were asked for. */
  readonly likelihoods?: readonly Likelihood[]
  /** Lets go of native memory. Not while a `next` is open. */
  end(): void
}

/** A place in a model's context that remembers what it computed last. One call uses it at a time. */
export interface Sequence {
  /** The tokens that the place remembers, in order. Not during a step. */
  readonly remembered: readonly number[]
  /** Whether what it remembers can go to another place or into a file, and be cut anywhere. */
  readonly canShare: boolean
  /** Remembers what `other` does instead. Where that fails the place is empty. */
  copy(other: Sequence): Promise<void>
  /** Cuts what it remembers to its first tokens, writes that to a file, and says how many bytes it took. */
  save(path: string, length: number): Promise<number>
  /** Remembers what a file of `save` holds instead. Where that fails the place is empty. */
  load(path: string): Promise<void>
  /** Keeps what the place remembers of `tokens`, but never all of it, and forgets the rest. How much was kept. */
  reuse(tokens: readonly number[]): Promise<number>
  /** Computes a piece of a prompt. */
  prefill(tokens: readonly number[]): Promise<void>
  decode(options: DecodeOptions): Decoder
  /** Forgets everything. */
  clear(): Promise<void>
}

/** How many tokens two rows have in common, from the first. */
export function commonLength(a: readonly number[], b: readonly number[]): number {
  const end = Math.min(a.length, b.length)
  let length = 0
  while (length < end && a[length] === b[length]) length += 1
  return length
}

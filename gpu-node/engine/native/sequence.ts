import type { LlamaContextSequence, Token } from 'node-llama-cpp'
import type { DecodeOptions, Decoder, Sequence } from '../decode/sequence.ts'
import { computeTokens } from './batch.ts'
import { NativeDecoder, type NativeDecoderOptions } from './decoder.ts'
import type { NativeGrammars } from './grammars.ts'
import { copyState } from './internals.ts'

export interface NativeSequenceOptions {
  sequence: LlamaContextSequence
  grammars: NativeGrammars
  /** Of its context. */
  speculation?: NativeDecoderOptions['speculation']
}

/** One sequence of a llama.cpp context. Token numbers are checked against the vocabulary before they get here. */
export class NativeSequence implements Sequence {
  readonly #options: NativeSequenceOptions

  constructor(options: NativeSequenceOptions) {
    this.#options = options
  }

  get remembered(): readonly number[] {
    return this.#options.sequence.contextTokens
  }

  get canShare(): boolean {
    // Models with a sliding window or a recurrent state forget, and cannot be cut where we like.
    return !this.#options.sequence.needsCheckpoints
  }

  async copy(other: Sequence): Promise<void> {
    if (!(other instanceof NativeSequence)) throw new TypeError('Both must be of one context.')
    const isWhole = await copyState(other.#options.sequence, this.#options.sequence).catch(() => false)
    if (!isWhole) await this.clear() // it is computed instead
  }

  async save(path: string, length: number): Promise<number> {
    const { sequence } = this.#options
    await sequence.adaptStateToTokens(sequence.contextTokens.slice(0, length), false)
    return (await sequence.saveStateToFile(path)).fileSize
  }

  async load(path: string): Promise<void> {
    const { sequence } = this.#options
    try {
      // The risk is a file of another model or context: ours are written and read by one process.
      await sequence.loadStateFromFile(path, { acceptRisk: true })
    } catch {
      await this.clear() // it is computed instead
    }
  }

  async reuse(tokens: readonly number[]): Promise<number> {
    const { sequence } = this.#options
    // Without the last one, because at least one token must be evaluated to sample from.
    await sequence.adaptStateToTokens(tokens.slice(0, -1) as Token[], false)
    return sequence.nextTokenIndex
  }

  async prefill(tokens: readonly number[]): Promise<void> {
    await computeTokens(this.#options.sequence, { tokens, wanted: 0 }, () => Promise.resolve())
  }

  decode(options: DecodeOptions): Decoder {
    return new NativeDecoder({ ...options, ...this.#options })
  }

  clear(): Promise<void> {
    return this.#options.sequence.clearHistory()
  }
}

import type { DecodeOptions, Decoder, Sequence } from '../../../../gpu-node/engine/decode/sequence.ts'

/** A slot that remembers as a real one does, and writes down what it computed. */
export class MemorySequence implements Sequence {
  remembered: number[] = []
  readonly canShare: boolean
  /** Tokens that were computed, and not copied, loaded or kept. */
  computed = 0
  copies = 0
  loads = 0
  /** Whole memories by path; of all slots. */
  readonly #files: Map<string, number[]>

  constructor(files = new Map<string, number[]>(), canShare = true) {
    this.#files = files
    this.canShare = canShare
  }

  async copy(other: Sequence): Promise<void> {
    this.copies += 1
    this.remembered = [...other.remembered]
  }

  async save(path: string, length: number): Promise<number> {
    this.remembered = this.remembered.slice(0, length)
    this.#files.set(path, this.remembered)
    return length * 10
  }

  async load(path: string): Promise<void> {
    this.loads += 1
    this.remembered = [...(this.#files.get(path) ?? [])]
  }

  async reuse(tokens: readonly number[]): Promise<number> {
    let kept = 0
    while (kept < tokens.length - 1 && this.remembered[kept] === tokens[kept]) kept += 1
    this.remembered = this.remembered.slice(0, kept)
    return kept
  }

  async prefill(tokens: readonly number[]): Promise<void> {
    this.computed += tokens.length
    this.remembered.push(...tokens)
  }

  decode({ tokens }: DecodeOptions): Decoder {
    let pending = [...tokens]
    return {
      next: async () => {
        await this.prefill(pending)
        pending = [1]
        return [1]
      },
      end: () => {},
    }
  }

  async clear(): Promise<void> {
    this.remembered = []
  }
}

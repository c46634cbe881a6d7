import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { MIB } from '../../../shared/units.ts'
import { type Prefix, usableLength } from './prefix.ts'
import type { Sequence } from './sequence.ts'

/** Bytes of all files together, … */
export const MAX_SAVED_BYTES = 512 * MIB
/** … and of one: writing it holds up every stream of the model, 9 ms for 12 MB. */
export const MAX_SAVED_FILE_BYTES = 64 * MIB

export interface SavedPrefix {
  prefix: Prefix
  path: string
  sizeBytes: number
}

export interface SavedMatch {
  prefix: SavedPrefix
  /** How much of the prompt it holds. */
  length: number
}

/** Beginnings of prompts as files of a folder that nobody else uses; the least recently used go first. */
export class SavedPrefixes {
  readonly #folder: string
  readonly #maxBytes: number
  /** Least recently used first. */
  #prefixes: SavedPrefix[] = []
  /** Learnt from the first file. */
  #bytesPerToken = 0
  #count = 0
  #isBroken = false

  /** The folder is removed by whoever made it. */
  constructor(folder: string, maxBytes = MAX_SAVED_BYTES) {
    this.#folder = folder
    this.#maxBytes = maxBytes
  }

  find(prompt: Prefix): SavedMatch | undefined {
    return this.#prefixes
      .map((saved) => ({ prefix: saved, length: usableLength(saved.prefix, prompt) }))
      .sort((a, b) => b.length - a.length)[0]
  }

  async load({ prefix }: SavedMatch, sequence: Sequence): Promise<void> {
    this.#touch(prefix)
    await sequence.load(prefix.path)
  }

  /** Saves what `sequence` remembers, cut to `prefix`; nothing where that is too big. A disk that is full ends the saving. */
  async save(prefix: Prefix, sequence: Sequence): Promise<void> {
    const { tokens } = prefix
    if (this.#isBroken || tokens.length * this.#bytesPerToken > MAX_SAVED_FILE_BYTES) return
    this.#count += 1
    const path = join(this.#folder, `${this.#count}.state`)
    try {
      const sizeBytes = await sequence.save(path, tokens.length)
      this.#bytesPerToken = sizeBytes / tokens.length
      this.#prefixes.push({ prefix, path, sizeBytes })
      await this.#shrink()
    } catch {
      this.#isBroken = true // what is lost is computed again: slower, not wrong
      await rm(path, { force: true })
    }
  }

  #touch(prefix: SavedPrefix): void {
    this.#prefixes = [...this.#prefixes.filter((other) => other !== prefix), prefix]
  }

  async #shrink(): Promise<void> {
    let total = this.#prefixes.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
    while (total > this.#maxBytes) {
      const oldest = this.#prefixes.shift()
      if (oldest === undefined) return
      total -= oldest.sizeBytes
      await rm(oldest.path, { force: true })
    }
  }
}

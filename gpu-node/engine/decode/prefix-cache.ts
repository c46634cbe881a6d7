import type { SavedPrefixes } from './saved-prefixes.ts'
import { commonLength, type Sequence } from './sequence.ts'
import type { SlotMatch } from './slots.ts'

/** From this length on, a beginning that prompts have in common is copied, waited for, or kept in a file. */
export const MIN_SHARED_TOKENS = 128

/** Beginnings that two different prompts had in common, of which the last asked for are remembered. */
export const MAX_SHARED_PREFIXES = 64

const startsWith = (tokens: readonly number[], start: readonly number[]): boolean =>
  commonLength(tokens, start) === start.length

/**
 * What a model's slots remember, seen as one cache of beginnings. A prompt whose beginning another slot holds gets a copy
 * of it, and a beginning that several prompts share goes to a file before the last slot that holds it forgets it.
 */
export class PrefixCache {
  readonly #sequences: readonly Sequence[]
  readonly #saved: SavedPrefixes | undefined
  readonly #canShare: boolean
  /** Least recently asked for first. */
  #shared: (readonly number[])[] = []

  /** Without `saved`, what no slot holds is gone. */
  constructor(sequences: readonly Sequence[], saved?: SavedPrefixes) {
    this.#sequences = sequences
    this.#saved = saved
    this.#canShare = sequences.every(({ canShare }) => canShare)
  }

  matchOf(slot: number, prompt: readonly number[]): SlotMatch {
    const remembered = this.#remembered(slot)
    const matched = commonLength(remembered, prompt)
    return { matched, lost: remembered.length - matched }
  }

  /** Whether `slot` should wait until `leader` has computed what both prompts begin with. */
  shouldFollow(slot: number, prompt: readonly number[], leader: Leader): boolean {
    if (!this.#canShare) return false
    const common = commonLength(leader.prompt, prompt)
    if (common < MIN_SHARED_TOKENS || commonLength(this.#remembered(leader.slot), prompt) >= common)
      return false
    const others = this.#sequences.filter((_, other) => other !== leader.slot)
    const there = others.map(({ remembered }) => commonLength(remembered, prompt))
    const inFile = this.#saved?.find(prompt)?.length ?? 0
    return common - Math.max(inFile, ...there) >= MIN_SHARED_TOKENS && slot !== leader.slot
  }

  /** Brings what is there of a prompt's beginning into its slot, before the slot forgets the rest. */
  async fill(slot: number, prompt: readonly number[]): Promise<void> {
    const sequence = this.#sequences[slot]
    if (!this.#canShare || sequence === undefined) return
    this.#noteShared(prompt)
    await this.#rescue(slot, prompt)
    const own = this.matchOf(slot, prompt).matched
    const saved = this.#saved?.find(prompt)
    const source = this.#bestOther(slot, prompt)
    const best = Math.max(source?.matched ?? 0, saved?.length ?? 0)
    if (best < MIN_SHARED_TOKENS || best - own < MIN_SHARED_TOKENS) return
    if (source && source.matched === best) await sequence.copy(source.sequence)
    else if (saved) await this.#saved?.load(saved, sequence)
  }

  #remembered(slot: number): readonly number[] {
    return this.#sequences[slot]?.remembered ?? []
  }

  #bestOther(slot: number, prompt: readonly number[]): { sequence: Sequence; matched: number } | undefined {
    return this.#sequences
      .filter((_, other) => other !== slot)
      .map((sequence) => ({ sequence, matched: commonLength(sequence.remembered, prompt) }))
      .sort((a, b) => b.matched - a.matched)[0]
  }

  /** Two texts that part after a long beginning have it from somewhere: a system prompt that will come again. */
  #noteShared(prompt: readonly number[]): void {
    for (const { remembered } of this.#sequences) {
      const length = commonLength(remembered, prompt)
      // What just goes on is one conversation.
      if (length < MIN_SHARED_TOKENS || length === remembered.length) continue
      const known = this.#shared.find((shared) => shared.length === length && startsWith(prompt, shared))
      const others = this.#shared.filter((shared) => shared !== known)
      this.#shared = [...others, known ?? prompt.slice(0, length)].slice(-MAX_SHARED_PREFIXES)
    }
  }

  /** Saves the longest shared beginning that would be lost with what `slot` remembers. */
  async #rescue(slot: number, prompt: readonly number[]): Promise<void> {
    const sequence = this.#sequences[slot]
    if (this.#saved === undefined || sequence === undefined) return
    const { remembered } = sequence
    const [lost] = this.#shared
      .filter((shared) => startsWith(remembered, shared) && !startsWith(prompt, shared))
      .sort((a, b) => b.length - a.length)
    if (lost === undefined) return
    // Texts often have a word more in common than what they share for a reason: nearly all of it is enough.
    const enough = lost.length - MIN_SHARED_TOKENS
    const held = this.#sequences.filter((other) => other !== sequence)
    if (held.some((other) => commonLength(other.remembered, lost) >= enough)) return
    if ((this.#saved.find(lost)?.length ?? 0) < enough) await this.#saved.save(lost, sequence)
  }
}

/** A call that computes its prompt. */
export interface Leader {
  slot: number
  prompt: readonly number[]
}

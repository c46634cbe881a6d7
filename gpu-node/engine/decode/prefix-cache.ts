import { beginningOf, beginsWith, NO_PREFIX, type Prefix, usableLength } from './prefix.ts'
import type { SavedPrefixes } from './saved-prefixes.ts'
import { commonLength, type Sequence } from './sequence.ts'
import type { SlotMatch } from './slots.ts'

/** From this length on, a beginning that prompts have in common is copied, waited for, or kept in a file. */
export const MIN_SHARED_TOKENS = 128

/** Beginnings that two different prompts had in common, of which the last asked for are remembered. */
export const MAX_SHARED_PREFIXES = 64

/**
 * A model's slots, seen as one cache of beginnings of prompts. A prompt whose beginning another slot holds gets a copy
 * of it, and a beginning that several prompts share goes to a file before the last slot that holds it forgets it. What was
 * computed for one scope serves another only as far as it is no secret.
 */
export class PrefixCache {
  readonly #sequences: readonly Sequence[]
  readonly #saved: SavedPrefixes | undefined
  readonly #canShare: boolean
  /** Least recently asked for first. */
  #shared: Prefix[] = []
  /** Whose call each slot was given to last: what the slot remembers is theirs. */
  readonly #owners: Prefix[]

  /** Without `saved`, what no slot holds is gone. */
  constructor(sequences: readonly Sequence[], saved?: SavedPrefixes) {
    this.#sequences = sequences
    this.#saved = saved
    this.#canShare = sequences.every(({ canShare }) => canShare)
    this.#owners = sequences.map(() => NO_PREFIX)
  }

  matchOf(slot: number, prompt: Prefix): SlotMatch {
    const remembered = this.#remembered(slot)
    const matched = usableLength(remembered, prompt)
    return { matched, lost: remembered.tokens.length - matched }
  }

  /** Whether `slot` should wait until `leader` has computed what both prompts begin with. */
  shouldFollow(slot: number, prompt: Prefix, leader: Leader): boolean {
    if (!this.#canShare) return false
    const common = usableLength(leader.prompt, prompt)
    if (common < MIN_SHARED_TOKENS || usableLength(this.#remembered(leader.slot), prompt) >= common)
      return false
    const others = this.#sequences.flatMap((_, other) =>
      other === leader.slot ? [] : [this.#remembered(other)],
    )
    const there = others.map((remembered) => usableLength(remembered, prompt))
    const inFile = this.#saved?.find(prompt)?.length ?? 0
    return common - Math.max(inFile, ...there) >= MIN_SHARED_TOKENS && slot !== leader.slot
  }

  /** Brings what is there of a prompt's beginning into its slot, before the slot forgets the rest. */
  async fill(slot: number, prompt: Prefix): Promise<void> {
    const sequence = this.#sequences[slot]
    if (sequence === undefined) return
    if (this.#canShare) await this.#bring(slot, sequence, prompt)
    await this.#forget(slot, sequence, prompt)
    this.#owners[slot] = prompt
  }

  async #bring(slot: number, sequence: Sequence, prompt: Prefix): Promise<void> {
    this.#noteShared(prompt)
    await this.#rescue(slot, prompt)
    const own = this.matchOf(slot, prompt).matched
    const saved = this.#saved?.find(prompt)
    const source = this.#bestOther(slot, prompt)
    const best = Math.max(source?.matched ?? 0, saved?.length ?? 0)
    if (best < MIN_SHARED_TOKENS || best - own < MIN_SHARED_TOKENS) return
    if (source && source.matched === best) {
      await sequence.copy(source.sequence)
      this.#owners[slot] = source.owner
    } else if (saved) {
      await this.#saved?.load(saved, sequence)
      this.#owners[slot] = saved.prefix.prefix
    }
  }

  /** Clears a slot of all that the prompt may not use: that is computed again, also where it happens to be the same. */
  async #forget(slot: number, sequence: Sequence, prompt: Prefix): Promise<void> {
    const usable = this.matchOf(slot, prompt).matched
    if (commonLength(sequence.remembered, prompt.tokens) <= usable) return
    // `reuse` keeps all but the last of what it is given.
    if (usable > 0) await sequence.reuse(prompt.tokens.slice(0, usable + 1))
    else await sequence.clear()
  }

  #remembered(slot: number): Prefix {
    const { scope, shared } = this.#owners[slot] ?? NO_PREFIX
    return { tokens: this.#sequences[slot]?.remembered ?? [], scope, shared }
  }

  #bestOther(
    slot: number,
    prompt: Prefix,
  ): { sequence: Sequence; owner: Prefix; matched: number } | undefined {
    return this.#sequences
      .flatMap((sequence, other) => {
        if (other === slot) return []
        const owner = this.#remembered(other)
        return [{ sequence, owner, matched: usableLength(owner, prompt) }]
      })
      .sort((a, b) => b.matched - a.matched)[0]
  }

  /** Two texts that part after a long beginning have it from somewhere: a system prompt that will come again. */
  #noteShared(prompt: Prefix): void {
    for (const [slot] of this.#sequences.entries()) {
      const remembered = this.#remembered(slot)
      const length = usableLength(remembered, prompt)
      // What just goes on is one conversation.
      if (length < MIN_SHARED_TOKENS || length === remembered.tokens.length) continue
      const known = this.#shared.find(
        (shared) => shared.tokens.length === length && beginsWith(prompt, shared),
      )
      const others = this.#shared.filter((shared) => shared !== known)
      this.#shared = [...others, known ?? beginningOf(prompt, length)].slice(-MAX_SHARED_PREFIXES)
    }
  }

  /** Saves the longest shared beginning that would be lost with what `slot` remembers. */
  async #rescue(slot: number, prompt: Prefix): Promise<void> {
    const sequence = this.#sequences[slot]
    if (this.#saved === undefined || sequence === undefined) return
    const remembered = this.#remembered(slot)
    const [lost] = this.#shared
      .filter((shared) => beginsWith(remembered, shared) && !beginsWith(prompt, shared))
      .sort((a, b) => b.tokens.length - a.tokens.length)
    if (lost === undefined) return
    // Texts often have a word more in common than what they share for a reason: nearly all of it is enough.
    const enough = lost.tokens.length - MIN_SHARED_TOKENS
    const held = this.#sequences.flatMap((_, other) => (other === slot ? [] : [this.#remembered(other)]))
    if (held.some((other) => usableLength(other, lost) >= enough)) return
    if ((this.#saved.find(lost)?.length ?? 0) < enough) await this.#saved.save(lost, sequence)
  }
}

/** A call that computes its prompt. */
export interface Leader {
  slot: number
  prompt: Prefix
}

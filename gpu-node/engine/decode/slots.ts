/**
 * From this many tokens on, what a slot remembers of a prompt is worth a gap between the used slots. A gap costs up to
 * 7 ms a step (4 streams of a 135M model on a CPU: 48 instead of 41 ms), a remembered token saves 3 ms, once.
 */
export const WORTH_A_GAP_TOKENS = 256

/** The savings and the cost of giving a slot to a prompt, in tokens. */
export interface SlotMatch {
  /** Remembered of the prompt, from its first token. */
  matched: number
  /** Remembered beside that, and forgotten then. */
  lost: number
}

const NOTHING: SlotMatch = { matched: 0, lost: 0 }

/** The numbered places of a model's context. A place is given to one call at a time. */
export class Slots {
  /** Ascending. */
  readonly #free: number[]
  /** When each was released last; 0 for never. */
  readonly #releasedAt: number[]
  #releases = 0

  constructor(count: number) {
    this.#free = Array.from({ length: count }, (_, id) => id)
    this.#releasedAt = this.#free.map(() => 0)
  }

  /**
   * A free one: where a prompt goes on from what a slot remembers, that one, unless more would be lost than is saved;
   * else the one that was left longest ago, so that fresh memories stay. llama.cpp splits a batch whose sequence ids have
   * gaps, so the used ones are kept together, and the lowest of equals is taken.
   */
  take(matchOf: (slot: number) => SlotMatch = () => NOTHING): number | undefined {
    const candidates = this.#free.map((slot) => ({
      slot,
      ...matchOf(slot),
      runs: this.#runsWith(slot),
      releasedAt: this.#releasedAt[slot] ?? 0,
    }))
    const fewestRuns = Math.min(...candidates.map(({ runs }) => runs))
    const [fitting] = candidates
      .filter(({ matched, lost }) => matched > 0 && lost <= matched)
      .filter(({ matched, runs }) => runs === fewestRuns || matched >= WORTH_A_GAP_TOKENS)
      .sort((a, b) => b.matched - a.matched || a.runs - b.runs || a.slot - b.slot)
    const [oldest] = candidates.sort(
      (a, b) => a.runs - b.runs || a.releasedAt - b.releasedAt || a.slot - b.slot,
    )
    const slot = (fitting ?? oldest)?.slot
    if (slot !== undefined) this.#free.splice(this.#free.indexOf(slot), 1)
    return slot
  }

  release(id: number): void {
    this.#releases += 1
    this.#releasedAt[id] = this.#releases
    const index = this.#free.findIndex((other) => other > id)
    this.#free.splice(index < 0 ? this.#free.length : index, 0, id)
  }

  get freeCount(): number {
    return this.#free.length
  }

  /** Into how many rows of neighbours the used slots would fall with this one. */
  #runsWith(taken: number): number {
    const free = new Set(this.#free)
    free.delete(taken)
    return this.#releasedAt.filter((_, slot) => !free.has(slot) && (slot === 0 || free.has(slot - 1))).length
  }
}

/** After this long a request counts half. Long enough for a sample, short enough to follow what becomes popular. */
export const HALF_LIFE_MS = 5_000

/** Beginnings that are counted at once; those seen once are forgotten with the next halving. */
export const MAX_KEYS = 16_384

/**
 * How popular each affinity is among the requests of one isolate, which are a fair sample of everybody's. Knows keys and
 * nothing of what they stand for.
 */
export class Heat {
  #counts = new Map<number, number>()
  #total = 0
  #halvedAt: number | undefined

  /** Another request; without an affinity it has nothing in common with others. */
  add(affinity: number | undefined, now: number): void {
    this.#decay(now)
    this.#total += 1
    if (affinity === undefined) return
    const count = this.#counts.get(affinity)
    if (count !== undefined) this.#counts.set(affinity, count + 1)
    else if (this.#counts.size < MAX_KEYS) this.#counts.set(affinity, 1)
  }

  /**
   * The share of the requests that have this affinity, 0 to 1. Less by one standard deviation and one than what was
   * counted: a beginning seen twice in a small sample is not popular yet.
   */
  shareOf(affinity: number | undefined): number {
    const count = affinity === undefined ? 0 : (this.#counts.get(affinity) ?? 0)
    return Math.max(0, count - Math.sqrt(count) - 1) / Math.max(1, this.#total)
  }

  #decay(now: number): void {
    this.#halvedAt ??= now
    if (now - this.#halvedAt < HALF_LIFE_MS) return
    const factor = 0.5 ** Math.floor((now - this.#halvedAt) / HALF_LIFE_MS)
    this.#halvedAt = now
    this.#total *= factor
    for (const [affinity, count] of this.#counts) {
      if (count * factor < 1) this.#counts.delete(affinity)
      else this.#counts.set(affinity, count * factor)
    }
  }
}

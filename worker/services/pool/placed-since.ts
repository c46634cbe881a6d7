/**
 * How long a call that this isolate placed is added to what the directory says. A link reports within a second, and a
 * snapshot is up to a second old: on the average a call is seen after one.
 */
export const UNSEEN_MS = 1_000

/**
 * This isolate's own placements of one model that the directory's snapshot cannot have seen: where its calls went, and who
 * had no place for one. Without it a burst within one second would all go to the node that was idle at its beginning.
 */
export class PlacedSince {
  readonly #calls = new Map<string, number>()
  readonly #refused = new Map<string, number>()
  /** In order of time; those before `#head` are over. */
  #placed: { nodeId: string; until: number }[] = []
  #head = 0

  /** Calls of all nodes together that the directory does not show yet. */
  get size(): number {
    return this.#placed.length - this.#head
  }

  /** A node took a call. */
  add(nodeId: string, now: number): void {
    this.#placed.push({ nodeId, until: now + UNSEEN_MS })
    this.#calls.set(nodeId, (this.#calls.get(nodeId) ?? 0) + 1)
  }

  /** How many of the last second's calls a node took, whether it had room for all or not. */
  placedOn(nodeId: string): number {
    return this.#calls.get(nodeId) ?? 0
  }

  /** A node had no place for a call. */
  refuse(nodeId: string, now: number): void {
    this.#refused.delete(nodeId)
    this.#refused.set(nodeId, now + UNSEEN_MS)
  }

  /** Forgets what the directory must know by now. */
  forget(now: number): void {
    for (let next = this.#placed[this.#head]; next && next.until <= now; next = this.#placed[this.#head]) {
      const left = (this.#calls.get(next.nodeId) ?? 1) - 1
      if (left > 0) this.#calls.set(next.nodeId, left)
      else this.#calls.delete(next.nodeId)
      this.#head += 1
    }
    // Now and then, so that neither every call nor the memory pays for it.
    if (this.#head > 1_000 && this.#head * 2 > this.#placed.length) {
      this.#placed = this.#placed.slice(this.#head)
      this.#head = 0
    }
    for (const [nodeId, until] of this.#refused) {
      if (until > now) break
      this.#refused.delete(nodeId)
    }
  }

  /** Calls of a node that the directory does not show yet; endless for a node that just had no place. */
  callsOf(nodeId: string): number {
    return this.#refused.has(nodeId) ? Number.POSITIVE_INFINITY : (this.#calls.get(nodeId) ?? 0)
  }
}

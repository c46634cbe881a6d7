import type { Scored } from './fusion.ts'

/** Keeps the best of many: a heap with the worst of those kept at its top. */
export class Best {
  readonly #limit: number
  readonly #heap: Scored[] = []

  constructor(limit: number) {
    this.#limit = limit
  }

  /** Scores at and below this one are not kept any more. */
  get threshold(): number {
    return this.#heap.length < this.#limit ? -Infinity : (this.#heap[0]?.score ?? -Infinity)
  }

  add(id: number, score: number): void {
    if (score <= this.threshold) return
    if (this.#heap.length < this.#limit) {
      this.#heap.push({ id, score })
      this.#rise(this.#heap.length - 1)
      return
    }
    this.#heap[0] = { id, score }
    this.#sink(0)
  }

  /** From the best on; equals by their id. */
  sorted(): Scored[] {
    return this.#heap.toSorted((one, other) => other.score - one.score || one.id - other.id)
  }

  #scoreAt(at: number): number {
    return this.#heap[at]?.score ?? Infinity
  }

  #swap(one: number, other: number): void {
    const [a, b] = [this.#heap[one], this.#heap[other]]
    if (a && b) [this.#heap[one], this.#heap[other]] = [b, a]
  }

  #rise(from: number): void {
    for (let at = from; at > 0; ) {
      const parent = (at - 1) >> 1
      if (this.#scoreAt(parent) <= this.#scoreAt(at)) return
      this.#swap(parent, at)
      at = parent
    }
  }

  #sink(from: number): void {
    for (let at = from; ; ) {
      let least = at
      for (const child of [2 * at + 1, 2 * at + 2])
        if (this.#scoreAt(child) < this.#scoreAt(least)) least = child
      if (least === at) return
      this.#swap(least, at)
      at = least
    }
  }
}

/** Equal seeds give equal numbers, on every machine: the order of samples and the first weights depend on it. */
export class Random {
  #state: number

  constructor(state: number) {
    this.#state = state >>> 0
  }

  get state(): number {
    return this.#state
  }

  /** Goes on from where another one stood. */
  restart(state: number): void {
    this.#state = state >>> 0
  }

  /** From 0 to below 1: Mulberry32, by Tommy Ettinger, in the public domain. */
  next(): number {
    this.#state = (this.#state + 0x6d2b_79f5) >>> 0
    let mixed = this.#state
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }

  /** A whole number below `bound`. */
  below(bound: number): number {
    return Math.floor(this.next() * bound)
  }

  /** The items in a random order (Fisher and Yates). */
  shuffled<T>(items: readonly T[]): T[] {
    const shuffled = [...items]
    for (let last = shuffled.length - 1; last > 0; last -= 1) {
      const other = this.below(last + 1)
      const [a, b] = [shuffled[last], shuffled[other]]
      if (a === undefined || b === undefined) continue
      shuffled[last] = b
      shuffled[other] = a
    }
    return shuffled
  }
}

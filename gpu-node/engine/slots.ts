/** The numbered places of a model's context. A place is given to one call at a time. */
export class Slots {
  /** Ascending. */
  readonly #free: number[]

  constructor(count: number) {
    this.#free = Array.from({ length: count }, (_, id) => id)
  }

  /**
   * The lowest free one: llama.cpp splits a batch whose sequence ids have gaps, so the used ones are kept together.
   */
  take(): number | undefined {
    return this.#free.shift()
  }

  release(id: number): void {
    const index = this.#free.findIndex((other) => other > id)
    this.#free.splice(index < 0 ? this.#free.length : index, 0, id)
  }

  get freeCount(): number {
    return this.#free.length
  }
}

/** The fastest of so many steps counts: a processor that was away for a moment says nothing. */
export const MEASURED_STEPS = 3

/** How long the last few steps of a kind took. */
export class Measured {
  readonly #ms: number[] = []

  note(ms: number): void {
    this.#ms.push(ms)
    if (this.#ms.length > MEASURED_STEPS) this.#ms.shift()
  }

  /** Undefined until there are enough. */
  get best(): number | undefined {
    return this.#ms.length < MEASURED_STEPS ? undefined : Math.min(...this.#ms)
  }

  forget(): void {
    this.#ms.length = 0
  }
}

/** A child reports every second. One that is silent for this long is frozen; a prompt of 4 MB keeps it busy for three. */
export const CHILD_SILENCE_LIMIT_MS = 15_000
/** …unless it speaks within this time after the limit. */
export const THAW_GRACE_MS = 2_000

/** Waits for a process to fall silent. Begins with the first sign of life. */
export class Vigil {
  readonly #onSilence: () => void
  #timer: NodeJS.Timeout | undefined

  constructor(onSilence: () => void) {
    this.#onSilence = onSilence
  }

  hear(): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#suspect(), CHILD_SILENCE_LIMIT_MS)
  }

  stop(): void {
    clearTimeout(this.#timer)
  }

  /** After a freeze of this very process its timers come before what the child has said meanwhile. */
  #suspect(): void {
    this.#timer = setTimeout(this.#onSilence, THAW_GRACE_MS)
  }
}

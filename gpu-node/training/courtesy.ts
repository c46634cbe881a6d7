/** Training waits for calls this long at a time, … */
export const HOLD_LIMIT_MS = 30_000
/** … and then goes on for so long, whatever runs. */
export const TURN_MS = 2_000

/** How soon a call is noticed: less than a window of any model takes. */
const LOOK_MS = 50

export interface CourtesyOptions {
  /** Whether calls run. */
  isServing: () => boolean
  hold: () => void
  release: () => void
  now?: () => number
}

/** Lets calls go before on a device that computes for both: training holds between its windows while they run. */
export class Courtesy {
  readonly #options: CourtesyOptions
  readonly #now: () => number
  readonly #timer: NodeJS.Timeout
  /** Since when it holds; undefined while it does not. */
  #heldSince: number | undefined
  /** Until when it does not hold. */
  #turnUntil = 0

  constructor(options: CourtesyOptions) {
    this.#options = options
    this.#now = options.now ?? performance.now.bind(performance)
    this.#timer = setInterval(() => this.#look(), LOOK_MS)
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  #look(): void {
    const now = this.#now()
    const { isServing, hold, release } = this.#options
    if (this.#heldSince === undefined) {
      if (!isServing() || now < this.#turnUntil) return
      this.#heldSince = now
      hold()
      return
    }
    const isSpent = now - this.#heldSince >= HOLD_LIMIT_MS
    if (isServing() && !isSpent) return
    if (isSpent) this.#turnUntil = now + TURN_MS
    this.#heldSince = undefined
    release()
  }
}

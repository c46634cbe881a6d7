export interface Matched {
  /** Text that can be sent: no stop string begins in it. */
  text: string
  /** A stop string was completed; what follows it is dropped and nothing more may be fed. */
  stopped: boolean
}

/**
 * Finds the first of some stop strings in a stream of text. The first is the one that is *complete* first, so the
 * result is the same however the text was cut; of two that are complete together, the one that began earlier.
 *
 * Text that may still become a stop string is held back.
 */
export class StopMatcher {
  readonly #stops: readonly string[]
  #held = ''

  constructor(stops: readonly string[]) {
    this.#stops = stops
  }

  feed(text: string): Matched {
    if (this.#stops.length === 0) return { text, stopped: false }
    const pending = this.#held + text
    const match = this.#firstMatch(pending)
    if (match !== undefined) {
      this.#held = ''
      return { text: pending.slice(0, match), stopped: true }
    }
    const heldLength = this.#possibleStart(pending)
    this.#held = pending.slice(pending.length - heldLength)
    return { text: pending.slice(0, pending.length - heldLength), stopped: false }
  }

  /** The text that is still held, when no more will come. */
  flush(): string {
    const held = this.#held
    this.#held = ''
    return held
  }

  #firstMatch(text: string): number | undefined {
    let start: number | undefined
    let end = Number.POSITIVE_INFINITY
    for (const stop of this.#stops) {
      const index = text.indexOf(stop)
      if (index < 0) continue
      const isEarlier = index + stop.length < end
      const isLonger = index + stop.length === end && index < (start ?? 0)
      if (isEarlier || isLonger) {
        start = index
        end = index + stop.length
      }
    }
    return start
  }

  /** Length of the longest end of `text` that a stop string begins with. */
  #possibleStart(text: string): number {
    let longest = 0
    for (const stop of this.#stops) {
      for (let length = Math.min(stop.length - 1, text.length); length > longest; length--) {
        if (text.endsWith(stop.slice(0, length))) longest = length
      }
    }
    return longest
  }
}

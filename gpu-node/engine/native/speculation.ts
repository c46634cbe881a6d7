import { Measured } from './measured.ts'

/** How many tokens are guessed at once. */
export const GUESS_LENGTHS = [1, 2, 4, 8] as const
export const MAX_GUESS = Math.max(...GUESS_LENGTHS)
/** Guessing must promise to be faster by this much: how often guesses hit is known only of those before. */
export const WORTH_GUESSING = 1.2
/** After so many steps without a guess its price is asked anew. */
export const RECHECK_GUESS_STEPS = 1_000

/** The share of an answer's guesses that are taken to be right before one was checked. */
const UNTRIED = 0.5
/** How much of what is known of them each new one changes. */
const LEARNING = 0.1

/** How often one answer's guesses are right. Also those that nobody computes count: the next token shows it for nothing. */
export class GuessRecord {
  #hits = UNTRIED

  /** The chance that a guessed token is right where those before it are. */
  get hits(): number {
    return this.#hits
  }

  note(wasRight: boolean): void {
    this.#hits += ((wasRight ? 1 : 0) - this.#hits) * LEARNING
  }
}

/** Tokens that a step yields on the average: the one that is sampled anyway, and as many as are right without a gap. */
function expectedTokens(guessed: number, hits: number): number {
  let [tokens, chance] = [1, 1]
  for (let place = 0; place < guessed; place += 1) {
    chance *= hits
    tokens += chance
  }
  return tokens
}

/**
 * Learns what it costs a context to check guessed tokens together with the next one, and says how many are worth it.
 *
 * On a GPU, and for a model whose weights come slowly from memory, a few more rows cost next to nothing. With small models
 * on a CPU they may cost more than they bring (135M on one thread: two rows take three times as long as one in Q8_0, nine rows
 * six times; in F32 twice and four times). So it is measured, where so many right guesses are to be expected that it may pay.
 *
 * Guesses are sampled like all tokens, and kept only as far as they are what is sampled: what an answer may be is the same. Several
 * rows may round differently from one, so from a near tie on a greedy answer can be another.
 */
export class Speculation {
  readonly #costs = new Map<number, Measured>()
  #stepsWithout = 0

  /** How many of `available` guesses the next step is to check. */
  lengthFor(available: number, { hits }: Pick<GuessRecord, 'hits'>): number {
    const single = this.#costOf(0).best
    if (single === undefined) return 0
    let [best, speed] = [0, WORTH_GUESSING / single]
    // More rows are not computed faster than fewer: what is not known takes at least this.
    let least = single
    for (const length of GUESS_LENGTHS) {
      if (length > available) break
      const ms = this.#costOf(length).best
      const tokens = expectedTokens(length, hits)
      if (ms === undefined) {
        if (tokens / least > speed) return length
        continue
      }
      if (tokens / ms > speed) [best, speed] = [length, tokens / ms]
      least = Math.max(least, ms)
    }
    return best
  }

  /** How long a step took that checked so many guesses. */
  note(guessed: number, ms: number): void {
    this.#costOf(guessed).note(ms)
    this.#stepsWithout = guessed > 0 ? 0 : this.#stepsWithout + 1
    if (this.#stepsWithout < RECHECK_GUESS_STEPS) return
    this.#stepsWithout = 0
    for (const length of GUESS_LENGTHS) this.#costOf(length).forget()
  }

  #costOf(guessed: number): Measured {
    const known = this.#costs.get(guessed)
    if (known !== undefined) return known
    const cost = new Measured()
    this.#costs.set(guessed, cost)
    return cost
  }
}

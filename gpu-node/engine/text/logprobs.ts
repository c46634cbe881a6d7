import type { TokenLogprob } from '../../../shared/generation.ts'
import type { Likelihood } from '../decode/sequence.ts'
import type { Vocabulary } from '../vocabulary.ts'

/** A token of an answer; of a resumed one the likelihood is not known at first. */
interface Rated {
  /** Which token of the answer it is, counted from 0. */
  index: number
  likelihood: Likelihood | undefined
}

interface Share {
  /** Absent where an earlier share had it. */
  rated: Rated | undefined
  length: number
}

/** Which token each piece of a text came from, while the text waits to be sent. */
class Ledger {
  #shares: Share[] = []

  push(share: Share): void {
    this.#shares.push({ ...share })
  }

  /**
   * Moves on by so many characters. A token counts as reached with its first one; those that only began a character go with
   * the token that completes it.
   */
  take(length: number): Share[] {
    const taken: Share[] = []
    let left = length
    for (let share = this.#shares[0]; left > 0 && share !== undefined; share = this.#shares[0]) {
      const used = Math.min(left, share.length)
      taken.push({ rated: share.rated, length: used })
      left -= used
      share.length -= used
      share.rated = undefined
      if (share.length === 0) this.#shares.shift()
    }
    return taken
  }

  get waiting(): Rated[] {
    return this.#shares.flatMap(({ rated }) => rated ?? [])
  }
}

/**
 * The log probabilities of an answer's content. Text takes two waits on its way out, each of which may drop some of it:
 * it may become a tool call, and it may become a stop string. A token's log probability goes out with its text.
 */
export class Logprobs {
  readonly #spellingOf: Vocabulary['spellingOf']
  readonly #raw = new Ledger()
  readonly #content = new Ledger()
  #count = 0

  constructor(spellingOf: Vocabulary['spellingOf']) {
    this.#spellingOf = spellingOf
  }

  /** How many of the last tokens it takes to have all that were not sent and have no likelihood yet. */
  get unrated(): number {
    const unknown = this.#waiting.filter(({ likelihood }) => likelihood === undefined)
    return unknown.reduce((most, { index }) => Math.max(most, this.#count - index), 0)
  }

  /** Likelihoods of the last tokens so far. */
  rate(likelihoods: readonly Likelihood[]): void {
    const first = this.#count - likelihoods.length
    for (const rated of this.#waiting) rated.likelihood ??= likelihoods[rated.index - first]
  }

  /** The answer grew by a token, which gave so many characters. `isPart`: it is text, perhaps with what follows. */
  grow({ length, isPart }: { length: number; isPart: boolean }, likelihood: Likelihood | undefined): void {
    if (length > 0 || isPart) this.#raw.push({ rated: { index: this.#count, likelihood }, length })
    this.#count += 1
  }

  /** Text without a token of its own: half a character at the end of an answer. */
  growText(length: number): void {
    if (length > 0) this.#raw.push({ rated: undefined, length })
  }

  /** The next characters turned out to be content, or not. */
  settle(length: number, isContent: boolean): void {
    const taken = this.#raw.take(length)
    if (isContent) for (const share of taken) this.#content.push(share)
  }

  /** The next characters of the content are sent. */
  send(length: number): TokenLogprob[] {
    return this.#content
      .take(length)
      .flatMap(({ rated }) => (rated?.likelihood ? [this.#tell(rated.likelihood)] : []))
  }

  get #waiting(): Rated[] {
    return [...this.#content.waiting, ...this.#raw.waiting]
  }

  #tell({ token, logprob, top }: Likelihood): TokenLogprob {
    return {
      ...this.#spellingOf(token),
      logprob,
      top: top.map(([other, its]) => ({ ...this.#spellingOf(other), logprob: its })),
    }
  }
}

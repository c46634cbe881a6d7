/** Tokens that must have been said in the same order before, at least and at most: a longer row is a better omen. */
export const MIN_LOOKUP_TOKENS = 2
export const MAX_LOOKUP_TOKENS = 3

/** A power of two, as every size is. */
const FIRST_SIZE = 64

/** Knuth's multiplicative hash: the golden ratio of 2³². */
const HASH_FACTOR = 0x9e37_79b1

/** Where the rows of one length stand in a text. Places are those behind a row; 0 is none, as no row ends there. */
class Rows {
  readonly #tokens: Int32Array
  readonly #length: number
  /** By the hash of a row: the last place. */
  readonly #last: Int32Array
  /** By a place: the one before with the same hash. */
  readonly #earlier: Int32Array

  /** `tokens` has the room that the text may fill. */
  constructor(tokens: Int32Array, length: number) {
    this.#tokens = tokens
    this.#length = length
    this.#last = new Int32Array(tokens.length)
    this.#earlier = new Int32Array(tokens.length)
  }

  /** Takes in the row before `end`, which is behind all that were taken in. */
  note(end: number): void {
    if (end < this.#length) return
    const hash = this.#hashBefore(end)
    this.#earlier[end] = this.#last[hash] ?? 0
    this.#last[hash] = end
  }

  /** The last place whose row is the one before `end`. */
  find(end: number): number {
    if (end < this.#length) return 0
    let found = this.#last[this.#hashBefore(end)] ?? 0
    while (found > 0 && !this.#isSame(found, end)) found = this.#earlier[found] ?? 0
    return found
  }

  #isSame(end: number, other: number): boolean {
    for (let back = 1; back <= this.#length; back += 1) {
      if (this.#tokens[end - back] !== this.#tokens[other - back]) return false
    }
    return true
  }

  #hashBefore(end: number): number {
    let hash = 0
    for (let place = end - this.#length; place < end; place += 1) {
      hash = Math.imul(hash + (this.#tokens[place] ?? 0), HASH_FACTOR)
    }
    // The upper bits are mixed best: as many of them as there are hashes.
    return hash >>> (Math.clz32(this.#last.length) + 1)
  }
}

/**
 * Finds what followed when the last tokens were last said in this order: answers repeat names, quotations, code and JSON keys
 * of their prompt and of themselves. (Prompt lookup decoding, A. Saxena, 2023.)
 *
 * It keeps an index: looking through the whole text at each step took 2 ms for 100,000 tokens.
 */
export class PromptLookup {
  #tokens = new Int32Array(FIRST_SIZE)
  #length = 0
  /** The longest first. */
  #rows = this.#emptyRows()

  /** Tokens that were added. */
  get length(): number {
    return this.#length
  }

  /** Goes on with the text. */
  add(tokens: readonly number[]): void {
    this.#makeRoom(this.#length + tokens.length)
    for (const token of tokens) {
      // A row is of use from when something has followed it.
      for (const rows of this.#rows) rows.note(this.#length)
      this.#tokens[this.#length] = token
      this.#length += 1
    }
  }

  /** At most `count` tokens; none where the last ones are new in their order. */
  find(count: number): readonly number[] {
    for (const rows of this.#rows) {
      const end = rows.find(this.#length)
      if (end > 0) return [...this.#tokens.subarray(end, Math.min(end + count, this.#length))]
    }
    return []
  }

  /** Doubles what there is until it holds so many tokens. */
  #makeRoom(length: number): void {
    let size = this.#tokens.length
    if (length <= size) return
    while (size < length) size *= 2
    const tokens = new Int32Array(size)
    tokens.set(this.#tokens)
    this.#tokens = tokens
    this.#rows = this.#emptyRows()
    for (const rows of this.#rows) for (let end = 0; end < this.#length; end += 1) rows.note(end)
  }

  #emptyRows(): readonly Rows[] {
    const lengths: number[] = []
    for (let length = MAX_LOOKUP_TOKENS; length >= MIN_LOOKUP_TOKENS; length -= 1) lengths.push(length)
    return lengths.map((length) => new Rows(this.#tokens, length))
  }
}

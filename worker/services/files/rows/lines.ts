import { MIB } from '../../../../shared/units.ts'

/** Longest line of a file of rows, in bytes, without its end. */
export const MAX_LINE_BYTES = MIB

const LINE_END = 0x0a

/** A line without its end. Of one that is longer than a line may be there are no bytes. */
export interface Line {
  bytes: Uint8Array | undefined
  length: number
}

/**
 * Cuts bytes into lines as they come, with at most one line of them in memory. `take` is given each line that ends, must be done
 * with its bytes when it returns, and says whether it wants more: what it does not want is not looked at.
 */
export class LineCutter {
  readonly #take: (line: Line) => boolean
  #isWanted = true
  #held: Uint8Array[] = []
  #length = 0

  constructor(take: (line: Line) => boolean) {
    this.#take = take
  }

  write(chunk: Uint8Array): void {
    let from = 0
    for (let end = 0; this.#isWanted; from = end + 1) {
      end = chunk.indexOf(LINE_END, from)
      if (end < 0) break
      this.#add(chunk.subarray(from, end))
      this.#isWanted = this.#take(this.#cut())
    }
    if (!this.#isWanted) return
    // A copy: the chunk is its reader's.
    this.#add(chunk.slice(from))
  }

  /** The bytes after the last end of a line. */
  end(): Line {
    return this.#cut()
  }

  #add(bytes: Uint8Array): void {
    if (bytes.length === 0) return
    this.#length += bytes.length
    if (this.#length > MAX_LINE_BYTES) this.#held = []
    else this.#held.push(bytes)
  }

  #cut(): Line {
    const [held, length] = [this.#held, this.#length]
    this.#held = []
    this.#length = 0
    if (length > MAX_LINE_BYTES) return { bytes: undefined, length }
    const [only] = held
    if (only && held.length === 1) return { bytes: only, length }
    return { bytes: joined(held, length), length }
  }
}

/** Pieces as one. */
export function joined(pieces: readonly Uint8Array[], length: number): Uint8Array {
  const bytes = new Uint8Array(length)
  let at = 0
  for (const piece of pieces) {
    bytes.set(piece, at)
    at += piece.length
  }
  return bytes
}

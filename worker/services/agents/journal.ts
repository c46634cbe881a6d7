import type { Piece } from './run-events.ts'

/** The deeds of a run, kept so that none is done again. Values are JSON. */
export interface Journal {
  has(key: string): boolean
  /** Undefined where there is nothing. */
  read(key: string): unknown
  write(key: string, value: unknown): void
  /** The answer as far as it was said before. */
  takeSaid(): Piece
  /** Keeps a piece of the answer, which begins at `from` of it; at 0, nothing was said before. */
  say(from: number, piece: Piece): void
}

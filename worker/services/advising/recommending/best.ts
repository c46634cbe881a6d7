import { isAllowed } from './constraints.ts'
import type { Entry } from './entry.ts'
import { matchOf, type Score, scoreOf } from './scoring.ts'
import type { Wish } from './wish.ts'

/** A program that may be recommended, with its score. */
export interface Scored {
  id: string
  score: Score
}

interface Matched {
  entry: Entry
  match: number
}

const isBefore = (match: number, { id }: Entry, other: Matched): boolean =>
  match > other.match || (match === other.match && id < other.entry.id)

/** Collects the programs that fit a wish best, of which there may be at most `limit`. Equal ones go by their ids.
 * `likenessOf` says how alike a program is to the wish, by vectors. */
export function bestOf(
  wish: Wish,
  limit: number,
  likenessOf: (id: string) => number | undefined = () => undefined,
) {
  const best: Matched[] = []
  let allowed = 0
  return {
    visit(entries: readonly Entry[]): void {
      for (const entry of entries) {
        if (!isAllowed(entry, wish)) continue
        allowed += 1
        const match = matchOf(entry, wish, likenessOf(entry.id))
        const last = best.at(-1)
        if (best.length >= limit && last && !isBefore(match, entry, last)) continue
        const at = best.findIndex((other) => isBefore(match, entry, other))
        best.splice(at < 0 ? best.length : at, 0, { entry, match })
        if (best.length > limit) best.pop()
      }
    },
    best: (): readonly Scored[] =>
      best.map(({ entry }) => ({ id: entry.id, score: scoreOf(entry, wish, likenessOf(entry.id)) })),
    /** How many met the constraints. */
    allowed: () => allowed,
  }
}

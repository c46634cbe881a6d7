import { isAllowed } from './constraints.ts'
import type { Entry } from './entry.ts'
import { type Score, scoreOf } from './scoring.ts'
import type { Wish } from './wish.ts'

/** A program that may be recommended, with its score. */
export interface Scored {
  id: string
  score: Score
}

const isBefore = (a: Scored, b: Scored): boolean =>
  a.score.match > b.score.match || (a.score.match === b.score.match && a.id < b.id)

/** Collects the programs that fit a wish best, of which there may be at most `limit`. Equal ones go by their ids. */
export function bestOf(wish: Wish, limit: number) {
  const best: Scored[] = []
  let allowed = 0
  return {
    visit(entries: readonly Entry[]): void {
      for (const entry of entries) {
        if (!isAllowed(entry, wish)) continue
        allowed += 1
        const scored = { id: entry.id, score: scoreOf(entry, wish) }
        const last = best.at(-1)
        if (best.length >= limit && last && !isBefore(scored, last)) continue
        const at = best.findIndex((other) => isBefore(scored, other))
        best.splice(at < 0 ? best.length : at, 0, scored)
        if (best.length > limit) best.pop()
      }
    },
    best: (): readonly Scored[] => best,
    /** How many met the constraints. */
    allowed: () => allowed,
  }
}

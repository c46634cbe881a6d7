import type { Entry } from './entry.ts'
import type { Wish } from './wish.ts'

/**
 * Whether a program may be recommended. Only what is known can speak against it: a level, a language, a country that are
 * others, or a year of which every known sum is above the maximum.
 */
export function isAllowed(entry: Entry, { level, languages, places, budgetMax }: Wish): boolean {
  if (level !== undefined && entry.level !== null && entry.level !== level) return false
  if (
    languages.length > 0 &&
    entry.languages !== null &&
    !entry.languages.some((language) => languages.includes(language))
  ) {
    return false
  }
  if (places.length > 0 && !places.some(({ countries }) => countries.includes(entry.country))) return false
  return budgetMax === undefined || entry.yearly.length === 0 || entry.yearly.some((sum) => sum <= budgetMax)
}

import type { Entry } from './entry.ts'
import type { Wish } from './wish.ts'

// Every program of a catalogue comes by here, for each recommendation: so no closures.

/** Whether a program is known to be taught in one of the languages. */
export function isTaughtIn(entry: Entry, languages: readonly string[]): boolean {
  for (const language of entry.languages ?? []) if (languages.includes(language)) return true
  return false
}

function isIn({ country }: Entry, places: Wish['places']): boolean {
  for (const { countries } of places) if (countries.includes(country)) return true
  return false
}

/** Whether every sum that is known is above the maximum, of which there is at least one. */
function isTooDear({ yearly }: Entry, budgetMax: number): boolean {
  for (const sum of yearly) if (sum <= budgetMax) return false
  return yearly.length > 0
}

/**
 * Whether a program may be recommended. Only what is known can speak against it: a level, a language, a country that are
 * others, or a year of which every known sum is above the maximum.
 */
export function isAllowed(entry: Entry, { level, languages, places, budgetMax }: Wish): boolean {
  if (level !== undefined && entry.level !== null && entry.level !== level) return false
  if (languages.length > 0 && entry.languages !== null && !isTaughtIn(entry, languages)) return false
  if (places.length > 0 && !isIn(entry, places)) return false
  return budgetMax === undefined || !isTooDear(entry, budgetMax)
}

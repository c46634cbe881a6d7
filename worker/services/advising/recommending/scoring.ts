import type { Band } from '../catalogue/program.ts'
import { isTaughtIn } from './constraints.ts'
import type { Entry } from './entry.ts'
import { GRADE_SCALE, type Wish } from './wish.ts'

/**
 * The parts of a match, their weights, and how each is measured, from 0 to 1. A part of which the profile, the query or the
 * program says nothing counts as `UNKNOWN`. Each part depends on the wish and the one program alone.
 *
 * | Part        | Weight | Measure |
 * |-------------|--------|---------|
 * | academics   | 0.35   | The grade out of 20, moved by at most `STRENGTH_POINTS` by the subjects that the program names. Against a minimum grade: 0.6 at it, 0.1 for each point. Against the grades of those admitted: the share `p` that the grade reaches, and the access rate `a`: 1 - (1 - p)(1 - a) |
 * | interests   | 0.30   | Of the favorite subjects 0.7 of the one that the title and the field name best and 0.3 of their mean; of the query its words that they name, three being enough; the mean of both. Where the pool embeds, half of it is how alike the program and these wishes are by their vectors. Less the disliked subject that the words name best, from half of its words on |
 * | budget      | 0.15   | The room below the maximum as a share of it, the mean over the known sums of a year |
 * | careerGoals | 0.10   | The words of the goals that the title and the field name, three being enough |
 * | place       | 0.10   | Half of it the place: 1 for a country that was named, 0.75 for a region; half of it the language: 1 where it is taught in one that was asked for |
 */
export const WEIGHTS = {
  academics: 0.35,
  interests: 0.3,
  budget: 0.15,
  careerGoals: 0.1,
  place: 0.1,
} as const

export type Part = keyof typeof WEIGHTS
export const PARTS = Object.keys(WEIGHTS) as Part[] // The names of a constant object.

/** The measure of a part about which nothing is known. */
export const UNKNOWN = 0.5

const STRENGTH_POINTS = 2
const AT_MINIMUM = 0.6
const PER_POINT = 0.1
const ENOUGH_WORDS = 3
const REGION = 0.75
const BEST_FAVORITE = 0.7
const VECTOR_SHARE = 0.5

/** Of a grade's gap to what is asked: from here on admission is easy, and from 0 on it is neither easy nor hard. */
const EASY_GAP = 2
/** The part of those admitted whose grades lie below what counts as asked. */
const ASKED_QUANTILE = 0.25

export type Difficulty = 'low' | 'medium' | 'high' | 'unknown'

/** A number where a part is known, null where it is not. */
export type Measures = Record<Part, number | null>

export interface Score {
  /** 0 to 1, to four digits. */
  match: number
  measures: Measures
  difficulty: Difficulty
}

const clamp = (value: number, least = 0, most = 1): number => Math.min(most, Math.max(least, value))

// Every program of a catalogue comes by here: what follows makes no lists and no objects.

/** How many of some words a program has. */
function countIn(terms: readonly string[], entry: Entry): number {
  let count = 0
  for (const term of terms) if (entry.terms.includes(term)) count += 1
  return count
}

/** The share of a phrase's words that a program has. */
const coverage = (terms: readonly string[], entry: Entry): number => countIn(terms, entry) / terms.length

/** The words of a text that a program has, of which a few are enough. */
const fewWords = (terms: readonly string[], entry: Entry): number =>
  Math.min(1, countIn(terms, entry) / Math.min(ENOUGH_WORDS, terms.length))

/** The grade with which a student stands before a program, out of 20. */
function gradeFor(entry: Entry, { grade, subjects }: Wish): number | undefined {
  if (grade === undefined) return undefined
  let [strength, count] = [0, 0]
  for (const subject of subjects) {
    if (subject.terms.length === 0 || coverage(subject.terms, entry) < 1) continue
    strength += subject.strength
    count += 1
  }
  return count === 0 ? grade : clamp(grade + (STRENGTH_POINTS * strength) / count, 0, GRADE_SCALE)
}

function totalOf(bands: readonly Band[]): number {
  let total = 0
  for (const { share } of bands) total += share
  return total
}

/** The share of those admitted whom a grade reaches, within a band as if they were spread evenly. */
function shareReached(bands: readonly Band[], grade: number): number {
  let reached = 0
  for (const { from, to, share } of bands) {
    const end = to ?? GRADE_SCALE
    reached += share * clamp((grade - from) / Math.max(end - from, Number.EPSILON))
  }
  return clamp(reached / totalOf(bands))
}

/** The grade below which a part of those admitted lies. */
function quantileOf(bands: readonly Band[], part: number): number {
  let left = part * totalOf(bands)
  for (const { from, to, share } of bands.toSorted((a, b) => a.from - b.from)) {
    if (left <= share && share > 0) return from + ((to ?? GRADE_SCALE) - from) * (left / share)
    left -= share
  }
  return GRADE_SCALE
}

const knownBands = ({ gradeBands }: Entry): readonly Band[] | undefined =>
  gradeBands && totalOf(gradeBands) > 0 ? gradeBands : undefined

function academics(entry: Entry, wish: Wish): number | null {
  const grade = gradeFor(entry, wish)
  if (grade === undefined) return null
  if (entry.minimumGrade !== null) return clamp(AT_MINIMUM + PER_POINT * (grade - entry.minimumGrade))
  const bands = knownBands(entry)
  return bands ? 1 - (1 - shareReached(bands, grade)) * (1 - (entry.accessRate ?? 0)) : null
}

/** How hard it is to get in, by the gap between the grade and what is asked. */
export function difficultyOf(entry: Entry, wish: Wish): Difficulty {
  const grade = gradeFor(entry, wish)
  const bands = knownBands(entry)
  const asked = entry.minimumGrade ?? (bands ? quantileOf(bands, ASKED_QUANTILE) : undefined)
  if (grade === undefined || asked === undefined) return 'unknown'
  const gap = grade - asked
  if (gap >= EASY_GAP) return 'low'
  return gap >= 0 ? 'medium' : 'high'
}

/** How well a program fits the favorite subjects: the one that it names best, and all of them. */
function likingOf(entry: Entry, favorites: Wish['favorites']): number {
  let [best, sum] = [0, 0]
  for (const terms of favorites) {
    const share = coverage(terms, entry)
    best = Math.max(best, share)
    sum += share
  }
  return BEST_FAVORITE * best + (1 - BEST_FAVORITE) * (sum / favorites.length)
}

/** How much of a disliked subject a program is: of the one that it names best, from half of its words on. */
function dislikingOf(entry: Entry, disliked: Wish['disliked']): number {
  let worst = 0
  for (const terms of disliked) worst = Math.max(worst, coverage(terms, entry))
  return clamp(2 * worst - 1)
}

function interests(entry: Entry, wish: Wish, likeness: number | undefined): number | null {
  const { favorites, disliked, query } = wish
  const [hasFavorites, hasQuery] = [favorites.length > 0, query.length > 0]
  const dislike = dislikingOf(entry, disliked)
  if (!hasFavorites && !hasQuery) return dislike > 0 ? UNKNOWN * (1 - dislike) : null
  const liked = hasFavorites ? likingOf(entry, favorites) : 0
  const asked = hasQuery ? fewWords(query, entry) : 0
  const named = (liked + asked) / (hasFavorites && hasQuery ? 2 : 1)
  const wishes = likeness === undefined ? named : VECTOR_SHARE * likeness + (1 - VECTOR_SHARE) * named
  return clamp(wishes - dislike)
}

function budget({ yearly }: Entry, { budgetMax }: Wish): number | null {
  if (budgetMax === undefined || yearly.length === 0) return null
  let room = 0
  for (const sum of yearly) room += sum <= 0 ? 1 : budgetMax <= 0 ? 0 : clamp(1 - sum / budgetMax)
  return room / yearly.length
}

const careerGoals = (entry: Entry, { goals }: Wish): number | null =>
  goals.length > 0 ? fewWords(goals, entry) : null

function place(entry: Entry, wish: Wish): number | null {
  let where: number | null = null
  for (const { kind, countries } of wish.places) {
    if (countries.includes(entry.country)) where = Math.max(where ?? 0, kind === 'country' ? 1 : REGION)
  }
  const taught = isTaughtIn(entry, wish.languages) ? 1 : null
  return where === null && taught === null ? null : ((where ?? UNKNOWN) + (taught ?? UNKNOWN)) / 2
}

/** How well a program fits a wish: 0 to 1, to four digits. `likeness` is by vectors, 0 to 1, where there are any. */
export function matchOf(entry: Entry, wish: Wish, likeness?: number): number {
  const match =
    WEIGHTS.academics * (academics(entry, wish) ?? UNKNOWN) +
    WEIGHTS.interests * (interests(entry, wish, likeness) ?? UNKNOWN) +
    WEIGHTS.budget * (budget(entry, wish) ?? UNKNOWN) +
    WEIGHTS.careerGoals * (careerGoals(entry, wish) ?? UNKNOWN) +
    WEIGHTS.place * (place(entry, wish) ?? UNKNOWN)
  return Math.round(match * 10_000) / 10_000
}

/** The match of a program with its parts. */
export const scoreOf = (entry: Entry, wish: Wish, likeness?: number): Score => ({
  match: matchOf(entry, wish, likeness),
  measures: {
    academics: academics(entry, wish),
    interests: interests(entry, wish, likeness),
    budget: budget(entry, wish),
    careerGoals: careerGoals(entry, wish),
    place: place(entry, wish),
  },
  difficulty: difficultyOf(entry, wish),
})

/** The weight of the parts that are known. */
export const certaintyOf = (measures: Measures): number =>
  PARTS.reduce((sum, part) => sum + (measures[part] === null ? 0 : WEIGHTS[part]), 0)

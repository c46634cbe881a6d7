import { languageOf, languagesIn } from '../catalogue/languages.ts'
import { type PlaceWish, placesIn } from '../catalogue/places.ts'
import type { Level } from '../catalogue/program.ts'
import type { AcademicRecord, Preferences, SubjectGrade } from '../student.ts'
import { termsOf, topicWords, wordsOf } from './terms.ts'

/** Grades of subjects that are all at most this are out of this; a GPA always is. */
export const GRADE_SCALE = 20
const HUNDRED = 100

/** A subject that a student has a grade in. */
export interface Subject {
  terms: readonly string[]
  /** How far the grade lies from the mean of the student's own, as a share of the scale. */
  strength: number
}

/** All that a profile and a query ask of a program. What is undefined, or an empty list, is not asked. */
export interface Wish {
  level: Level | undefined
  languages: readonly string[]
  places: readonly PlaceWish[]
  /** A year, in the deployment's currency. */
  budgetMax: number | undefined
  /** Out of 20. */
  grade: number | undefined
  subjects: readonly Subject[]
  /** Each subject as its terms. */
  favorites: readonly (readonly string[])[]
  disliked: readonly (readonly string[])[]
  goals: readonly string[]
  query: readonly string[]
  /** Wishes that were given and not understood: they limit nothing. */
  notUnderstood: readonly ('status' | 'language' | 'place')[]
}

/** The levels that a query names. */
const LEVEL_WORDS: readonly (readonly [words: RegExp, level: Level])[] = [
  [/\b(?:ph\.?\s?d|dphil|doctorates?|doctoral|doctorat)\b/i, 'doctorate'],
  [/\b(?:master(?:['’]?s)?|m\.?sc|mba|postgraduate|mastère)\b/i, 'master'],
  [/\b(?:bachelor(?:['’]?s)?|b\.?sc|undergraduate|licence|licenciatura)\b/i, 'bachelor'],
  [/\b(?:diplomas?|certificates?|vocational|bts|foundation degrees?|associate degrees?)\b/i, 'other'],
]

/** The level that follows from where a student is. */
const NEXT_LEVELS: readonly (readonly [words: RegExp, level: Level])[] = [
  [/\b(?:master(?:['’]?s)?|m\.?sc|mba|postgraduate)\b/i, 'doctorate'],
  [/\b(?:bachelor(?:['’]?s)?|b\.?sc|undergraduate|licence)\b/i, 'master'],
  [
    /\b(?:high[\s-]?school|secondary|lyc[ée]e|lyc[ée]en(?:ne)?|terminale|baccalaur[ée]at|a[\s-]levels?|gymnasium|sixth form)\b/i,
    'bachelor',
  ],
]

const LANGUAGE_PHRASE =
  /\b(?:taught in|in|en)\s+(\p{L}+)(?=\s*(?:$|[.,;:!?)]|(?:in|at|and|or|for|with|under|below|near|from|language)\b))/giu

const levelIn = (text: string, table: typeof LEVEL_WORDS): Level | undefined =>
  table.find(([words]) => words.test(text))?.[1]

/** The mean of grades by their weights. */
function meanOf(grades: readonly SubjectGrade[]): number | undefined {
  let [sum, weights] = [0, 0]
  for (const { grade, weight } of grades) {
    sum += grade * (weight ?? 1)
    weights += weight ?? 1
  }
  return weights > 0 ? sum / weights : undefined
}

function gradesOf({ gpa, subjectGrades = [] }: AcademicRecord): Pick<Wish, 'grade' | 'subjects'> {
  const scale = subjectGrades.every(({ grade }) => grade <= GRADE_SCALE) ? GRADE_SCALE : HUNDRED
  const mean = meanOf(subjectGrades)
  const subjects =
    mean === undefined
      ? []
      : subjectGrades.map(({ subjectName, grade }) => ({
          terms: termsOf(subjectName),
          strength: (grade - mean) / scale,
        }))
  return { subjects, grade: gpa ?? (mean === undefined ? undefined : (mean / scale) * GRADE_SCALE) }
}

/** The languages that a query asks to be taught in, and the query without them. */
function languagesAsked(query: string): { languages: string[]; rest: string } {
  const languages: string[] = []
  const rest = query.replaceAll(LANGUAGE_PHRASE, (phrase, word: string) => {
    const code = languageOf(word)
    if (code === undefined) return phrase
    languages.push(code)
    return ' '
  })
  return { languages, rest }
}

/** The subject of a query: its terms without those of places and levels. */
function topicOf(rest: string, places: ReturnType<typeof placesIn>): string[] {
  const named = new Set(places.flatMap(({ words }) => words.flatMap(wordsOf)))
  const bare = LEVEL_WORDS.reduce((text, [words]) => text.replaceAll(new RegExp(words, 'gi'), ' '), rest)
  return termsOf(
    wordsOf(bare)
      .filter((word) => !named.has(word))
      .join(' '),
  )
}

const listOfTerms = (items: readonly string[] | undefined): string[][] =>
  (items ?? []).map(termsOf).filter((terms) => terms.length > 0)

/** The wish of a student with a query. The query goes before the profile where both name a level, a language or a place. */
export function wishOf(record: AcademicRecord, preferences: Preferences, query: string): Wish {
  const asked = languagesAsked(query)
  const askedPlaces = placesIn(asked.rest)
  const { currentStatus = '', languagePreference = '' } = record
  const { geographicPreference = '' } = preferences
  const languages = asked.languages.length > 0 ? asked.languages : languagesIn(languagePreference)
  const places = askedPlaces.length > 0 ? askedPlaces : placesIn(geographicPreference)
  const level = levelIn(query, LEVEL_WORDS) ?? levelIn(currentStatus, NEXT_LEVELS)
  const notUnderstood: Wish['notUnderstood'][number][] = []
  if (currentStatus !== '' && level === undefined) notUnderstood.push('status')
  if (languagePreference !== '' && languages.length === 0) notUnderstood.push('language')
  if (geographicPreference !== '' && places.length === 0) notUnderstood.push('place')
  return {
    level,
    languages,
    places,
    budgetMax: preferences.budgetRangeMax,
    ...gradesOf(record),
    favorites: listOfTerms(preferences.favoriteSubjects),
    disliked: listOfTerms(preferences.dislikedSubjects),
    goals: termsOf(preferences.careerGoals ?? ''),
    query: topicOf(asked.rest, askedPlaces),
    notUnderstood,
  }
}

/** The interests of a student and a query in one text, to be embedded; empty where neither says any. */
export const interestText = ({ favoriteSubjects = [] }: Preferences, query: string): string =>
  [...favoriteSubjects, topicWords(query)].filter((part) => part !== '').join(', ')

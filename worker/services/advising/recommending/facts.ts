import { fieldName } from '../catalogue/fields.ts'
import { languageName } from '../catalogue/languages.ts'
import { RATES_DATE } from '../catalogue/money.ts'
import { countryName } from '../catalogue/places.ts'
import type { Band, Program } from '../catalogue/program.ts'
import { type YearlySum, yearlySums } from '../catalogue/tuition.ts'
import { entryOf } from './entry.ts'
import { type Score, scoreOf } from './scoring.ts'
import { stemOf, wordsOf } from './terms.ts'
import { type Wish, wishOf } from './wish.ts'

/** The reasons for one recommendation, each a sentence that was computed. */
export interface Facts {
  /** In the order of their weight. */
  known: readonly string[]
  /** Names of what is not known of the program and would count. */
  unknown: readonly string[]
}

/** A number as reasons show it: at most two digits of a fraction, groups of three, the same in every place. */
export const shownNumber = (value: number): string => {
  const [whole = '0', fraction] = String(Math.round(value * 100) / 100).split('.')
  const grouped = whole.replaceAll(/\B(?=(\d{3})+$)/g, ',')
  return fraction === undefined ? grouped : `${grouped}.${fraction}`
}

const percent = (share: number): string => `${shownNumber(share * 100)} percent`

/** A list as a sentence has it: `a, b and c`. */
export const listed = (items: readonly string[]): string =>
  items.length < 2 ? items.join('') : `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`

const LEVEL_NAMES = {
  bachelor: "a bachelor's program",
  master: "a master's program",
  doctorate: 'a doctoral program',
  other: 'a program of another level than a bachelor, a master or a doctorate',
} as const

function identity({ title, institution, city, country, level }: Program): string {
  const place = [city, countryName(country)].filter((part) => part !== null).join(', ')
  const is =
    level === null ? 'is a program of a level that its source does not state' : `is ${LEVEL_NAMES[level]}`
  return `${title} at ${institution} (${place}) ${is}.`
}

/** The program's own words for which somebody looked: never the words of the student. */
function sharedWords({ title, field }: Program, terms: readonly string[]): string[] {
  const named = `${title} ${field.words ?? ''} ${field.isced === null ? '' : (fieldName(field.isced) ?? '')}`
  const wanted = new Set(terms)
  return [...new Set(wordsOf(named).filter((word) => word.length > 1 && wanted.has(stemOf(word))))]
}

const quoted = (words: readonly string[]): string => listed(words.map((word) => `"${word}"`))

function interestFacts(program: Program, wish: Wish): string[] {
  const favorites = sharedWords(program, wish.favorites.flat())
  const asked = sharedWords(program, wish.query)
  const goals = sharedWords(program, wish.goals)
  const disliked = sharedWords(program, wish.disliked.flat())
  const name = program.field.isced === null ? undefined : fieldName(program.field.isced)
  return [
    ...(name === undefined ? [] : [`Its field is ${name}.`]),
    ...(favorites.length > 0
      ? [`Its title or field names ${quoted(favorites)} of your favorite subjects.`]
      : []),
    ...(asked.length > 0 ? [`It names ${quoted(asked)} of your question.`] : []),
    ...(goals.length > 0 ? [`It names ${quoted(goals)} of your career goals.`] : []),
    ...(disliked.length > 0 ? [`It also names ${quoted(disliked)}, which you dislike.`] : []),
  ]
}

function commonBand(bands: readonly Band[]): Band | undefined {
  return bands.toSorted((a, b) => b.share - a.share)[0]
}

function academicFacts({ requirements, admitted }: Program, { grade }: Wish): string[] {
  const minimum = requirements?.minimumGrade
  const band = admitted?.gradeBands && commonBand(admitted.gradeBands)
  const tariff = admitted?.tariffBands && commonBand(admitted.tariffBands)
  const year = admitted?.year ? ` (${admitted.year})` : ''
  const own = grade === undefined ? '' : `; yours is ${shownNumber(grade)} out of 20`
  return [
    ...(minimum
      ? [`Its minimum grade is ${shownNumber(minimum.value)} out of ${shownNumber(minimum.outOf)}${own}.`]
      : []),
    ...(band
      ? [
          `Of those admitted${year}, ${percent(band.share)} had grades from ${shownNumber(band.from)} to ${shownNumber(band.to ?? 20)} out of 20${minimum ? '' : own}.`,
        ]
      : []),
    ...(tariff
      ? [
          `Of its entrants${year}, ${percent(tariff.share)} had ${tariff.to === null ? `${tariff.from} or more` : `${tariff.from} to ${tariff.to - 1}`} UCAS tariff points, which are not compared with a grade out of 20.`,
        ]
      : []),
    ...(typeof admitted?.accessRate === 'number'
      ? [`Its rate of admission${year} is ${percent(admitted.accessRate)}.`]
      : []),
  ]
}

const AUDIENCE_NAMES = {
  all: '',
  domestic: ' for domestic students',
  international: ' for international students',
}

function sumFact({ tuition, amount, converted }: YearlySum, currency: string): string {
  const own = `${shownNumber(amount)} ${tuition.currency}`
  const year = tuition.academicYear === null ? '' : ` (${tuition.academicYear})`
  const other =
    tuition.currency === currency || converted === undefined
      ? ''
      : `, which is ${shownNumber(Math.round(converted))} ${currency} at the rates of ${RATES_DATE}`
  const total =
    tuition.period === 'total'
      ? `, reckoned from ${shownNumber(tuition.amount)} ${tuition.currency} in total`
      : ''
  return `Tuition${AUDIENCE_NAMES[tuition.audience]}${year} is ${own} a year${total}${other}.`
}

function budgetFacts(program: Program, { budgetMax }: Wish, currency: string): string[] {
  const sums = yearlySums(program, currency)
  const known = sums.flatMap(({ converted }) => converted ?? [])
  const fits = budgetMax === undefined ? 0 : known.filter((sum) => sum <= budgetMax).length
  const most = budgetMax === undefined ? '' : `${shownNumber(budgetMax)} ${currency} a year`
  return [
    ...sums.map((sum) => sumFact(sum, currency)),
    ...(budgetMax === undefined || known.length === 0
      ? []
      : [
          fits === known.length
            ? `That is within your maximum of ${most}.`
            : `Not every sum is within your maximum of ${most}, and which one you pay is not known.`,
        ]),
  ]
}

function placeFacts({ country, languages }: Program, wish: Wish): string[] {
  const named = wish.places.filter(({ countries }) => countries.includes(country))
  const [place] = named.toSorted((a, b) => a.countries.length - b.countries.length)
  return [
    ...(place
      ? [
          place.kind === 'country'
            ? `It is in ${place.name}, as you wish.`
            : `It is in ${countryName(country)}, within the region you wish.`,
        ]
      : []),
    ...(languages ? [`It is taught in ${listed(languages.map(languageName))}.`] : []),
  ]
}

/** The names of things that would count and are not known. */
function unknownOf(program: Program, wish: Wish, currency: string): string[] {
  const { level, languages, requirements, admitted } = program
  const hasGrades = requirements?.minimumGrade || admitted?.gradeBands
  const hasSums = yearlySums(program, currency).some(({ converted }) => converted !== undefined)
  return [
    ...(level === null ? ['level'] : []),
    ...(languages === null ? ['language'] : []),
    ...(hasSums ? [] : ['yearly tuition']),
    ...(hasGrades ? [] : ['the grades it asks for']),
    ...(wish.grade === undefined ? ['your grade'] : []),
  ]
}

const DIFFICULTIES = {
  low: 'By these grades, getting in is of low difficulty.',
  medium: 'By these grades, getting in is of medium difficulty.',
  high: 'By these grades, getting in is of high difficulty.',
  unknown: undefined,
} as const

/** The reasons for a recommendation. They hold facts of the program and figures of the student, and no words of theirs. */
export function factsOf(program: Program, wish: Wish, score: Score, currency: string): Facts {
  const difficulty = DIFFICULTIES[score.difficulty]
  return {
    known: [
      identity(program),
      ...interestFacts(program, wish),
      ...academicFacts(program, wish),
      ...(difficulty === undefined ? [] : [difficulty]),
      ...budgetFacts(program, wish, currency),
      ...placeFacts(program, wish),
    ],
    unknown: unknownOf(program, wish, currency),
  }
}

/** The sentence that says what is not known; empty where all is. */
export const unknownSentence = ({ unknown }: Facts): string =>
  unknown.length === 0 ? '' : `Not known, and so not counted against it: ${listed(unknown)}.`

/** The reasons as they stand where no model writes them. */
export const plainReasoning = (facts: Facts): string =>
  [...facts.known, unknownSentence(facts)].filter((sentence) => sentence !== '').join(' ')

/** A wish for nothing. */
const NO_WISH = wishOf({}, {}, '')

/** A program in a few computed sentences, for nobody in particular. */
export function describedBy(program: Program, currency: string): string {
  const known = factsOf(program, NO_WISH, scoreOf(entryOf('', program, currency), NO_WISH), currency).known
  return known.join(' ')
}

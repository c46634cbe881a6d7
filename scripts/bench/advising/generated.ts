import type { NewProgram } from '../../../worker/services/advising/catalogue/program.ts'
import type { AcademicRecord, Preferences } from '../../../worker/services/advising/student.ts'

/** Numbers from 0 to 1 that are the same in each run (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

type Random = () => number
const oneOf = <Item>(random: Random, items: readonly [Item, ...Item[]]): Item =>
  items[Math.floor(random() * items.length)] ?? items[0]
const maybe = <Value>(random: Random, value: Value): Value | null => (random() < 0.3 ? null : value)

const SUBJECTS = [
  ...(['Computer Science', 'Law', 'Nursing', 'Economics', 'Physics', 'History', 'Psychology'] as const),
  ...(['Mechanical Engineering', 'Accounting', 'Music', 'Biology', 'Architecture', 'Journalism'] as const),
] as const
const FIELDS = ['0613', '0421', '0913', '0311', '0533', '0222', '0313', '0715', '0411'] as const
const TITLES = ['Bachelor of', 'Master of', 'Doctor of Philosophy in', 'Diploma of'] as const
const LEVELS = ['bachelor', 'master', 'doctorate', 'other'] as const
const COUNTRIES = ['FR', 'GB', 'AU', 'US', 'DE', 'CH', 'CA', 'NL'] as const
const LANGUAGES: readonly [string[], ...string[][]] = [['en'], ['fr'], ['de'], ['en', 'fr']]

const SOURCE = {
  name: 'bench',
  licence: 'none: these programs are invented',
  address: 'https://example.org/',
  edition: 'of this bench',
}

function bandsOf(random: Random): { from: number; to: number; share: number }[] {
  return [10, 12, 14, 16, 18].map((from) => ({ from, to: from + 2, share: random() / 5 }))
}

/** A program that looks like those of registers, with facts that are missing as often. */
export function generatedProgram(random: Random, number: number): NewProgram {
  const level = Math.floor(random() * LEVELS.length)
  const subject = oneOf(random, SUBJECTS)
  return {
    sourceId: String(number),
    institution: `University of Somewhere ${number % 400}`,
    country: oneOf(random, COUNTRIES),
    city: maybe(random, `City ${number % 150}`),
    title: `${TITLES[level]} ${subject} and ${oneOf(random, SUBJECTS)}`,
    level: maybe(random, LEVELS[level] ?? 'other'),
    field: { isced: maybe(random, oneOf(random, FIELDS)), words: maybe(random, subject) },
    languages: maybe(random, oneOf(random, LANGUAGES)),
    duration: maybe(random, { amount: 156, unit: 'weeks' }),
    tuition:
      random() < 0.3
        ? []
        : [
            {
              amount: Math.round(random() * 150_000),
              currency: oneOf(random, ['EUR', 'AUD', 'USD', 'GBP']),
              period: oneOf(random, ['year', 'total']),
              audience: 'international',
            },
          ],
    requirements: random() < 0.7 ? null : { minimumGrade: { value: Math.round(random() * 20), outOf: 20 } },
    admitted: random() < 0.5 ? null : { accessRate: random(), gradeBands: bandsOf(random), year: '2025' },
    page: `https://example.org/${number}`,
    source: SOURCE,
  }
}

/** A student of whom this or that is not known. */
export interface GeneratedStudent {
  record: AcademicRecord
  preferences: Preferences
  query: string
}

/** A student with wishes of all kinds. */
export function generatedStudent(random: Random): GeneratedStudent {
  const known = <Value>(value: Value) => maybe(random, value) ?? undefined
  return {
    record: {
      currentStatus: known(oneOf(random, ['High School', 'Bachelor student', 'Master student'])),
      gpa: known(Math.round(random() * 200) / 10),
      languagePreference: known(oneOf(random, ['English', 'French', 'German'])),
      subjectGrades: known([{ subjectName: oneOf(random, SUBJECTS), grade: Math.round(random() * 20) }]),
    },
    preferences: {
      favoriteSubjects: known([oneOf(random, SUBJECTS), oneOf(random, SUBJECTS)]),
      dislikedSubjects: known([oneOf(random, SUBJECTS)]),
      geographicPreference: known(oneOf(random, ['Europe', 'France', 'Australia', 'North America'])),
      budgetRangeMax: known(Math.round(random() * 60_000)),
      careerGoals: known(`To work in ${oneOf(random, SUBJECTS)}`),
    },
    query: oneOf(random, ['', 'computer science', 'a master of law in Germany', 'nursing taught in English']),
  }
}

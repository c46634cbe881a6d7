import fc from 'fast-check'
import { Program } from '../../worker/services/advising/catalogue/program.ts'
import type { AcademicRecord, Preferences } from '../../worker/services/advising/student.ts'

const WORDS = [
  'Computer',
  'Science',
  'Law',
  'History',
  'Nursing',
  'Economics',
  'Physics',
  'Droit',
  'Informatique',
  'Music',
]
const words = (max: number) =>
  fc.array(fc.constantFrom(...WORDS), { minLength: 1, maxLength: max }).map((list) => list.join(' '))

const tuition = fc.record({
  amount: fc.integer({ min: 0, max: 400_000 }).map((cents) => cents / 4),
  currency: fc.constantFrom('EUR', 'AUD', 'USD', 'GBP', 'AFN'),
  period: fc.constantFrom('year' as const, 'semester' as const, 'total' as const),
  audience: fc.constantFrom('all' as const, 'domestic' as const, 'international' as const),
  academicYear: fc.constantFrom(null, '2025-26'),
})

const GRADES = [10, 12, 14, 16, 18, 20]
const gradeBands = fc.array(fc.integer({ min: 0, max: 20 }), { minLength: 5, maxLength: 5 }).map((shares) =>
  shares.map((share, index) => ({
    from: GRADES[index] ?? 0,
    to: GRADES[index + 1] ?? 20,
    share: share / 100,
  })),
)

const minimumGrade = fc
  .tuple(fc.integer({ min: 0, max: 100 }), fc.constantFrom(20, 100, 4))
  .map(([part, outOf]) => ({ value: (part / 100) * outOf, outOf }))

const source = { name: 'generated', licence: 'none', address: 'https://example.org/', edition: '2025' }

/** Programs with any of their facts known or not; ids are their numbers. */
export const generatedProgram = fc
  .record({
    sourceId: fc.uuid(),
    institution: words(2).map((name) => `University of ${name}`),
    country: fc.constantFrom('FR', 'GB', 'AU', 'US', 'DE'),
    city: fc.constantFrom(null, 'Paris', 'Leeds'),
    title: words(4),
    level: fc.constantFrom(
      null,
      'bachelor' as const,
      'master' as const,
      'doctorate' as const,
      'other' as const,
    ),
    field: fc.record({
      isced: fc.constantFrom(null, '0613', '0421', '0913', '0311'),
      words: fc.option(words(2)),
    }),
    languages: fc.constantFrom(null, ['en'], ['fr'], ['en', 'fr']),
    duration: fc.constantFrom(
      null,
      { amount: 156, unit: 'weeks' as const },
      { amount: 2, unit: 'years' as const },
    ),
    tuition: fc.array(tuition, { maxLength: 3 }),
    requirements: fc.option(fc.record({ minimumGrade })),
    admitted: fc.option(
      fc.record({
        accessRate: fc.option(fc.integer({ min: 0, max: 100 }).map((part) => part / 100)),
        gradeBands: fc.option(gradeBands),
      }),
    ),
    source: fc.constant(source),
  })
  .map((given) => Program.parse(given))

/** Students of whom anything may be known or not. */
export const generatedStudent: fc.Arbitrary<{
  record: AcademicRecord
  preferences: Preferences
  query: string
}> = fc.record({
  record: fc.record(
    {
      currentStatus: fc.constantFrom('High School', 'Bachelor student', 'Master', 'Gap year'),
      gpa: fc.integer({ min: 0, max: 200 }).map((tenths) => tenths / 10),
      languagePreference: fc.constantFrom('English', 'French', 'English or French', 'Klingon'),
      subjectGrades: fc.array(
        fc.record({
          subjectName: words(2),
          grade: fc.integer({ min: 0, max: 100 }),
          weight: fc.option(fc.integer({ min: 0, max: 5 })),
        }),
        { maxLength: 4 },
      ),
    },
    { requiredKeys: [] },
  ),
  preferences: fc.record(
    {
      favoriteSubjects: fc.array(words(2), { maxLength: 3 }),
      dislikedSubjects: fc.array(words(2), { maxLength: 2 }),
      geographicPreference: fc.constantFrom('Europe', 'France', 'Australia or the UK', 'somewhere warm'),
      budgetRangeMax: fc.integer({ min: 0, max: 60_000 }),
      careerGoals: words(4),
    },
    { requiredKeys: [] },
  ),
  query: fc.constantFrom(
    '',
    'computer science',
    'a master in law in France',
    'nursing taught in English',
    'AND OR "NOT ( * history',
  ),
})

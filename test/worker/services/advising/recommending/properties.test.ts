import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Program } from '../../../../../worker/services/advising/catalogue/program.ts'
import { bestOf } from '../../../../../worker/services/advising/recommending/best.ts'
import { isAllowed } from '../../../../../worker/services/advising/recommending/constraints.ts'
import { type Entry, entryOf } from '../../../../../worker/services/advising/recommending/entry.ts'
import { scoreOf } from '../../../../../worker/services/advising/recommending/scoring.ts'
import { type Wish, wishOf } from '../../../../../worker/services/advising/recommending/wish.ts'
import { SEED, timesOf } from '../../../../support/property-runs.ts'
import { generatedProgram, generatedStudent } from '../../../generated-programs.ts'

const CURRENCY = 'EUR'
const options = { seed: SEED, numRuns: timesOf(60, 1_000) }
const catalogue = fc.array(generatedProgram, { minLength: 1, maxLength: 40 })

const entriesOf = (programs: readonly Program[]): Entry[] =>
  programs.map((program) => entryOf(program.sourceId, program, CURRENCY))

function recommended(entries: readonly Entry[], wish: Wish, limit = 5) {
  const collected = bestOf(wish, limit)
  collected.visit(entries)
  return collected.best()
}

const wishFor = ({ record, preferences, query }: Parameters<Parameters<typeof generatedStudent.map>[0]>[0]) =>
  wishOf(record, preferences, query)

const check = (title: string, property: fc.IProperty<never> | fc.IRawProperty<unknown>) =>
  it(`${title} (seed ${SEED})`, () => fc.assert(property as fc.IRawProperty<unknown>, options))

describe('a match', () => {
  check(
    'is never lowered by a higher gpa',
    fc.property(
      generatedProgram,
      generatedStudent,
      fc.double({ min: 0, max: 20, noNaN: true }),
      (program, student, more) => {
        const [entry] = entriesOf([program])
        const { record, preferences, query } = student
        const gpa = record.gpa ?? 0
        const higher = Math.min(20, gpa + more)
        if (!entry) throw new Error('There is an entry.')
        const [low, high] = [gpa, higher].map(
          (value) => scoreOf(entry, wishOf({ ...record, gpa: value }, preferences, query)).match,
        )
        expect(high).toBeGreaterThanOrEqual(low ?? 0)
      },
    ),
  )

  check(
    'is between 0 and 1, and of one program alone, whatever stands beside it',
    fc.property(catalogue, generatedStudent, (programs, student) => {
      const wish = wishFor(student)
      for (const entry of entriesOf(programs)) {
        const { match } = scoreOf(entry, wish)
        expect(match).toBeGreaterThanOrEqual(0)
        expect(match).toBeLessThanOrEqual(1)
        for (const { id, score } of recommended(entriesOf(programs), wish, 50)) {
          if (id === entry.id) expect(score.match).toBe(match)
        }
      }
    }),
  )
})

describe('what is recommended', () => {
  check(
    'breaks no constraint',
    fc.property(catalogue, generatedStudent, (programs, student) => {
      const wish = wishFor(student)
      const byId = new Map(entriesOf(programs).map((entry) => [entry.id, entry]))
      for (const { id } of recommended([...byId.values()], wish, 50)) {
        const entry = byId.get(id)
        if (wish.level !== undefined) expect([wish.level, null]).toContain(entry?.level)
        if (wish.places.length > 0)
          expect(wish.places.flatMap(({ countries }) => countries)).toContain(entry?.country)
        if (wish.languages.length > 0 && entry?.languages) {
          expect(entry.languages.some((language) => wish.languages.includes(language))).toBe(true)
        }
        if (wish.budgetMax !== undefined && entry && entry.yearly.length > 0) {
          expect(Math.min(...entry.yearly)).toBeLessThanOrEqual(wish.budgetMax)
        }
      }
    }),
  )

  check(
    'is the same for the same input, and in whatever order the catalogue stands',
    fc.property(
      catalogue.chain((programs) =>
        fc.tuple(fc.constant(programs), fc.shuffledSubarray(programs, { minLength: programs.length })),
      ),
      generatedStudent,
      ([programs, shuffled], student) => {
        const wish = wishFor(student)
        const first = recommended(entriesOf(programs), wish)
        expect(recommended(entriesOf(programs), wishFor(student))).toEqual(first)
        expect(recommended(entriesOf(shuffled), wish)).toEqual(first)
      },
    ),
  )

  check(
    'stays as it is when a program that was no result is deleted',
    fc.property(catalogue, generatedStudent, fc.nat(), (programs, student, at) => {
      const wish = wishFor(student)
      const entries = entriesOf(programs)
      const first = recommended(entries, wish)
      const others = entries.filter(({ id }) => !first.some((result) => result.id === id))
      const deleted = others[at % Math.max(1, others.length)]
      expect(
        recommended(
          entries.filter((entry) => entry !== deleted),
          wish,
        ),
      ).toEqual(first)
    }),
  )
})

describe('a constraint', () => {
  check(
    'removes nothing when the maximum is higher, and the match is no lower',
    fc.property(generatedProgram, generatedStudent, fc.nat(100_000), (program, student, more) => {
      const { record, preferences, query } = student
      const max = preferences.budgetRangeMax ?? 0
      const wishes = [max, max + more].map((budgetRangeMax) =>
        wishOf(record, { ...preferences, budgetRangeMax }, query),
      )
      const entry = entryOf('x', program, CURRENCY)
      const [low, high] = wishes
      if (!low || !high || !isAllowed(entry, low)) return
      expect(isAllowed(entry, high)).toBe(true)
      expect(scoreOf(entry, high).match).toBeGreaterThanOrEqual(scoreOf(entry, low).match)
    }),
  )

  check(
    'is never broken by what is not known',
    fc.property(generatedProgram, generatedStudent, (program, student) => {
      const wish = wishFor(student)
      const unknown = { ...program, level: null, languages: null, tuition: [] }
      const isThere =
        wish.places.length === 0 || wish.places.some(({ countries }) => countries.includes(program.country))
      expect(isAllowed(entryOf('x', unknown, CURRENCY), wish)).toBe(isThere)
    }),
  )
})

import { describe, expect, it } from 'vitest'
import { placesIn } from '../../../../../worker/services/advising/catalogue/places.ts'
import type { Program } from '../../../../../worker/services/advising/catalogue/program.ts'
import { Program as ProgramSchema } from '../../../../../worker/services/advising/catalogue/program.ts'
import { yearlySums } from '../../../../../worker/services/advising/catalogue/tuition.ts'
import { entryOf } from '../../../../../worker/services/advising/recommending/entry.ts'
import { scoreOf, WEIGHTS } from '../../../../../worker/services/advising/recommending/scoring.ts'
import { stemOf, termsOf } from '../../../../../worker/services/advising/recommending/terms.ts'
import { wishOf } from '../../../../../worker/services/advising/recommending/wish.ts'
import type { AcademicRecord, Preferences } from '../../../../../worker/services/advising/student.ts'

const wish = (record: AcademicRecord = {}, preferences: Preferences = {}, query = '') =>
  wishOf(record, preferences, query)

const program = (over: object = {}): Program =>
  ProgramSchema.parse({
    sourceId: '1',
    institution: 'University of Somewhere',
    country: 'FR',
    title: 'Computer Science BSc',
    source: { name: 'test', licence: 'none', address: 'https://example.org/', edition: '2025' },
    ...over,
  })
const entry = (over: object = {}) => entryOf('1', program(over), 'EUR')

describe('the level of a wish', () => {
  it.each([
    ['High School', '', 'bachelor'],
    ['Lycéenne en terminale', '', 'bachelor'],
    ['Undergraduate', '', 'master'],
    ['Bachelor of Arts', '', 'master'],
    ['Master student', '', 'doctorate'],
    ['Gap year', '', undefined],
    ['', '', undefined],
    ['High School', 'a PhD in physics', 'doctorate'],
    ['', "master's programs", 'master'],
    ['', 'undergraduate nursing', 'bachelor'],
    ['', 'a diploma of nursing', 'other'],
  ])('of somebody in %j who asks %j is %s', (currentStatus, query, level) => {
    expect(wish({ currentStatus }, {}, query).level).toBe(level)
  })
})

describe('the places of a wish', () => {
  it.each([
    ['Europe', ['europe']],
    ['france', ['France']],
    ['l’Allemagne ou la Suisse', ['Germany', 'Switzerland']],
    ['the UK, or the United States of America', ['United Kingdom', 'United States']],
    ['New Zealand’s coast', ['New Zealand']],
    ['uk', ['United Kingdom']],
    ['tell us more', []],
    ['somewhere warm', []],
  ])('named by %j are %j', (text, names) => {
    expect(placesIn(text).map(({ name }) => name)).toEqual(names)
  })

  it('are those of the query where it names one', () => {
    const profile = { geographicPreference: 'Asia' }
    expect(wish({}, profile, 'law in Ireland').places.map(({ name }) => name)).toEqual(['Ireland'])
    expect(wish({}, profile, 'law').places.map(({ name }) => name)).toEqual(['asia'])
  })
})

describe('the language of a wish', () => {
  it.each([
    ['English', '', ['en']],
    ['Français', '', ['fr']],
    ['English or German', '', ['de', 'en']],
    ['fr', '', []],
    ['English', 'law taught in French', ['fr']],
    ['English', 'law in Spanish, near the sea', ['es']],
    ['', 'a degree in English literature', []],
    ['', 'studies in Polish history', []],
  ])('of %j with the query %j is %j', (languagePreference, query, languages) => {
    expect(wish({ languagePreference }, {}, query).languages).toEqual(languages)
  })
})

describe('the query of a wish', () => {
  it('is its subject, without places, levels, languages and words of no subject', () => {
    const { query } = wish(
      {},
      {},
      'Find me the best master programs in Europe for Computer Science, taught in English',
    )
    expect(query).toEqual(termsOf('computer science'))
  })

  it('meets the words of programs in their other forms', () => {
    for (const [one, other] of [
      ['computing', 'computer'],
      ['mathematics', 'mathematical'],
      ['economics', 'economist'],
      ['nurses', 'nursing'],
      ['engineer', 'engineering'],
    ] as const) {
      expect(stemOf(one)).toBe(stemOf(other))
    }
  })
})

describe('the grade of a student', () => {
  const grades = (...values: [number, number?][]) => ({
    subjectGrades: values.map(([grade, weight], index) => ({
      subjectName: `Subject ${index}`,
      grade,
      weight,
    })),
  })
  it.each([
    [{ gpa: 15.5, ...grades([80]) }, 15.5],
    [grades([18], [12]), 15],
    [grades([18, 3], [12, 1]), 16.5],
    [grades([20], [10]), 15],
    [grades([21], [79]), 10],
    [grades(), undefined],
    [{}, undefined],
  ])('of %j is %s out of 20', (record, grade) => {
    expect(wish(record).grade).toEqual(grade)
  })

  it('is raised by a subject above the student’s own mean where the program names it, and lowered by one below', () => {
    const subjects = (computing: number, history: number) => ({
      gpa: 12,
      subjectGrades: [
        { subjectName: 'Computer Science', grade: computing },
        { subjectName: 'History', grade: history },
      ],
    })
    const asked = { requirements: { minimumGrade: { value: 12, outOf: 20 } } }
    const academics = (record: AcademicRecord) => scoreOf(entry(asked), wish(record)).measures.academics
    expect(academics({ gpa: 12 })).toBeCloseTo(0.6)
    expect(academics(subjects(18, 10))).toBeCloseTo(0.6 + 0.1 * 2 * 0.2)
    expect(academics(subjects(10, 18))).toBeCloseTo(0.6 - 0.1 * 2 * 0.2)
  })
})

describe('a score', () => {
  it('has weights that are one together', () => {
    expect(Object.values(WEIGHTS).reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1)
  })

  it('is a half where nothing is known', () => {
    expect(scoreOf(entry(), wish())).toEqual({
      match: 0.5,
      measures: { academics: null, interests: null, budget: null, careerGoals: null, place: null },
      difficulty: 'unknown',
    })
  })

  it.each([
    [14, 12, 'low'],
    [13.9, 12, 'medium'],
    [12, 12, 'medium'],
    [11.9, 12, 'high'],
  ])('says of a grade of %s before a minimum of %s that it is of %s difficulty', (gpa, value, difficulty) => {
    const asked = entry({ requirements: { minimumGrade: { value, outOf: 20 } } })
    expect(scoreOf(asked, wish({ gpa })).difficulty).toBe(difficulty)
  })

  it('measures a grade by those admitted, and by how many are', () => {
    const gradeBands = [
      { from: 10, to: 12, share: 0.5 },
      { from: 12, to: 14, share: 0.5 },
    ]
    const academics = (gpa: number, accessRate: number | null) =>
      scoreOf(entry({ admitted: { gradeBands, accessRate } }), wish({ gpa })).measures.academics
    expect(academics(12, null)).toBeCloseTo(0.5)
    expect(academics(13, null)).toBeCloseTo(0.75)
    expect(academics(12, 0.5)).toBeCloseTo(0.75)
    expect(academics(8, 1)).toBe(1)
  })

  it('measures the budget by the room below the maximum', () => {
    const dear = entry({ tuition: [{ amount: 5_000, currency: 'EUR', period: 'year' }] })
    const budget = (budgetRangeMax: number) => scoreOf(dear, wish({}, { budgetRangeMax })).measures.budget
    expect([budget(10_000), budget(5_000), budget(0)]).toEqual([0.5, 0, 0])
  })

  it('is lowered by a disliked subject, and raised by a favorite one', () => {
    const interests = (preferences: Preferences) => scoreOf(entry(), wish({}, preferences)).measures.interests
    expect(interests({ favoriteSubjects: ['Computer Science'] })).toBe(1)
    expect(interests({ favoriteSubjects: ['Law'] })).toBe(0)
    expect(interests({ dislikedSubjects: ['Computer Science'] })).toBe(0)
    expect(interests({ dislikedSubjects: ['Law'] })).toBeNull()
  })
})

describe('a yearly sum', () => {
  const sum = (period: string, duration: object | null) =>
    yearlySums(program({ duration, tuition: [{ amount: 9_000, currency: 'EUR', period }] }), 'EUR')[0]?.amount
  it('comes of a total only by the duration that the source states', () => {
    expect(sum('total', { amount: 156, unit: 'weeks' })).toBe(3_000)
    expect(sum('total', { amount: 36, unit: 'months' })).toBe(3_000)
    expect(sum('total', { amount: 26, unit: 'weeks' })).toBe(9_000)
    expect(sum('total', null)).toBeUndefined()
    expect([sum('year', null), sum('semester', null)]).toEqual([9_000, 18_000])
  })

  it('has no other currency where the table has no rate', () => {
    const [afghan] = yearlySums(program({ tuition: [{ amount: 1, currency: 'AFN', period: 'year' }] }), 'EUR')
    expect(afghan).toMatchObject({ amount: 1, converted: undefined })
  })
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isChosen } from '../../../../worker/services/library/attribute-filter.ts'
import { Best } from '../../../../worker/services/library/ranking/best.ts'
import { movedTowards } from '../../../../worker/services/library/ranking/feedback.ts'
import {
  FULL_TRUST_WORDS,
  FUSED_PASSAGES,
  fuse,
  trustOfLength,
  vectorShare,
} from '../../../../worker/services/library/ranking/fusion.ts'
import {
  codeScores,
  codeTable,
  similarity,
  toCode,
  toStored,
} from '../../../../worker/services/library/ranking/vector-codes.ts'
import { SEED, timesOf } from '../../../support/property-runs.ts'

const unit = (values: readonly number[]): Float32Array => {
  const length = Math.hypot(...values) || 1
  return Float32Array.from(values, (value) => value / length)
}

describe('two lists in one', () => {
  const full = () => 1

  it('are in the order of either where the other is empty', () => {
    const list = [
      { id: 3, score: 9 },
      { id: 1, score: 4 },
    ]
    expect(fuse(list, [], full).map(({ id }) => id)).toEqual([3, 1])
    expect(fuse([], list, full).map(({ id }) => id)).toEqual([3, 1])
    expect(fuse([], [], full)).toEqual([])
  })

  it('name each passage of both once, with scores from 0 to 1', () => {
    const words = [1, 2, 3].map((id) => ({ id, score: 10 - id }))
    const vectors = [3, 4].map((id) => ({ id, score: 1 - id / 10 }))
    const fused = fuse(words, vectors, full)
    expect(fused.map(({ id }) => id).toSorted()).toEqual([1, 2, 3, 4])
    for (const { score } of fused) expect(score).toBeGreaterThanOrEqual(0)
    for (const { score } of fused) expect(score).toBeLessThanOrEqual(1)
  })

  it('are weighted sums of their scores between the lowest and the highest of each, and not of their places', () => {
    // Flat lists of words: vectors have the larger share.
    const words = [10, 9.9, 9.8, 9.5].map((score, id) => ({ id, score }))
    const vectors = [
      { id: 4, score: 0.9 },
      { id: 0, score: 0.8 },
      { id: 5, score: 0.1 },
    ]
    const share = vectorShare(words)
    const trusted = new Map([[4, 0.5]])
    const scores = new Map(
      fuse(words, vectors, (id) => trusted.get(id) ?? 1).map(({ id, score }) => [id, score]),
    )
    expect(scores.get(0)).toBeCloseTo((1 - share) * 1 + share * (0.7 / 0.8), 10)
    expect(scores.get(1)).toBeCloseTo((1 - share) * 0.8, 10)
    expect(scores.get(2)).toBeCloseTo((1 - share) * 0.6, 10)
    expect(scores.get(3)).toBe(0)
    // The best of its list, and trusted by half.
    expect(scores.get(4)).toBeCloseTo(share * 0.5, 10)
    expect(scores.get(5)).toBe(0)
    expect(FUSED_PASSAGES).toBe(200)
  })

  it('trust words more where they single one passage out', () => {
    const flat = Array.from({ length: 10 }, (_, id) => ({ id, score: 10 - id / 10 }))
    const peaked = Array.from({ length: 10 }, (_, id) => ({ id, score: id === 0 ? 10 : 2 }))
    expect(vectorShare(flat)).toBeGreaterThan(0.5)
    expect(vectorShare(peaked)).toBeLessThan(0.31)
  })

  it('trust the vectors of short passages less', () => {
    expect(trustOfLength(FULL_TRUST_WORDS)).toBe(1)
    expect(trustOfLength(FULL_TRUST_WORDS * 9)).toBe(1)
    expect(trustOfLength(FULL_TRUST_WORDS / 2)).toBe(0.5)
  })
})

describe('a question that is moved towards what was found', () => {
  const stored = new Map([
    [1, toStored(unit([0, 1, 0]))],
    [2, toStored(unit([0, 0, 1]))],
    [3, new Uint8Array(toStored(unit([0, 0, 0])))],
  ])
  const moved = (found: { id: number; score: number }[], question = unit([1, 0, 0])) =>
    movedTowards(question, found, (id) => stored.get(id))

  it('keeps what it asked, and leans to the better ones more', () => {
    const [own = 0, better = 0, worse = 0] =
      moved([
        { id: 1, score: 0.9 },
        { id: 2, score: 0.3 },
      ]) ?? []
    expect(Math.hypot(own, better, worse)).toBeCloseTo(1, 5)
    expect(better / worse).toBeCloseTo(3, 1)
    expect(own).toBeGreaterThan(worse)
    expect(worse).toBeGreaterThan(0)
  })

  it('stays where nothing was found, or nothing with a direction', () => {
    expect(moved([])).toBeUndefined()
    expect(moved([{ id: 3, score: 1 }])).toBeUndefined()
    expect(moved([{ id: 9, score: 1 }])).toBeUndefined()
  })
})

describe('the best of many', () => {
  it('are those of a whole sort', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: -50, max: 50 })),
        fc.integer({ min: 1, max: 20 }),
        (scores, limit) => {
          const best = new Best(limit)
          for (const [id, score] of scores.entries()) best.add(id, score)
          const sorted = scores.toSorted((one, other) => other - one).slice(0, limit)
          expect(best.sorted().map(({ score }) => score)).toEqual(sorted)
        },
      ),
      { seed: SEED, numRuns: timesOf(100, 10_000) },
    )
  })
})

describe('a stored vector', () => {
  const vectors = fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 20, maxLength: 20 })

  it('is as alike to another as it was', () => {
    fc.assert(
      fc.property(vectors, vectors, (one, other) => {
        const [a, b] = [unit(one), unit(other)]
        const exact = a.reduce((sum, value, at) => sum + value * (b[at] ?? 0), 0)
        expect(similarity(toStored(a), 0, b)).toBeCloseTo(exact, 1)
      }),
      { seed: SEED, numRuns: timesOf(100, 5_000) },
    )
  })

  it('has a code that is judged by the signs of its dimensions', () => {
    fc.assert(
      fc.property(vectors, vectors, (one, question) => {
        const [vector, asked] = [Float32Array.from(one), Float32Array.from(question)]
        const expected = asked.reduce((sum, value, at) => sum + ((vector[at] ?? 0) > 0 ? value : -value), 0)
        const [score = NaN] = codeScores(toCode(vector), 1, codeTable(asked))
        expect(score).toBeCloseTo(expected, 3)
      }),
      { seed: SEED, numRuns: timesOf(100, 5_000) },
    )
  })
})

describe('a filter of attributes', () => {
  const attributes = { year: 2020, kind: 'a', open: true }

  it.each([
    [{ type: 'eq', key: 'year', value: 2020 }, true],
    [{ type: 'eq', key: 'year', value: '2020' }, false],
    [{ type: 'ne', key: 'kind', value: 'b' }, true],
    [{ type: 'ne', key: 'none', value: 'b' }, true],
    [{ type: 'gt', key: 'year', value: 2019 }, true],
    [{ type: 'gte', key: 'year', value: 2021 }, false],
    [{ type: 'lt', key: 'kind', value: 'b' }, true],
    [{ type: 'lte', key: 'kind', value: 1 }, false],
    [{ type: 'lt', key: 'open', value: false }, false],
    [{ type: 'in', key: 'kind', value: ['a', 'b'] }, true],
    [{ type: 'nin', key: 'kind', value: ['a'] }, false],
    [{ type: 'nin', key: 'none', value: ['a'] }, true],
    [{ type: 'in', key: 'constructor', value: ['a'] }, false],
    [{ type: 'eq', key: '__proto__', value: 'a' }, false],
    [{ type: 'and', filters: [] }, true],
    [{ type: 'or', filters: [] }, false],
  ] as const)('%j: %s', (filter, expected) => {
    expect(isChosen(attributes, filter)).toBe(expected)
  })
})

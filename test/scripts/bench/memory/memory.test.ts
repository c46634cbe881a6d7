import { describe, expect, it } from 'vitest'
import { CANCELLED_ONE_OF, memoryCall } from '../../../../scripts/bench/memory/calls.ts'
import { ownMiB, readOwnMiB, sumOf } from '../../../../scripts/bench/memory/reading.ts'
import { trendOf } from '../../../../scripts/bench/memory/trend.ts'

describe('trendOf', () => {
  it('finds a straight line, without doubt', () => {
    const { slope, spread } = trendOf([0, 1, 2, 3].map((x) => [x, 5 + 2 * x]))
    expect(slope).toBeCloseTo(2)
    expect(spread[1] - spread[0]).toBeCloseTo(0)
  })

  it('takes what goes up and down for noise', () => {
    const { slope, spread } = trendOf([1, -1, 1, -1, 1, -1, 1].map((y, x) => [x, y]))
    expect(slope).toBe(0)
    expect(spread[0]).toBeLessThanOrEqual(0)
    expect(spread[1]).toBeGreaterThanOrEqual(0)
  })

  it('does not take a step near the end for a rise, but a rise with a step in it', () => {
    const stepAt = 12
    const withStep = (rise: number) =>
      Array.from({ length: 16 }, (_, x) => [x, rise * x + (x >= stepAt ? 20 : 0)] as const)
    expect(trendOf(withStep(0)).slope).toBe(0)
    expect(trendOf(withStep(2)).slope).toBeGreaterThanOrEqual(2)
  })

  it('says nothing about two points', () => {
    const points = [[0, 0] as const, [1, 1] as const]
    expect(() => trendOf(points)).toThrow(RangeError)
    expect(trendOf([...points, [2, 2]]).slope).toBeCloseTo(1)
  })
})

describe('what is read of memory', () => {
  it("is a process's own: pages of files are not counted", () => {
    expect(ownMiB('VmRSS:\t  204800 kB\nRssAnon:\t  102400 kB\nRssFile:\t  102400 kB\n')).toBe(100)
  })

  it('is nothing where the system does not tell', async () => {
    expect(ownMiB('VmRSS:\t  204800 kB\n')).toBeUndefined()
    expect(await readOwnMiB(undefined)).toBeUndefined()
  })
})

describe('sumOf', () => {
  const text = '# TYPE a gauge\na{node="x"} 2\na{node="y"} 3\nab 7\nb 1\n'

  it.each([
    ['adds up all samples of a family', 'a', 5],
    ['takes one without labels', 'b', 1],
    ['finds none of a family that is not there', 'c', Number.NaN],
  ])('%s', (_rule, family, expected) => {
    expect(sumOf(text, family)).toBe(expected)
  })
})

describe('memoryCall', () => {
  const calls = Array.from({ length: 300 }, (_, number) => memoryCall(number))
  const left = calls.filter(({ leaving }) => leaving !== undefined)

  it('leaves one call of ten, in every way and of every kind', () => {
    expect(left).toHaveLength(calls.length / CANCELLED_ONE_OF)
    const ways = left.map(({ leaving, body }) => {
      const isLate = leaving !== undefined && ('afterPieces' in leaving || leaving.afterMs >= 30)
      return `${Object.keys(leaving ?? {})[0]} ${isLate} ${body.max_tokens}`
    })
    expect(new Set(ways).size).toBe(3 * 4) // two kinds have the same length
  })

  it('streams what is left, for its pieces are counted', () => {
    expect(left.every(({ body }) => body.stream === true)).toBe(true)
    expect(calls.some(({ body }) => body.stream === undefined)).toBe(true)
  })

  it('is the same for the same number', () => {
    expect(memoryCall(7)).toEqual(memoryCall(7))
  })
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { backoffMs } from '../../shared/backoff.ts'

const options = { baseMs: 500, capMs: 30_000 }
const almostOne = () => 1 - Number.EPSILON

describe('backoffMs', () => {
  it.each([
    [0, 499],
    [1, 999],
    [2, 1_999],
    [5, 15_999],
    [6, 29_999],
    [1_000, 29_999],
  ])('waits before try %i at most %i ms', (attempt, longest) => {
    expect(backoffMs(attempt, options, almostOne)).toBe(longest)
    expect(backoffMs(attempt, options, () => 0)).toBe(0)
    expect(backoffMs(attempt, options, () => 0.5)).toBe(Math.floor((longest + 1) / 2))
  })

  it('is a whole number of milliseconds between nothing and the cap, whatever it is given', () => {
    fc.assert(
      fc.property(
        fc.nat(10_000),
        fc.integer({ min: 1, max: 60_000 }),
        fc.integer({ min: 1, max: 3_600_000 }),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (attempt, baseMs, capMs, random) => {
          const wait = backoffMs(attempt, { baseMs, capMs }, () => random)
          return (
            Number.isInteger(wait) &&
            wait >= 0 &&
            wait <= Math.min(capMs, baseMs * 2 ** Math.min(attempt, 30))
          )
        },
      ),
    )
  })

  it('spreads those that start together', () => {
    const waits = new Set(Array.from({ length: 100 }, () => backoffMs(6, options)))
    expect(waits.size).toBeGreaterThan(50)
  })
})

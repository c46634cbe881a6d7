import { describe, expect, it } from 'vitest'
import { median, percentile, spreadOf } from '../../../scripts/bench/statistics.ts'

describe('percentile', () => {
  it.each([
    ['takes the value by nearest rank', [5, 1, 4, 2, 3], 0.5, 3],
    ['takes the last for everything', [1, 2, 3], 1, 3],
    ['takes the first for nothing', [3, 1, 2], 0, 1],
    ['does not sort numbers as text', [10, 9], 1, 10],
  ])('%s', (_rule, values, share, expected) => {
    expect(percentile(values, share)).toBe(expected)
  })

  it('refuses to speak about nothing', () => {
    expect(() => percentile([], 0.5)).toThrow(RangeError)
  })
})

describe('median', () => {
  it.each([
    ['takes the middle of an odd number', [3, 1, 2], 2],
    ['takes the mean of the two in the middle', [4, 1, 3, 2], 2.5],
  ])('%s', (_rule, values, expected) => {
    expect(median(values)).toBe(expected)
  })
})

it('names the lowest and the highest', () => {
  expect(spreadOf([3, 1, 2])).toEqual([1, 3])
})

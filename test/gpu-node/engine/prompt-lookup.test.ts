import { describe, expect, it } from 'vitest'
import { lookUp, MAX_LOOKUP_TOKENS, MIN_LOOKUP_TOKENS } from '../../../gpu-node/engine/prompt-lookup.ts'

describe('lookUp', () => {
  it('gives what followed when the last tokens were said before', () => {
    expect(lookUp([1, 2, 3, 4, 5, 9, 1, 2, 3], 2)).toEqual([4, 5])
  })

  it('goes by the longest row, and by the latest of equals', () => {
    expect(lookUp([1, 2, 3, 4, 7, 2, 3, 5, 1, 2, 3], 1)).toEqual([4])
    expect(lookUp([2, 3, 4, 7, 2, 3, 5, 8, 2, 3], 1)).toEqual([5])
  })

  it('takes a row that overlaps with itself for what it is', () => {
    expect(lookUp([6, 6, 6, 6], 3)).toEqual([6])
  })

  it('has no guess where the row is new, or too short', () => {
    expect(lookUp([1, 2, 3, 4], 4)).toEqual([])
    expect(MIN_LOOKUP_TOKENS).toBeGreaterThan(1)
    expect(lookUp([4, 9, 4], 4)).toEqual([])
    expect(lookUp([], 4)).toEqual([])
  })

  it('finds rows of every length that counts, however far back', () => {
    const filler = Array.from({ length: 5_000 }, (_, index) => 1_000 + index)
    for (let length = MIN_LOOKUP_TOKENS; length <= MAX_LOOKUP_TOKENS; length += 1) {
      const row = Array.from({ length }, (_, index) => index)
      expect(lookUp([...row, 77, ...filler, ...row], 1)).toEqual([77])
    }
  })
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  MAX_LOOKUP_TOKENS,
  MIN_LOOKUP_TOKENS,
  PromptLookup,
} from '../../../../gpu-node/engine/native/prompt-lookup.ts'

function lookUp(tokens: readonly number[], count: number): readonly number[] {
  const lookup = new PromptLookup()
  lookup.add(tokens)
  return lookup.find(count)
}

/** The rule itself: looks through everything, for long rows first, from the end. */
function lookThrough(tokens: readonly number[], count: number): readonly number[] {
  for (let length = MAX_LOOKUP_TOKENS; length >= MIN_LOOKUP_TOKENS; length -= 1) {
    const last = tokens.slice(-length)
    for (let start = tokens.length - length - 1; start >= 0; start -= 1) {
      const end = start + length
      if (last.every((token, place) => token === tokens[start + place])) return tokens.slice(end, end + count)
    }
  }
  return []
}

describe('PromptLookup', () => {
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

  it('finds the same as who looks through everything, at each piece of a text that grows', () => {
    // Few different tokens repeat often; many make rows of one hash that are not the same.
    const piecesOf = (different: number) =>
      fc.array(fc.array(fc.nat(different - 1), { maxLength: 60 }), { maxLength: 12 })
    const pieces = fc.oneof(...[2, 4, 16, 300_000].map(piecesOf))
    fc.assert(
      fc.property(pieces, fc.integer({ min: 1, max: 40 }), (parts, count) => {
        const lookup = new PromptLookup()
        const tokens: number[] = []
        for (const part of parts) {
          lookup.add(part)
          tokens.push(...part)
          expect(lookup.length).toBe(tokens.length)
          expect(lookup.find(count)).toEqual(lookThrough(tokens, count))
        }
      }),
    )
  })

  it('finds the same where it grows token by token, across sizes', () => {
    const lookup = new PromptLookup()
    const tokens: number[] = []
    for (let index = 0; index < 600; index += 1) {
      const token = (index * index) % 23
      lookup.add([token])
      tokens.push(token)
      expect(lookup.find(8)).toEqual(lookThrough(tokens, 8))
    }
  })
})

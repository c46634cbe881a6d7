import { describe, expect, it } from 'vitest'
import { COUNTED_CHARACTERS, countedPieces } from '../../../../worker/services/inference/counted-pieces.ts'

describe('a text whose tokens are counted', () => {
  it.each([
    ['words', 'Some words, and a line\nof them. '.repeat(3_000)],
    ['no white space', 'x'.repeat(50_000)],
    ['characters of two halves', '😀'.repeat(20_000)],
    ['white space alone', ' '.repeat(40_000)],
  ])('is in pieces that are it together: %s', (_what, text) => {
    const pieces = countedPieces(text)
    expect(pieces.join('')).toBe(text)
    for (const piece of pieces) {
      expect(piece.length).toBeGreaterThan(0)
      expect(piece.length).toBeLessThanOrEqual(COUNTED_CHARACTERS)
      expect(piece.isWellFormed()).toBe(true)
    }
  })

  it('is cut before white space where there is some', () => {
    const [first = '', second = ''] = countedPieces(`${'a'.repeat(COUNTED_CHARACTERS - 5)} ${'b'.repeat(10)}`)
    expect([first.length, second]).toEqual([COUNTED_CHARACTERS - 5, ` ${'b'.repeat(10)}`])
  })

  it('is one piece up to the limit, and none where there is nothing', () => {
    expect(countedPieces('a'.repeat(COUNTED_CHARACTERS))).toHaveLength(1)
    expect(countedPieces('a'.repeat(COUNTED_CHARACTERS + 1))).toHaveLength(2)
    expect(countedPieces('')).toEqual([])
  })
})

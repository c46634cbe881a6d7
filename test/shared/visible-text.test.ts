import { describe, expect, it } from 'vitest'
import { isVisible, visibleOf } from '../../shared/visible-text.ts'

describe('what nobody sees in a text', () => {
  it.each([
    ['C0', 0x00, 0x1f],
    ['DEL and C1', 0x7f, 0x9f],
    ['embeddings and overrides', 0x202a, 0x202e],
    ['isolates', 0x2066, 0x2069],
  ])('is %s from end to end, and not one character more', (_name, first, last) => {
    for (let code = first; code <= last; code += 1) {
      const text = `a${String.fromCharCode(code)}b`
      expect(isVisible(text), code.toString(16)).toBe(false)
      expect(visibleOf(`${text}${text}`)).toBe('abab')
    }
    for (const code of [first - 1, last + 1].filter((around) => around > 0)) {
      expect(isVisible(`a${String.fromCharCode(code)}b`), code.toString(16)).toBe(true)
    }
  })

  it.each(['', 'plain', 'm\u200eark\u200f', 'joiner\u200d', '🏳️‍🌈', 'e\u0301', '\u00a0'])(
    'is nothing in %j',
    (text) => {
      expect(isVisible(text)).toBe(true)
      expect(visibleOf(text)).toBe(text)
    },
  )
})

import { describe, expect, it } from 'vitest'
import { isVisible, showsSomething, visibleOf } from '../../shared/visible-text.ts'

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

describe('a text shows something', () => {
  it.each([
    'a',
    '0',
    '.',
    '漢',
    'مرحبا\u200f',
    'क्\u200dष',
    '🏳️‍🌈',
    '\u200ba',
    '\uf8ff',
    ' x ',
    'é',
    'e\u0301',
  ])('as %j does', (text) => {
    expect(showsSomething(text)).toBe(true)
  })

  it.each([
    ['nothing', ''],
    ['spaces', ' \u00a0\u3000\u2009'],
    ['a zero width space', '\u200b'],
    ['joiners', '\u200c\u200d\u2060'],
    ['marks of direction', '\u200e\u200f\u061c'],
    ['a byte order mark', '\ufeff'],
    ['a soft hyphen', '\u00ad'],
    ['fillers of Hangul', '\u115f\u1160\u3164\uffa0'],
    ['a variation selector', '\ufe0f'],
    ['tags', '\u{e0041}\u{e007f}'],
    ['an accent without its letter', '\u0301'],
    ['an empty cell of Braille', '\u2800'],
    ['half a character', '\ud800'],
  ])('unless it is %s', (_case, text) => {
    expect(showsSomething(text)).toBe(false)
    expect(showsSomething(`${text}a`)).toBe(true)
  })
})

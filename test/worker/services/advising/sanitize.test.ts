import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { sanitizeText } from '../../../../worker/services/advising/sanitize.ts'

describe('sanitized text', () => {
  it.each([
    ['O’Neill & Söhne "Ltd"', 'O’Neill & Söhne "Ltd"'],
    ['<b>John</b>', 'John'],
    ['<script>alert(1)</script>Doe', 'Doe'],
    ['<img src=x onerror=alert(1)', ''],
    ['x<!-- a comment -->y', 'xy'],
    ['a < b and I <3 maths', 'a &lt; b and I &lt;3 maths'],
    ['<<b>script>alert(1)', '&lt;script&gt;alert(1)'],
    ['a\u0000b', 'ab'],
    ['  spaces ', 'spaces'],
    ['', ''],
  ])('of %j is %j', (text, expected) => {
    expect(sanitizeText(text)).toBe(expected)
  })

  it('holds no markup whatever it is made of, and sanitized again it is the same', () => {
    const piece = fc.constantFrom(
      '<',
      '>',
      '/',
      '!',
      '--',
      '<script>',
      '</script>',
      'b',
      '"',
      '=',
      ' ',
      '&',
      'lt;',
      '<!--',
    )
    const text = fc.array(piece, { maxLength: 14 }).map((pieces) => pieces.join(''))
    fc.assert(
      fc.property(text, (given) => {
        const once = sanitizeText(given)
        return !/[<>]/.test(once) && sanitizeText(once) === once
      }),
      { numRuns: 2_000 },
    )
  })
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { accepts, automatonOf } from '../../../../../gpu-node/engine/grammar/language/automaton.ts'
import { parseRegex, wholeString } from '../../../../../gpu-node/engine/grammar/language/regex.ts'
import { MAX_REGEX_DEPTH } from '../../../../../gpu-node/engine/grammar/limits.ts'

const refuse = (sentence: string): never => {
  throw new Error(sentence)
}
const languageOf = (source: string) =>
  automatonOf(wholeString(parseRegex(source, refuse), refuse), { refuse, spend: () => {} })

/** Small alphabets, so that random texts often match. */
const atom = fc.constantFrom(
  'a',
  'b',
  '.',
  '[ab]',
  '[^a]',
  '\\d',
  '\\w',
  '\\S',
  '1',
  '\\u{1F600}',
  '[a-c1-3]',
)
const body = fc.letrec((tie) => ({
  regex: fc.oneof(
    { maxDepth: 3 },
    atom,
    fc.tuple(tie('regex'), tie('regex')).map(([left, right]) => `${left}${right}`),
    fc.tuple(tie('regex'), tie('regex')).map(([left, right]) => `(?:${left}|${right})`),
    fc
      .tuple(tie('regex'), fc.constantFrom('*', '+', '?', '{2}', '{1,}', '{0,2}', '*?'))
      .map(([item, count]) => `(${item})${count}`),
  ),
})).regex as fc.Arbitrary<string>
const pattern = fc
  .tuple(fc.boolean(), body, fc.boolean())
  .map(([start, inner, end]) => `${start ? '^' : ''}${inner}${end ? '$' : ''}`)
const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c', '1', '4', ' ', '\n', '😀'), maxLength: 6 })

const grouped = (depth: number): string => `${'('.repeat(depth)}a${')'.repeat(depth)}`

describe('regular expressions', () => {
  it('match what ECMAScript matches', () => {
    fc.assert(
      fc.property(pattern, fc.array(word, { minLength: 5, maxLength: 5 }), (source, words) => {
        const language = languageOf(source)
        const native = new RegExp(source, 'u')
        for (const text of words)
          expect(accepts(language, text), `${source} on ${text}`).toBe(native.test(text))
      }),
      { numRuns: 300 },
    )
  })

  it.each([
    '',
    '^',
    '$',
    '^$',
    'a|^b$',
    '(^a$)|b',
    '^(?:a|b){2}$|c',
    '\\x61',
    '\\cJ',
    '[\\b]',
    '[-a]',
    '[a-]',
    '[\\w-]',
    '[]',
    '[^]',
  ])('matches as ECMAScript does: %s', (source) => {
    const native = new RegExp(source)
    const language = languageOf(source)
    for (const text of ['', 'a', 'b', 'ab', 'c', 'aa', '\n', '\b', '-', ' b', 'xax']) {
      expect(accepts(language, text), JSON.stringify(text)).toBe(native.test(text))
    }
  })

  it.each([
    ['(?=a)', 'look-ahead'],
    ['(?<!a)b', 'look-behind'],
    ['(a)\\1', 'back reference'],
    ['\\bword', 'word boundary'],
    ['\\p{L}', 'Unicode property'],
    ['a(^b)', 'not at an end'],
    ['(a', 'unfinished group'],
    ['[a', 'unfinished character class'],
    ['a)', '")" too many'],
    ['*a', 'must be escaped'],
    ['a{2,1}', 'out of order'],
    ['[b-a]', 'out of order'],
    ['\\', 'ends in a backslash'],
    ['\\u12', 'hex digits'],
    ['(?:a{1000}){1000}', 'too large a grammar'],
    ['(?:){1000000000}', 'too large a grammar'],
    ['^[ab]*a[ab]{14}$', 'too large a grammar'],
    [grouped(MAX_REGEX_DEPTH + 1), `groups more than ${MAX_REGEX_DEPTH} deep`],
  ])('refuses %s', (source, reason) => {
    expect(() => languageOf(source)).toThrow(reason)
  })

  it('may nest groups so deep', () => {
    expect(accepts(languageOf(grouped(MAX_REGEX_DEPTH)), 'a')).toBe(true)
  })
})

import { describe, expect, it } from 'vitest'
import {
  failedRules,
  QUALITY_RULES,
  qualityOf,
} from '../../../../../worker/services/search-datasets/quality/quality-score.ts'
import {
  repeatedRunShare,
  topRunShare,
} from '../../../../../worker/services/search-datasets/quality/repetition.ts'

/** Prose in which nothing repeats: each sentence has numbers of its own, spelled as words. */
const LETTERS = 'abcdefghijklmnopqrstuvwxyz'
const wordOf = (number: number) =>
  `${LETTERS.charAt(number % 26)}${LETTERS.charAt((number * 7 + 3) % 26)}${LETTERS.charAt((number * 11 + 5) % 26)}o${LETTERS.charAt(Math.floor(number / 26) % 26)}`
const prose = (sentences: number) =>
  Array.from(
    { length: sentences },
    (_, at) =>
      `The ${wordOf(at * 5)} and ${wordOf(at * 5 + 1)} have ${wordOf(at * 5 + 2)} with ${wordOf(at * 5 + 3)} ${wordOf(at * 5 + 4)}.`,
  ).join('\n\n')

const GOOD = prose(20)

describe('the quality of a text', () => {
  it('is 1 where it passes every rule', () => {
    expect(failedRules(GOOD)).toEqual([])
    expect(qualityOf(GOOD)).toBe(1)
  })

  it('is the share of rules that it passes', () => {
    const text = `${GOOD}\n\nlorem ipsum {`
    expect(failedRules(text)).toEqual(['c4.placeholder', 'c4.code'])
    expect(qualityOf(text)).toBeCloseTo(1 - 2 / QUALITY_RULES.length)
  })

  const words = (count: number, word: string) => Array.from({ length: count }, () => word).join(' ')
  it.each<[string, string, boolean]>([
    ['gopher.words', words(49, 'word'), false],
    ['gopher.words', words(50, 'word'), true],
    ['gopher.words', words(100_000, 'word'), true],
    ['gopher.words', words(100_001, 'word'), false],
    ['gopher.word_length', words(10, 'abc'), true],
    ['gopher.word_length', words(10, 'ab'), false],
    ['gopher.word_length', words(10, 'a'.repeat(10)), true],
    ['gopher.word_length', words(10, 'a'.repeat(11)), false],
    ['gopher.symbols', `${words(9, 'word')} #word`, true],
    ['gopher.symbols', `${words(8, 'word')} #word #word`, false],
    ['gopher.symbols', `${words(8, 'word')} word… word...`, false],
    ['gopher.bullets', `${'- item\n'.repeat(9)}line`, true],
    ['gopher.bullets', `${'• item\n'.repeat(10)}`, false],
    ['gopher.ellipses', `${'line...\n'.repeat(3)}${'line.\n'.repeat(7)}`, true],
    ['gopher.ellipses', `${'line…\n'.repeat(4)}${'line.\n'.repeat(6)}`, false],
    ['gopher.letters', 'a b c d 1', true],
    ['gopher.letters', 'a b c 1 2', false],
    ['gopher.stop_words', 'The end of it', true],
    ['gopher.stop_words', 'The the the', false],
    ['gopher.repeated_lines', 'a\nb\nc\nd\ne\nf\ng\na\na\na', true],
    ['gopher.repeated_lines', 'a\nb\nc\nd\ne\nf\na\na\na\na', false],
    ['gopher.repeated_paragraphs', 'a\n\na\n\na', false],
    ['gopher.repeated_line_characters', `${'long line\n'.repeat(2)}a\nb\nc`, false],
    ['gopher.repeated_paragraph_characters', `${'long line\n\n'.repeat(2)}a\n\nb\n\nc`, false],
    ['c4.sentences', 'One two three four five.\nSix seven eight nine ten.\nOne two three four six.', true],
    ['c4.sentences', 'One two three four five.\nSix seven eight nine ten.\nOne two three four', false],
    ['c4.sentences', 'One two three four.\nOne two three four.\nOne two three four.', false],
    // A line that warns of scripts is none of a text.
    [
      'c4.sentences',
      'One two three four five.\nSix seven eight nine ten.\nPlease turn on your JavaScript now.',
      false,
    ],
    ['c4.placeholder', 'Lorem Ipsum dolor', false],
    ['c4.code', 'if (a) { b }', false],
    ['c4.policies', 'We use cookies to serve you.', false],
  ])('%s judges %.40j: %s', (rule, text, passes) => {
    expect(!failedRules(text).includes(rule)).toBe(passes)
  })

  /** So many words of the same length, none of them twice. */
  const different = (count: number) => Array.from({ length: count }, (_, at) => `w${1_000 + at}`)

  // The thresholds of Gopher's Table A1.
  it.each([
    ['top_2', 2, 0.2],
    ['top_3', 3, 0.18],
    ['top_4', 4, 0.16],
    ['repeated_5', 5, 0.15],
    ['repeated_6', 6, 0.14],
    ['repeated_7', 7, 0.13],
    ['repeated_8', 8, 0.12],
    ['repeated_9', 9, 0.11],
    ['repeated_10', 10, 0.1],
  ])('by gopher.%s_words lets %i words come again up to %d of a text, and no more', (rule, size, most) => {
    // The run comes twice; as the most frequent one both count, as a repeated one its second.
    const counted = rule.startsWith('top') ? 2 * size : size
    const passes = (total: number) => {
      const text = different(total - size)
      return !failedRules([...text, ...text.slice(0, size)].join(' ')).includes(`gopher.${rule}_words`)
    }
    const least = Math.ceil(counted / most)
    expect([passes(least), passes(least - 1)]).toEqual([true, false])
  })

  it('is told of a book of dots alone in the time of a book', () => {
    // Looked at from each of its dots, this line takes an hour.
    expect(failedRules(`One two three four five ${'.'.repeat(2_000_000)}x.`)).toContain('c4.sentences')
  })

  it('of nothing at all is low, and an answer', () => {
    expect(qualityOf('')).toBeGreaterThan(0)
    expect(qualityOf('')).toBeLessThan(1)
  })
})

describe('what repeats', () => {
  it('counts its characters once, however runs lie over each other', () => {
    expect(repeatedRunShare(['a', 'a', 'a', 'a'], 2)).toBe(0.75)
    expect(repeatedRunShare(['a', 'b', 'c'], 2)).toBe(0)
  })

  it('counts in its most frequent run, unless that comes once', () => {
    expect(topRunShare(['a', 'b', 'a', 'b', 'c', 'd'], 2)).toBeCloseTo(4 / 6)
    expect(topRunShare(['a', 'b', 'c'], 2)).toBe(0)
  })
})

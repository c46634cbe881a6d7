import { repeatedPieces, repeatedRunShare, topRunShare } from './repetition.ts'
import { shareOf, type TextFacts } from './text-facts.ts'

/** One rule of quality: whether a text passes it. */
export interface QualityRule {
  name: string
  passes: (facts: TextFacts) => boolean
}

/** Gopher, A.1.1: a document of English holds at least two of these. */
const STOP_WORDS = new Set(['the', 'be', 'to', 'of', 'and', 'that', 'have', 'with'])

const BULLET = /^[•‣▪◦●*-]/
const ELLIPSIS = /(?:…|\.\.\.)$/

function meanLength(words: readonly string[]): number {
  return words.length === 0 ? 0 : words.reduce((sum, word) => sum + word.length, 0) / words.length
}

function countOf(text: string, pattern: RegExp): number {
  return text.match(pattern)?.length ?? 0
}

/**
 * The quality rules of Gopher: Rae et al. 2021, "Scaling Language Models: Methods, Analysis & Insights from Training Gopher"
 * (arXiv:2112.11446), A.1.1 "Quality Filtering".
 */
const QUALITY: readonly QualityRule[] = [
  /** "between 50 and 100,000 words" */
  { name: 'gopher.words', passes: ({ words }) => words.length >= 50 && words.length <= 100_000 },
  /** "mean word length is outside the range of 3 to 10 characters" */
  {
    name: 'gopher.word_length',
    passes: ({ words }) => meanLength(words) >= 3 && meanLength(words) <= 10,
  },
  /** "a symbol-to-word ratio greater than 0.1 for either the hash symbol or the ellipsis" */
  {
    name: 'gopher.symbols',
    passes: ({ text, words }) =>
      countOf(text, /#/g) <= 0.1 * words.length && countOf(text, /…|\.\.\./g) <= 0.1 * words.length,
  },
  /** "more than 90% of lines starting with a bullet point" */
  { name: 'gopher.bullets', passes: ({ lines }) => shareOf(lines, (line) => BULLET.test(line)) <= 0.9 },
  /** "more than 30% ending with an ellipsis" */
  { name: 'gopher.ellipses', passes: ({ lines }) => shareOf(lines, (line) => ELLIPSIS.test(line)) <= 0.3 },
  /** "80% of words in a document contain at least one alphabetic character" */
  { name: 'gopher.letters', passes: ({ words }) => shareOf(words, (word) => /\p{L}/u.test(word)) >= 0.8 },
  /** "at least two of the following English words: the, be, to, of, and, that, have, with" */
  {
    name: 'gopher.stop_words',
    passes: ({ words }) => {
      const said = new Set(words.map((word) => word.toLowerCase()).filter((word) => STOP_WORDS.has(word)))
      return said.size >= 2
    },
  },
]

/** The same, Table A1, "Thresholds for repetitious text": the most that may repeat. */
const TOP_RUNS = [
  [2, 0.2],
  [3, 0.18],
  [4, 0.16],
] as const
const REPEATED_RUNS = [
  [5, 0.15],
  [6, 0.14],
  [7, 0.13],
  [8, 0.12],
  [9, 0.11],
  [10, 0.1],
] as const

/** The repetition rules of Gopher: the same paper, A.1.1 "Repetition Removal", Table A1. */
const REPETITION: readonly QualityRule[] = [
  { name: 'gopher.repeated_lines', passes: ({ lines }) => repeatedPieces(lines).byCount <= 0.3 },
  {
    name: 'gopher.repeated_paragraphs',
    passes: ({ paragraphs }) => repeatedPieces(paragraphs).byCount <= 0.3,
  },
  {
    name: 'gopher.repeated_line_characters',
    passes: ({ lines }) => repeatedPieces(lines).byCharacters <= 0.2,
  },
  {
    name: 'gopher.repeated_paragraph_characters',
    passes: ({ paragraphs }) => repeatedPieces(paragraphs).byCharacters <= 0.2,
  },
  ...TOP_RUNS.map(([size, most]) => ({
    name: `gopher.top_${size}_words`,
    passes: ({ words }: TextFacts) => topRunShare(words, size) <= most,
  })),
  ...REPEATED_RUNS.map(([size, most]) => ({
    name: `gopher.repeated_${size}_words`,
    passes: ({ words }: TextFacts) => repeatedRunShare(words, size) <= most,
  })),
]

export const GOPHER_RULES: readonly QualityRule[] = [...QUALITY, ...REPETITION]

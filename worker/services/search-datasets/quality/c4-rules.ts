import type { QualityRule } from './gopher-rules.ts'
import type { TextFacts } from './text-facts.ts'

const MIN_LINE_WORDS = 5
const MIN_SENTENCES = 3

const TERMINAL = /[.!?"”。！？]$/
const POLICY = /terms of use|privacy policy|cookie policy|uses cookies|use of cookies|use cookies/i

const wordsIn = (line: string): number => line.match(/\S+/g)?.length ?? 0

/** A line that C4 keeps: it ends as a sentence does, says something, and warns of no script. */
const isKept = (line: string): boolean =>
  TERMINAL.test(line) && wordsIn(line) >= MIN_LINE_WORDS && !/javascript/i.test(line)

/** A run of marks is looked at from its beginning alone: from each, the time would be the square of their number. */
const sentencesIn = (line: string): number =>
  line.match(/(?<![.!?。！？])[.!?。！？]+(?=\s|["”)]|$)/g)?.length ?? 0

function keptSentences({ lines }: TextFacts): number {
  let sentences = 0
  for (const line of lines) {
    if (isKept(line)) sentences += sentencesIn(line)
    if (sentences >= MIN_SENTENCES) break
  }
  return sentences
}

/**
 * The rules of C4: Raffel et al. 2020, "Exploring the Limits of Transfer Learning with a Unified Text-to-Text Transformer"
 * (JMLR 21, arXiv:1910.10683), §2.2. Left out are its list of bad words and its comparison with other pages.
 */
export const C4_RULES: readonly QualityRule[] = [
  /**
   * "only retained lines that ended in a terminal punctuation mark", "discarded any page with fewer than 3 sentences and only
   * retained lines that contained at least 5 words", "removed any line with the word Javascript"
   */
  { name: 'c4.sentences', passes: (facts) => keptSentences(facts) >= MIN_SENTENCES },
  /** "removed any page where the phrase “lorem ipsum” appeared": the words are what is looked for, and none of ours. */
  { name: 'c4.placeholder', passes: ({ text }) => !/lorem ipsum/i.test(text) },
  /** "we removed any pages that contained a curly bracket" */
  { name: 'c4.code', passes: ({ text }) => !text.includes('{') },
  /** "boilerplate policy notices": lines with one of six phrases */
  { name: 'c4.policies', passes: ({ lines }) => !lines.some((line) => POLICY.test(line)) },
]

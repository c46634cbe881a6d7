import type { Message } from '../../../../shared/generation.ts'

/** Words of the question that say nothing about what is asked for. */
const EMPTY = new Set(
  'i my me mine we our us am is are was were do does did have has had be been the a an of to in at on for what where when who whose which how many much old long called it that this you tell remember know said say and or'.split(
    ' ',
  ),
)

/** Characters of a question about its asker. */
const MAX_QUESTION_CHARACTERS = 300

/** Questions for advice are none about what was said. */
const ADVICE =
  /\b(?:can|could|should|would|may|might|must|shall|will)\s+(?:i|we|my)\b|^how\s+(?:do|does|did|to)\b|^why\b/i
const ABOUT_ME =
  /^(?:what|where|when|who|whose|which|how)\b.*\b(?:i|my|me|mine|am i|we|our)\b|^(?:do|did|am|was|have|had)\s+i\b/i
const STATEMENT = /^(?:i|i'm|i’m|i've|i’ve|my|we|our|call me)\b/i

/** Lower case where the word is another one in capitals: the US. */
const FLIPS: readonly (readonly [RegExp, string])[] = [
  [/\b[Ii](?:'|’)m\b|\b[Ii] am\b/g, 'you are'],
  [/\b[Ii] was\b/g, 'you were'],
  [/\b[Ii](?:'|’)ve\b/g, 'you have'],
  [/\b[Ii](?:'|’)d\b/g, 'you would'],
  [/\b[Ii](?:'|’)ll\b/g, 'you will'],
  [/\b(?:I|i|We|we|me|us)\b/g, 'you'],
  [/\b(?:My|my|Our|our)\b/g, 'your'],
  [/\b(?:mine|ours)\b/g, 'yours'],
  [/\b(?:myself|ourselves)\b/g, 'yourself'],
]

/** A statement of somebody about themselves, said to them. */
const addressed = (clause: string): string => {
  const flipped = FLIPS.reduce((text, [own, theirs]) => text.replaceAll(own, theirs), clause)
  return flipped.replace(/[\s.!]+$/, '')
}

const stem = (word: string): string => word.toLowerCase().replace(/(?:ing|ed|es|s|e)$/, '')
const wordsOf = (text: string): string[] =>
  (text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []).filter((word) => !EMPTY.has(word)).map(stem)

/** The statements of somebody about themselves, each by itself. */
const statementsIn = (text: string): string[] =>
  text
    .split(/(?<=[.!?])\s+|\n+|,?\s+(?:and|but)\s+(?=(?:I|I'm|I’m|my|we|our)\b)|;\s*/i)
    .map((clause) => clause.trim())
    .filter((clause) => STATEMENT.test(clause) && !clause.endsWith('?'))

const NAME = /^my name is\b|^i(?:'|’)m called\b|^i am called\b|^call me\b/i

/** Whether a question asks for something that its asker may have said of themselves. */
export const asksAboutAsker = (question: string): boolean =>
  question.length <= MAX_QUESTION_CHARACTERS && ABOUT_ME.test(question) && !ADVICE.test(question)

/**
 * The answer to a question about what its asker has said before, in the asker's words: "Where do I live?" after "I live in Paris".
 * Undefined where nothing that was said has to do with it.
 */
export function toldFact(messages: readonly Message[]): string | undefined {
  const at = messages.findLastIndex(({ role }) => role === 'user')
  const question = messages[at]?.content.trim() ?? ''
  if (!asksAboutAsker(question)) return undefined
  const isName = /\bmy name\b|^who am i\b|\bi(?: am|'m)? called\b/i.test(question)
  const wanted = new Set(wordsOf(question))
  const told = messages
    .slice(0, at)
    .flatMap(({ role, content }) => (role === 'user' ? statementsIn(content) : []))
    // Of what was said twice the later holds.
    .toReversed()
  const scored = told.map((clause) => ({
    clause,
    score: isName && NAME.test(clause) ? 100 : wordsOf(clause).filter((word) => wanted.has(word)).length,
  }))
  const best = scored.toSorted((a, b) => b.score - a.score)[0]
  return best && best.score > 0 ? `You mentioned that ${addressed(best.clause)}.` : undefined
}

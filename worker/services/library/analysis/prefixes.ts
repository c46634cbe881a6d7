/** Letters of a prefix by which words are looked up: stems are shorter than their words. */
const MIN_KEPT_LETTERS = 3

const keptLetters = (letters: number): number =>
  Math.min(letters, Math.max(MIN_KEPT_LETTERS, Math.ceil(letters / 2)))

/** The first letters of a folded prefix, with which the tokens of nearly all words begin that begin with it. */
export const keptOf = (prefix: string): string => prefix.slice(0, keptLetters(prefix.length)).toWellFormed()

/**
 * Whether a folded word has prefixes whose kept letters are not the beginning of its token: the stem is shorter (`bo` of `boat`,
 * taken for Czech), begins otherwise (Arabic articles, Dutch vowels), or is of a word that was cut. Such a word is listed by itself.
 */
export function isStray(word: string, token: string): boolean {
  const kept = keptLetters(word.length)
  return word.slice(0, kept) !== token.slice(0, kept)
}

/** Words of a text that the rules look at: what repeats does so within them, and a book is not read for ever. */
export const MAX_JUDGED_WORDS = 100_001

/** A text as the rules count it. */
export interface TextFacts {
  text: string
  /** Between white space, as in the papers. */
  words: readonly string[]
  /** Those with something in them. */
  lines: readonly string[]
  paragraphs: readonly string[]
}

export function factsOf(text: string): TextFacts {
  const words: string[] = []
  for (const [word] of text.matchAll(/\S+/g)) {
    words.push(word)
    if (words.length >= MAX_JUDGED_WORDS) break
  }
  const filled = (pieces: string[]) => pieces.map((piece) => piece.trim()).filter((piece) => piece !== '')
  return { text, words, lines: filled(text.split('\n')), paragraphs: filled(text.split(/\n\s*\n/)) }
}

/** How many of some things fulfil a condition, as a share; 0 of none. */
export const shareOf = <Item>(items: readonly Item[], holds: (item: Item) => boolean): number =>
  items.length === 0 ? 0 : items.filter(holds).length / items.length

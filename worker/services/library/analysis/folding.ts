/**
 * Marks above and below letters that people leave out when they type: of Latin and Greek, the vowels of Arabic and Hebrew.
 * Those of other scripts are letters of their own (`й`), or vowels that words differ by.
 */
const OPTIONAL_MARKS = /[\u0300-\u036F\u0591-\u05C7\u0610-\u061A\u064B-\u065F\u0670]/g

/** Letters that stand for others without being made of them. */
const PLAIN_LETTERS: ReadonlyMap<string, string> = new Map([
  ['ß', 'ss'],
  ['æ', 'ae'],
  ['œ', 'oe'],
  ['ø', 'o'],
  ['đ', 'd'],
  ['ł', 'l'],
  ['ı', 'i'],
  ['þ', 'th'],
  ['ς', 'σ'],
  ['ё', 'е'],
  ['ـ', ''],
])
const SPECIAL = new RegExp(`[${[...PLAIN_LETTERS.keys()].join('')}]`, 'g')

const CYRILLIC = /\p{Script=Cyrillic}/u
const IS_PLAIN = /^[a-z0-9]*$/

/** One spelling for all spellings of a word that differ by case, width, diacritics or apostrophes. */
export function foldWord(word: string): string {
  const lower = word.toLowerCase()
  if (IS_PLAIN.test(lower)) return lower
  const whole = lower
    .normalize('NFKC')
    .toLowerCase()
    .replace(/['’]s?$/, '')
    .replace(/['’]/g, '')
  // The letters of Cyrillic are made of others and marks, and are not them.
  const bare = CYRILLIC.test(whole)
    ? whole
    : whole.normalize('NFD').replace(OPTIONAL_MARKS, '').normalize('NFC')
  return bare.replace(SPECIAL, (letter) => PLAIN_LETTERS.get(letter) ?? letter)
}

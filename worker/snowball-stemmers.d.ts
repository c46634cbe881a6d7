/** The part of snowball-stemmers that is used; it ships without types. */
declare module 'snowball-stemmers' {
  export function newStemmer(language: string): { stem(word: string): string }
}

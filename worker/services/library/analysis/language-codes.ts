/** Languages (ISO 639-3) with the name of their Snowball stemmer; those of null have none and need none. */
export const STEMMERS = {
  arb: 'arabic',
  ces: 'czech',
  deu: 'german',
  eng: 'english',
  fra: 'french',
  hun: 'hungarian',
  ita: 'italian',
  nld: 'dutch',
  por: 'portuguese',
  ron: 'romanian',
  rus: 'russian',
  spa: 'spanish',
  swe: 'swedish',
  tur: 'turkish',
  cmn: null,
  ell: null,
  heb: null,
  hin: null,
  ind: null,
  jpn: null,
  kor: null,
  pol: null,
  tha: null,
  ukr: null,
  vie: null,
} as const
export type Language = keyof typeof STEMMERS

/** The languages that the analyser tells apart. */
export const LANGUAGES = Object.keys(STEMMERS) as Language[] // its own keys, and nothing else

/** The language of texts that show none. */
export const DEFAULT_LANGUAGE: Language = 'eng'

export const isLanguage = (code: string): code is Language => LANGUAGES.some((known) => known === code)

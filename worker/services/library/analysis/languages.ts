import { franc } from 'franc-min'
import { newStemmer } from 'snowball-stemmers'
import * as stopword from 'stopword'
import { foldWord } from './folding.ts'
import { DEFAULT_LANGUAGE, isLanguage, LANGUAGES, type Language, STEMMERS } from './language-codes.ts'

const STOP_WORDS: Readonly<Record<Language, readonly string[]>> = {
  arb: stopword.ara,
  ces: stopword.ces,
  deu: stopword.deu,
  eng: stopword.eng,
  fra: stopword.fra,
  hun: stopword.hun,
  ita: stopword.ita,
  nld: stopword.nld,
  por: stopword.por,
  ron: stopword.ron,
  rus: stopword.rus,
  spa: stopword.spa,
  swe: stopword.swe,
  tur: stopword.tur,
  cmn: stopword.zho,
  ell: stopword.ell,
  heb: stopword.heb,
  hin: stopword.hin,
  ind: stopword.ind,
  jpn: stopword.jpn,
  kor: stopword.kor,
  pol: stopword.pol,
  tha: stopword.tha,
  ukr: stopword.ukr,
  vie: stopword.vie,
}

/** The language of a text, told by its script and its trigrams. */
export function languageOf(text: string): Language {
  const found = franc(text, { only: LANGUAGES, minLength: 20 })
  return isLanguage(found) ? found : DEFAULT_LANGUAGE
}

/** The stem of a folded word. */
export type Stem = (word: string) => string

const same: Stem = (word) => word

export function stemmerOf(language: Language): Stem {
  const name = STEMMERS[language]
  if (name === null) return same
  const stemmer = newStemmer(name)
  return (word) => stemmer.stem(word)
}

/** The folded words of a language that stand in nearly every sentence. */
export const stopWordsOf = (language: Language): ReadonlySet<string> =>
  new Set(STOP_WORDS[language].map(foldWord))

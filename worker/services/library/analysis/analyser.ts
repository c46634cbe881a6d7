import { lazily } from '../../lazily.ts'
import { foldWord } from './folding.ts'
import type { Language } from './language-codes.ts'
import type { Stem } from './languages.ts'
import { isStray } from './prefixes.ts'
import { type WordAt, wordsOf } from './words.ts'

/** A word of a query, as an index may have it. */
export interface QueryWord {
  /** Folded, not stemmed. */
  word: string
  /** Its stems in the languages that are searched: the same word has others in others. Never empty. */
  tokens: readonly string[]
  /** In each of these languages it is a word of every sentence. */
  isStop: boolean
}

/** Characters of a token: what is longer is no word, and is cut. */
export const MAX_TOKEN_LENGTH = 64

/** Words that are remembered with their stems, of each language. */
const MAX_REMEMBERED = 50_000

interface Token {
  token: string
  isStop: boolean
  /** The word itself, folded, where its token does not begin as it does. */
  stray: string | undefined
}

/** Tokens are found by FTS5's tokenizer `ascii`, which takes letters and digits of ASCII and all that is beyond it. */
const NOT_TOKEN = /[^a-z0-9\u0080-\u{10FFFF}]/gu

/** Turns texts into the tokens that the index holds: the same for passages and for queries. */
export interface Analyser {
  languageOf(text: string): Language
  /** The tokens of a text, in order. Words that a prefix would not find by their tokens are added to `strays`, folded. */
  tokens(text: string, language: Language, strays?: Set<string>): string[]
  /** Those without the words of every sentence. */
  contentTokens(tokens: readonly string[], language: Language): string[]
  queryWords(text: string, languages: readonly Language[]): QueryWord[]
  /** Where words of a text have one of these tokens. */
  places(text: string, language: Language, tokens: ReadonlySet<string>): WordAt[]
}

class LanguageTokens {
  readonly #stem: Stem
  readonly #stops: ReadonlySet<string>
  readonly stopTokens: ReadonlySet<string>
  readonly #known = new Map<string, Token>()

  constructor(stem: Stem, stops: ReadonlySet<string>) {
    this.#stem = stem
    this.#stops = stops
    this.stopTokens = new Set([...stops].map((word) => this.of(word).token))
  }

  of(word: string): Token {
    const known = this.#known.get(word)
    if (known) return known
    const whole = foldWord(word)
    const folded = whole.slice(0, MAX_TOKEN_LENGTH).toWellFormed()
    const token = this.#stem(folded).replace(NOT_TOKEN, '')
    const found = {
      token,
      isStop: this.#stops.has(folded),
      stray: isStray(whole, token) ? whole : undefined,
    }
    if (this.#known.size >= MAX_REMEMBERED) this.#known.clear()
    this.#known.set(word, found)
    return found
  }
}

async function createAnalyser(): Promise<Analyser> {
  // Trigrams and stemmers are a megabyte that only a library needs.
  const { languageOf, stemmerOf, stopWordsOf } = await import('./languages.ts')
  const byLanguage = new Map<Language, LanguageTokens>()
  const of = (language: Language): LanguageTokens => {
    const known = byLanguage.get(language)
    if (known) return known
    const made = new LanguageTokens(stemmerOf(language), stopWordsOf(language))
    byLanguage.set(language, made)
    return made
  }

  return {
    languageOf,
    tokens(text, language, strays) {
      const words = of(language)
      const tokens: string[] = []
      for (const { text: word } of wordsOf(text)) {
        const { token, stray } = words.of(word)
        if (token !== '') tokens.push(token)
        if (stray !== undefined) strays?.add(stray)
      }
      return tokens
    },
    contentTokens(tokens, language) {
      const { stopTokens } = of(language)
      return tokens.filter((token) => !stopTokens.has(token))
    },
    queryWords(text, languages) {
      const found: QueryWord[] = []
      for (const { text: word } of wordsOf(text)) {
        const all = languages.map((language) => of(language).of(word))
        const tokens = [...new Set(all.map(({ token }) => token))].filter((token) => token !== '')
        if (tokens.length === 0) continue
        found.push({ word: foldWord(word), tokens, isStop: all.every(({ isStop }) => isStop) })
      }
      return found
    },
    places(text, language, tokens) {
      const words = of(language)
      return [...wordsOf(text)].filter(({ text: word }) => tokens.has(words.of(word).token))
    },
  }
}

/** The analyser of this isolate. */
export const loadAnalyser = lazily(createAnalyser)

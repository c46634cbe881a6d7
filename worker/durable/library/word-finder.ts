import type { Analyser, QueryWord } from '../../services/library/analysis/analyser.ts'
import { foldWord } from '../../services/library/analysis/folding.ts'
import { isLanguage, type Language } from '../../services/library/analysis/language-codes.ts'
import { keptOf } from '../../services/library/analysis/prefixes.ts'
import { isAscii, wordsOf } from '../../services/library/analysis/words.ts'
import { FUSED_PASSAGES, type Scored } from '../../services/library/ranking/fusion.ts'
import type { Leaf } from '../../services/library/term-query.ts'
import { titleOfName } from './passage-store.ts'
import { listed } from './schema.ts'

/** Tokens of one question that are looked up. */
const MAX_QUERY_TOKENS = 64
/** Languages in which a question's words are stemmed: those of most passages. */
const MAX_LANGUAGES = 4

/** A title counts double. */
const BM25 = 'bm25(tokens, 2.0, 1.0)'

/** A passage in which a word may begin so. */
interface Candidate extends Record<string, SqlStorageValue> {
  id: string
  /** The document's title, or null; then its first name is shown. */
  title: string | null
  name: string | null
  headings: string
  text: string
}
const CANDIDATE = `documents.id, documents.title, passages.text, passages.headings,
  (SELECT name FROM names WHERE document = documents.number ORDER BY number LIMIT 1) AS name`

/** Sorts after every text that begins as what stands before it. */
const LAST = '\u{10FFFF}'

/** Tokens hold nothing but letters and digits, and stand in quotes: no word of a user is an operator. */
const quoted = (tokens: string): string => `"${tokens}"`

/** The words of a question that say something; all of them where none does. */
export const sayingWords = (words: readonly QueryWord[]): readonly QueryWord[] => {
  const saying = words.filter(({ isStop }) => !isStop)
  return saying.length > 0 ? saying : words
}

const foldedWords = (text: string): string[] =>
  Array.from(wordsOf(text), (word) => foldWord(word.text)).filter((word) => word !== '')

/** Whether a text may have a word with these letters: finding its words takes many times as long as looking for them. */
const mayHave = (text: string, letters: string): boolean =>
  !isAscii(text) || text.toLowerCase().replaceAll("'", '').includes(letters)

/** Whether one of some words begins so, and those before it are these: `e-mail*` are two words of which the second begins. */
const hasPrefix = (words: readonly string[], before: readonly string[], prefix: string): boolean =>
  words.some(
    (word, at) =>
      word.startsWith(prefix) && before.every((one, index) => words[at - before.length + index] === one),
  )

/** Finds passages by their words. */
export class WordFinder {
  readonly #sql: SqlStorage

  constructor(sql: SqlStorage) {
    this.#sql = sql
  }

  /** The languages of the documents, those of most passages first. */
  languages(): Language[] {
    const query = `SELECT language FROM documents WHERE passages > 0 AND language IS NOT NULL
      GROUP BY language ORDER BY sum(passages) DESC, language LIMIT ?`
    const languages = this.#sql.exec<{ language: string }>(query, MAX_LANGUAGES).toArray()
    return languages.map(({ language }) => language).filter(isLanguage)
  }

  /** The best passages by BM25, from the best on; of these documents alone, where some are given. */
  best(words: readonly QueryWord[], documents: readonly number[] | undefined): Scored[] {
    const tokens = [...new Set(sayingWords(words).flatMap((word) => word.tokens))].slice(0, MAX_QUERY_TOKENS)
    if (tokens.length === 0) return []
    const match = tokens.map(quoted).join(' OR ')
    const among = `AND rowid IN (SELECT id FROM passages WHERE document IN (SELECT value FROM json_each(?)))`
    const query = `SELECT rowid AS id, -${BM25} AS score FROM tokens
      WHERE tokens MATCH ? ${documents ? among : ''} ORDER BY ${BM25} LIMIT ${FUSED_PASSAGES}`
    const bindings = documents ? [match, listed(documents)] : [match]
    return this.#sql.exec<{ id: number; score: number }>(query, ...bindings).toArray()
  }

  /** The ids of documents that a leaf of a query holds for. */
  documentsWith({ kind, text, field }: Leaf, analyser: Analyser): string[] {
    if (field === 'filename') return this.#byFilename(kind, text)
    const languages = this.languages()
    const column = field === 'title' ? 'title : ' : ''
    if (kind === 'prefix') return this.#byPrefix(text, column)
    const phrases = languages.map((language) => analyser.tokens(text, language).join(' '))
    const alternatives = [...new Set(phrases)].filter((phrase) => phrase !== '').map(quoted)
    if (alternatives.length === 0) return []
    const query = `SELECT DISTINCT documents.id FROM tokens JOIN passages ON passages.id = tokens.rowid
      JOIN documents ON documents.number = passages.document WHERE tokens MATCH ?`
    return this.#ids(query, `${column}(${alternatives.join(' OR ')})`)
  }

  #byFilename(kind: Leaf['kind'], text: string): string[] {
    const words = foldedWords(text).join(' ')
    if (words === '') return []
    const query = `SELECT DISTINCT documents.id FROM names JOIN documents ON documents.number = names.document
      WHERE documents.state IN ('ready', 'partial') AND instr(names.tokens, ?)`
    return this.#ids(query, kind === 'prefix' ? ` ${words}` : ` ${words} `)
  }

  /** Candidates by the letters that a stem keeps and by the words whose stem keeps none, and of those the documents where a word begins so. */
  #byPrefix(text: string, column: string): string[] {
    const before = foldedWords(text)
    const prefix = before.pop()
    if (prefix === undefined) return []
    const found = new Set<string>()
    const look = (candidates: Iterable<Candidate>) => {
      for (const { id, title, name, headings, text: body } of candidates) {
        if (found.has(id)) continue
        const searched = `${title ?? titleOfName(name ?? '')}\n${headings}\n${column === '' ? body : ''}`
        if (mayHave(searched, prefix) && hasPrefix(foldedWords(searched), before, prefix)) found.add(id)
      }
    }
    const [kept] = wordsOf(keptOf(prefix))
    if (kept !== undefined) {
      const query = `SELECT ${CANDIDATE} FROM tokens JOIN passages ON passages.id = tokens.rowid
        JOIN documents ON documents.number = passages.document WHERE tokens MATCH ?`
      look(this.#sql.exec<Candidate>(query, `${column}${quoted(kept.text)} *`))
    }
    const strays = 'SELECT document FROM strays WHERE word >= ? AND word < ?'
    if (before.length === 0 && column === '') {
      const query = `SELECT id FROM documents WHERE passages > 0 AND number IN (${strays})`
      return [...new Set([...found, ...this.#ids(query, prefix, `${prefix}${LAST}`)])]
    }
    const query = `SELECT ${CANDIDATE} FROM passages JOIN documents ON documents.number = passages.document
      WHERE passages.document IN (${strays})`
    look(this.#sql.exec<Candidate>(query, prefix, `${prefix}${LAST}`))
    return [...found]
  }

  #ids(query: string, ...values: string[]): string[] {
    return this.#sql
      .exec<{ id: string }>(query, ...values)
      .toArray()
      .map(({ id }) => id)
  }
}

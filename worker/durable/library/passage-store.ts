import { AppError } from '../../../shared/errors.ts'
import type { Analyser } from '../../services/library/analysis/analyser.ts'
import type { Language } from '../../services/library/analysis/language-codes.ts'
import {
  MAX_BATCH_PASSAGES,
  MAX_LIBRARY_PASSAGES,
  MAX_LIBRARY_TEXT_BYTES,
  MAX_NAME_LENGTH,
  MAX_PASSAGE_BYTES,
} from '../../services/library/library-limits.ts'
import type { IndexBatch, Passage } from '../../services/library/passages.ts'
import type { DocumentRow } from './document-store.ts'
import { listed } from './schema.ts'

/** Characters by which a document's language is told. */
const SAMPLE_CHARACTERS = 2_000

/** A passage with the document that it is of. */
export interface PassageRow extends Record<string, SqlStorageValue> {
  id: number
  document: number
  page: number | null
  start: number
  finish: number
  headings: string
  text: string
  words: number
}

const encoder = new TextEncoder()

/** A document's name without what its kind is called by: a title where there is none. */
export const titleOfName = (name: string): string => name.replace(/\.[A-Za-z0-9]{1,5}$/, '')

function passageOf({ page, start, finish, headings, text }: PassageRow): Passage {
  // The column holds what the store writes.
  return { page, from: start, to: finish, headings: JSON.parse(headings) as string[], text }
}

/** The passages of a library: those that are searched, and those that wait for the end of their document. */
export class PassageStore {
  readonly #sql: SqlStorage

  constructor(sql: SqlStorage) {
    this.#sql = sql
  }

  /** Takes a batch in. Belongs in a transaction. Throws `limit_exceeded`, and `invalid_request` for a batch that is none. */
  stage(document: DocumentRow, { passages, title }: IndexBatch, analyser: Analyser): void {
    if (passages.length > MAX_BATCH_PASSAGES) {
      throw new AppError('invalid_request', `A batch has at most ${MAX_BATCH_PASSAGES} passages.`)
    }
    const bytes = passages.map(({ text }) => encoder.encode(text).length)
    if (bytes.some((count) => count > MAX_PASSAGE_BYTES)) {
      throw new AppError('invalid_request', `A passage has at most ${MAX_PASSAGE_BYTES} bytes.`)
    }
    const language = this.#languageOf(document, passages, analyser)
    for (const [index, passage] of passages.entries()) {
      if (!this.#insert(document.number, passage, language, analyser)) continue
      document.text_bytes = Number(document.text_bytes) + (bytes[index] ?? 0)
    }
    this.#sql.exec(
      'UPDATE documents SET language = ?, title = coalesce(title, ?), text_bytes = ? WHERE number = ?',
      language,
      title === undefined || title.trim() === ''
        ? null
        : title.trim().slice(0, MAX_NAME_LENGTH).toWellFormed(),
      document.text_bytes as number, // added to above
      document.number,
    )
    this.#checkLimits()
  }

  /** Lets searches see the document. Belongs in a transaction. Answers with its passages. */
  publish(number: number, name: string, analyser: Analyser): number {
    const { title, language } = this.#sql
      .exec<{ title: string | null; language: Language }>(
        `SELECT title, coalesce(language, 'eng') AS language FROM documents WHERE number = ?`,
        number,
      )
      .one()
    const strays = new Set<string>()
    const shown = title ?? titleOfName(name)
    const titleTokens = analyser.tokens(shown, language, strays).join(' ')
    this.#list(strays, number)
    const columns = 'id, document, page, start, finish, headings, text, words'
    this.#sql.exec(
      `INSERT INTO passages (${columns}) SELECT ${columns} FROM staged WHERE document = ? ORDER BY start`,
      number,
    )
    this.#sql.exec(
      `INSERT INTO tokens (rowid, title, body)
       SELECT id, ? || ' ' || title_tokens, body_tokens FROM staged WHERE document = ? ORDER BY id`,
      ...[titleTokens, number],
    )
    this.#sql.exec('DELETE FROM staged WHERE document = ?', number)
    this.#forgetFruitless(number)
    const { count, length } = this.#sql
      .exec<{ count: number; length: number }>(
        'SELECT count(*) AS count, coalesce(sum(finish - start), 0) AS length FROM passages WHERE document = ?',
        number,
      )
      .one()
    this.#sql.exec(
      'UPDATE documents SET passages = ?, text_length = ? WHERE number = ?',
      ...[count, length, number],
    )
    return count
  }

  /** Takes a document's passages away. Belongs in a transaction. Answers with their ids. */
  remove(number: number): number[] {
    const ids = this.#sql
      .exec<{ id: number }>('SELECT id FROM passages WHERE document = ?', number)
      .toArray()
      .map(({ id }) => id)
    this.#sql.exec('DELETE FROM tokens WHERE rowid IN (SELECT id FROM passages WHERE document = ?)', number)
    this.#sql.exec('DELETE FROM passages WHERE document = ?', number)
    this.dropStaged(number)
    return ids
  }

  #forgetFruitless(number: number): void {
    this.#sql.exec('DELETE FROM stalls WHERE document = ?', number)
    this.#sql.exec('DELETE FROM interruptions WHERE document = ?', number)
  }

  dropStaged(number: number): void {
    this.#sql.exec('DELETE FROM staged WHERE document = ?', number)
    this.#sql.exec('DELETE FROM strays WHERE document = ?', number)
    this.#forgetFruitless(number)
    this.#sql.exec('UPDATE documents SET text_bytes = 0, title = NULL WHERE number = ?', number)
  }

  /** Passages in any order. */
  rows(ids: readonly number[]): PassageRow[] {
    const query = 'SELECT * FROM passages WHERE id IN (SELECT value FROM json_each(?))'
    return this.#sql.exec<PassageRow>(query, listed(ids)).toArray()
  }

  /** Their words, for those that are still there. */
  wordCounts(ids: readonly number[]): Map<number, number> {
    const query = 'SELECT id, words FROM passages WHERE id IN (SELECT value FROM json_each(?))'
    const rows = this.#sql.exec<{ id: number; words: number }>(query, listed(ids)).toArray()
    return new Map(rows.map(({ id, words }) => [id, words]))
  }

  /** A stretch of a document's text, shorter at its end alone; where passages leave blanks out, there are line ends. */
  text(number: number, from: number, characters: number): string {
    const query = `SELECT start, finish, text FROM passages WHERE document = ?1 AND start >= coalesce(
      (SELECT max(start) FROM passages WHERE document = ?1 AND start <= ?2), 0) ORDER BY start`
    const end = from + characters
    const parts: string[] = []
    let at = from
    for (const { start, finish, text } of this.#sql.exec<Pick<PassageRow, 'start' | 'finish' | 'text'>>(
      query,
      ...[number, from],
    )) {
      if (at >= end) break
      if (finish <= at) continue
      if (start > at) parts.push('\n'.repeat(Math.min(start, end) - at))
      parts.push(text.slice(Math.max(0, at - start)))
      at = finish
    }
    return parts.join('').slice(0, characters)
  }

  /** The last passage that is there of a document which is not searched yet. */
  lastStaged(number: number): Passage | null {
    const query = 'SELECT * FROM staged WHERE document = ? ORDER BY start DESC LIMIT 1'
    const row = this.#sql.exec<PassageRow>(query, number).toArray()[0]
    return row ? passageOf(row) : null
  }

  /** Passages from a place of a document's text on, in order, until they have so many characters; at least one. */
  from(number: number, start: number, characters: number): Passage[] {
    const query = 'SELECT * FROM passages WHERE document = ? AND start >= ? ORDER BY start'
    const found: Passage[] = []
    let length = 0
    for (const row of this.#sql.exec<PassageRow>(query, number, start)) {
      length += row.text.length
      if (found.length > 0 && length > characters) break
      found.push(passageOf(row))
    }
    return found
  }

  #languageOf(document: DocumentRow, passages: readonly Passage[], analyser: Analyser): Language {
    // The column holds what the analyser has said.
    if (document.language !== null) return document.language as Language
    let sample = ''
    for (const { text } of passages) {
      if (sample.length >= SAMPLE_CHARACTERS) break
      sample += `${text}\n`
    }
    const language = analyser.languageOf(sample)
    document.language = language
    return language
  }

  #list(strays: ReadonlySet<string>, number: number): void {
    const query = 'INSERT OR IGNORE INTO strays (word, document) SELECT value, ? FROM json_each(?)'
    if (strays.size > 0) this.#sql.exec(query, number, listed([...strays]))
  }

  /** False for one that is there already: the batch has come twice. */
  #insert(number: number, passage: Passage, language: Language, analyser: Analyser): boolean {
    const strays = new Set<string>()
    const body = analyser.tokens(passage.text, language, strays)
    const headings = analyser.tokens(passage.headings.join(' '), language, strays)
    const inserted = this.#sql.exec(
      `INSERT OR IGNORE INTO staged
        (document, page, start, finish, headings, text, words, title_tokens, body_tokens)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id`,
      number,
      passage.page,
      passage.from,
      passage.to,
      JSON.stringify(passage.headings),
      passage.text,
      body.length,
      headings.join(' '),
      body.join(' '),
    )
    if (inserted.toArray().length === 0) return false
    this.#list(strays, number)
    return true
  }

  #checkLimits(): void {
    const query = `SELECT coalesce(sum(text_bytes), 0) AS bytes,
      coalesce(sum(passages), 0) + (SELECT count(*) FROM staged) AS passages FROM documents`
    const { bytes, passages } = this.#sql.exec<{ bytes: number; passages: number }>(query).one()
    if (passages > MAX_LIBRARY_PASSAGES) {
      throw new AppError('limit_exceeded', `An account has at most ${MAX_LIBRARY_PASSAGES} passages.`)
    }
    if (bytes > MAX_LIBRARY_TEXT_BYTES) {
      throw new AppError('limit_exceeded', `An account has at most ${MAX_LIBRARY_TEXT_BYTES} bytes of text.`)
    }
  }
}

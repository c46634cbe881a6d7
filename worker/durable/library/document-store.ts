import { AppError } from '../../../shared/errors.ts'
import {
  type DocumentPageRequest,
  type DocumentStanding,
  type DocumentState,
  type DocumentsPage,
  isSettled,
  type LibraryDocument,
  type Move,
  type NameRemoval,
  type NewDocument,
} from '../../services/library/library-documents.ts'
import {
  MAX_ATTEMPTS,
  MAX_INTERRUPTIONS,
  MAX_LIBRARY_FILES,
  MAX_NAME_LENGTH,
  MAX_REASON_LENGTH,
} from '../../services/library/library-limits.ts'
import { listed } from './schema.ts'

/** How long a document may stand in a state without a word of it. */
export const LEASE_MS: Readonly<Partial<Record<DocumentState, number>>> = {
  queued: 5 * 60_000,
  reading: 5 * 60_000,
  indexing: 3 * 60_000,
}
/** The longest lease that can be asked for: none stands longer without its next attempt or a reason. */
export const MAX_LEASE_MS = 14 * 60_000

/** A document as its table has it. */
export interface DocumentRow extends Record<string, SqlStorageValue> {
  number: number
  id: string
  sha256: string
  content_type: string
  bytes: number
  source: string
  state: string
  reason: string | null
  pages: number | null
  passages: number
  title: string | null
  language: string | null
  attempt: number
  created_at: number
  moved_at: number
  lease_until: number | null
}

interface NameRow extends Record<string, SqlStorageValue> {
  number: number
  file_id: string
  document: number
  name: string
  key: string
  added_at: number
}

/** A document whose lease has ended, and what became of it. */
export interface LeaseEnd {
  number: number
  id: string
  attempt: number
  hasFailed: boolean
}

const shortened = (text: string, length: number) => text.slice(0, length).toWellFormed()

/** The documents of a library with their names and states. */
export class DocumentStore {
  readonly #sql: SqlStorage

  constructor(sql: SqlStorage) {
    this.#sql = sql
  }

  row(documentId: string): DocumentRow | undefined {
    return this.#sql.exec<DocumentRow>('SELECT * FROM documents WHERE id = ?', documentId).toArray()[0]
  }

  get(documentId: string): LibraryDocument | null {
    const row = this.row(documentId)
    return row ? this.#view(row) : null
  }

  findByFile(fileId: string): LibraryDocument | null {
    const query = 'SELECT * FROM documents WHERE number = (SELECT document FROM names WHERE file_id = ?)'
    const row = this.#sql.exec<DocumentRow>(query, fileId).toArray()[0]
    return row ? this.#view(row) : null
  }

  /** Belongs in a transaction. `tokens` are those of the name. */
  add(given: NewDocument, tokens: string, now: number): { document: LibraryDocument; isNew: boolean } {
    const known = this.findByFile(given.fileId)
    if (known) return { document: known, isNew: false }
    if (given.name.length === 0 || given.name.length > MAX_NAME_LENGTH) {
      const message = `A file's name has 1 to ${MAX_NAME_LENGTH} characters.`
      throw new AppError('invalid_request', message, { param: 'file' })
    }
    if (this.#count('SELECT count(*) AS count FROM names') >= MAX_LIBRARY_FILES) {
      throw new AppError('limit_exceeded', `An account has at most ${MAX_LIBRARY_FILES} documents.`)
    }
    const same = this.#sql
      .exec<DocumentRow>('SELECT * FROM documents WHERE sha256 = ?', given.sha256)
      .toArray()[0]
    const isNew = same === undefined || same.state === 'failed'
    const row = same ?? this.#insert(given, now)
    this.#sql.exec(
      'INSERT INTO names (file_id, document, name, tokens, key, added_at) VALUES (?, ?, ?, ?, ?, ?)',
      ...[given.fileId, row.number, given.name, tokens, given.key, now],
    )
    if (same && isNew) this.#beginAgain(row.number, 1, null, now)
    return { document: this.#require(row.id), isNew }
  }

  list({ limit, after, offset = 0 }: DocumentPageRequest): DocumentsPage {
    const query = `SELECT * FROM names
      WHERE ?1 IS NULL OR number < (SELECT number FROM names WHERE file_id = ?1)
      ORDER BY number DESC LIMIT ?2 OFFSET ?3`
    const names = this.#sql.exec<NameRow>(query, after ?? null, limit + 1, offset).toArray()
    const shown = names.slice(0, limit)
    const rows = this.#sql
      .exec<DocumentRow>(
        'SELECT * FROM documents WHERE number IN (SELECT value FROM json_each(?))',
        listed(shown.map(({ document }) => document)),
      )
      .toArray()
    const views = new Map(rows.map((row) => [row.number, this.#view(row)]))
    return {
      files: shown.flatMap(({ file_id: fileId, name, added_at: addedAt, document: number }) => {
        const document = views.get(number)
        return document ? [{ fileId, name, addedAt, document }] : []
      }),
      total: this.#count('SELECT count(*) AS count FROM names'),
      hasMore: names.length > limit,
    }
  }

  unsettled(): string[] {
    const query = `SELECT id FROM documents WHERE state IN ('queued', 'reading', 'indexing') ORDER BY number`
    return this.#sql
      .exec<{ id: string }>(query)
      .toArray()
      .map(({ id }) => id)
  }

  notReady(): DocumentStanding[] {
    const query = `SELECT id, state, reason FROM documents WHERE state != 'ready' ORDER BY number`
    return this.#sql
      .exec<Pick<DocumentRow, 'id' | 'state' | 'reason'>>(query)
      .toArray()
      .map((row) => ({ ...row, state: row.state as DocumentState })) // the column holds what this class writes
  }

  missingFiles(fileIds: readonly string[]): string[] {
    return this.#idsOf(
      'SELECT value AS id FROM json_each(?) WHERE value NOT IN (SELECT file_id FROM names)',
      fileIds,
    )
  }

  inOrder(documentIds: readonly string[]): string[] {
    return this.#idsOf(
      'SELECT id FROM documents WHERE id IN (SELECT value FROM json_each(?)) ORDER BY number',
      documentIds,
    )
  }

  #idsOf(query: string, ids: readonly string[]): string[] {
    return this.#sql
      .exec<{ id: string }>(query, listed(ids))
      .toArray()
      .map(({ id }) => id)
  }

  /** The document as it is now with an attempt that is under way; undefined where it is over, or another one's turn. */
  current(documentId: string, attempt: number): DocumentRow | undefined {
    const row = this.row(documentId)
    // The column holds what this class writes.
    return row && row.attempt === attempt && !isSettled(row.state as DocumentState) ? row : undefined
  }

  move(
    documentId: string,
    attempt: number,
    { state, reason, pages, leaseMs }: Move,
    now: number,
  ): LibraryDocument | null {
    const row = this.current(documentId, attempt)
    if (!row) return null
    const lease = Math.min(leaseMs ?? LEASE_MS[state] ?? 0, MAX_LEASE_MS)
    this.#sql.exec(
      'UPDATE documents SET state = ?, reason = ?, pages = ?, moved_at = ?, lease_until = ? WHERE number = ?',
      state,
      reason === undefined ? null : shortened(reason, MAX_REASON_LENGTH),
      pages ?? row.pages,
      row.state === state ? row.moved_at : now,
      isSettled(state) ? null : now + lease,
      row.number,
    )
    return this.#require(documentId)
  }

  /**
   * Puts a document back into the queue whose reading broke off for no fault of its own, or ends it where that has happened too
   * often without a passage more. Null where the attempt is not the current one, or it is settled already.
   */
  interrupt(documentId: string, attempt: number, now: number): LibraryDocument | null {
    const row = this.current(documentId, attempt)
    if (!row) return null
    const hasFailed = this.#countFruitless('interruptions', row.number) >= MAX_INTERRUPTIONS
    return this.move(
      documentId,
      attempt,
      hasFailed
        ? { state: 'failed', reason: `It could not be read: that broke off ${MAX_INTERRUPTIONS} times.` }
        : { state: 'queued', reason: 'It was interrupted and is gone on with.' },
      now,
    )
  }

  /** When the first lease ends; undefined where none runs. */
  nextLeaseEnd(): number | undefined {
    const query = 'SELECT min(lease_until) AS at FROM documents WHERE lease_until IS NOT NULL'
    return this.#sql.exec<{ at: number | null }>(query).one().at ?? undefined
  }

  /**
   * Ends the leases that are over. Who waits is rung for again; who stood still is gone on with, or has failed where several
   * attempts in a row have brought nothing.
   */
  endLeases(now: number): LeaseEnd[] {
    const rows = this.#sql
      .exec<DocumentRow>('SELECT * FROM documents WHERE lease_until <= ? ORDER BY number LIMIT 100', now)
      .toArray()
    return rows.map((row) => {
      if (row.state === 'queued') {
        const lease = now + (LEASE_MS.queued ?? 0)
        this.#sql.exec('UPDATE documents SET lease_until = ? WHERE number = ?', lease, row.number)
        return { number: row.number, id: row.id, attempt: row.attempt, hasFailed: false }
      }
      const hasFailed = this.#countFruitless('stalls', row.number) >= MAX_ATTEMPTS
      const what = row.state === 'reading' ? 'read' : 'indexed'
      if (hasFailed) {
        this.#sql.exec(
          `UPDATE documents SET state = 'failed', reason = ?, moved_at = ?, lease_until = NULL WHERE number = ?`,
          ...[`It could not be ${what} in ${MAX_ATTEMPTS} attempts: each stood still.`, now, row.number],
        )
      } else {
        const reason = `It was not ${what} in time and is gone on with.`
        this.#beginAgain(row.number, row.attempt + 1, reason, now)
      }
      return {
        number: row.number,
        id: row.id,
        attempt: hasFailed ? row.attempt : row.attempt + 1,
        hasFailed,
      }
    })
  }

  /** Belongs in a transaction. Whether a document ends with it is said; its passages are another's. */
  removeName(fileId: string): (NameRemoval & { number: number }) | null {
    const name = this.#sql.exec<NameRow>('SELECT * FROM names WHERE file_id = ?', fileId).toArray()[0]
    if (!name) return null
    this.#sql.exec('DELETE FROM members WHERE name = ?', name.number)
    this.#sql.exec('DELETE FROM names WHERE number = ?', name.number)
    const { id } = this.#sql
      .exec<{ id: string }>('SELECT id FROM documents WHERE number = ?', name.document)
      .one()
    const left = this.#sql.exec<NameRow>('SELECT * FROM names WHERE document = ?', name.document).toArray()
    return {
      documentId: id,
      isDocumentGone: left.length === 0,
      unusedKey: left.some(({ key }) => key === name.key) ? null : name.key,
      number: name.document,
    }
  }

  /** Belongs in a transaction, behind the end of its passages. Answers with the files that it had. */
  remove(number: number): string[] {
    const files = this.#sql
      .exec<NameRow>('SELECT * FROM names WHERE document = ? ORDER BY number', number)
      .toArray()
    this.#sql.exec('DELETE FROM members WHERE name IN (SELECT number FROM names WHERE document = ?)', number)
    this.#sql.exec('DELETE FROM names WHERE document = ?', number)
    this.#sql.exec('DELETE FROM documents WHERE number = ?', number)
    return files.map(({ file_id: fileId }) => fileId)
  }

  #insert({ id, sha256, contentType, bytes, source }: NewDocument, now: number): DocumentRow {
    const columns = 'id, sha256, content_type, bytes, source, state, created_at, moved_at, lease_until'
    return this.#sql
      .exec<DocumentRow>(
        `INSERT INTO documents (${columns}) VALUES (?, ?, ?, ?, ?, 'queued', ?, ?, ?) RETURNING *`,
        ...[id, sha256, contentType, bytes, source, now, now, now + (LEASE_MS.queued ?? 0)],
      )
      .one()
  }

  #beginAgain(number: number, attempt: number, reason: string | null, now: number): void {
    this.#sql.exec(
      `UPDATE documents SET state = 'queued', reason = ?, attempt = ?, moved_at = ?, lease_until = ? WHERE number = ?`,
      ...[reason, attempt, now, now + (LEASE_MS.queued ?? 0), number],
    )
  }

  /** How often that has ended too early since there were last more passages of a document, with the time that just has. */
  #countFruitless(table: 'stalls' | 'interruptions', number: number): number {
    const query = `INSERT INTO ${table} (document, passages, fruitless)
      SELECT ?1, (SELECT count(*) FROM staged WHERE document = ?1), 1 WHERE true
      ON CONFLICT (document) DO UPDATE SET passages = excluded.passages,
        fruitless = iif(excluded.passages > ${table}.passages, 1, fruitless + 1)
      RETURNING fruitless`
    return this.#sql.exec<{ fruitless: number }>(query, number).one().fruitless
  }

  #count(query: string): number {
    return this.#sql.exec<{ count: number }>(query).one().count
  }

  #require(documentId: string): LibraryDocument {
    const document = this.get(documentId)
    if (!document) throw new AppError('not_found', 'There is no such document.')
    return document
  }

  #view(row: DocumentRow): LibraryDocument {
    const names = this.#sql
      .exec<NameRow>('SELECT * FROM names WHERE document = ? ORDER BY number', row.number)
      .toArray()
    return {
      id: row.id,
      sha256: row.sha256,
      contentType: row.content_type,
      bytes: row.bytes,
      source: row.source,
      key: names[0]?.key ?? '',
      names: names.map(({ file_id: fileId, name, added_at: addedAt }) => ({ fileId, name, addedAt })),
      title: row.title,
      state: row.state as DocumentState, // the column holds what this class writes
      reason: row.reason,
      pages: row.pages,
      passages: row.passages,
      attempt: row.attempt,
      createdAt: row.created_at,
      movedAt: row.moved_at,
      leaseUntil: row.lease_until,
    }
  }
}

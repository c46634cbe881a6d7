import { AppError } from '../../../shared/errors.ts'
import { isChosen } from '../../services/library/attribute-filter.ts'
import { MAX_SET_DATA_LENGTH, MAX_SET_FILES, MAX_SETS } from '../../services/library/library-limits.ts'
import type {
  Attributes,
  LibrarySet,
  SetChange,
  SetMember,
  SetMembersPage,
  SetPageRequest,
  SetsPage,
} from '../../services/library/library-sets.ts'
import type { AttributeFilter } from '../../services/library/search-request.ts'

interface SetRow extends Record<string, SqlStorageValue> {
  number: number
  id: string
  data: string
  created_at: number
  last_used_at: number
  expires_at: number | null
  in_progress: number
  ready: number
  failed: number
  text_length: number
}

interface MemberRow extends Record<string, SqlStorageValue> {
  number: number
  file_id: string
  document_id: string
  document: number
  attributes: string
  data: string
  added_at: number
  state: SetMember['state']
  reason: string | null
  text_length: number
}

const STATE = `CASE WHEN documents.state IN ('ready', 'partial') THEN 'ready'
  WHEN documents.state = 'failed' THEN 'failed' ELSE 'inProgress' END`
const MEMBERS =
  'members JOIN names ON names.number = members.name JOIN documents ON documents.number = names.document'

const SETS = `SELECT sets.*, coalesce(sum(state = 'inProgress'), 0) AS in_progress,
  coalesce(sum(state = 'ready'), 0) AS ready, coalesce(sum(state = 'failed'), 0) AS failed,
  coalesce(sum(text_length), 0) AS text_length
  FROM sets LEFT JOIN (SELECT set_number, ${STATE} AS state, documents.text_length FROM ${MEMBERS}) AS filed
  ON filed.set_number = sets.number`

const isOver = ({ expires_at: end }: Pick<SetRow, 'expires_at'>, now: number): boolean =>
  end !== null && end <= now

const expired = () => new AppError('conflict', 'The set has expired, and its files have left it.')

const viewOfSet = (row: SetRow, now: number): LibrarySet => ({
  id: row.id,
  createdAt: row.created_at,
  lastUsedAt: row.last_used_at,
  expiresAt: row.expires_at,
  hasExpired: isOver(row, now),
  data: row.data,
  counts: {
    inProgress: row.in_progress,
    ready: row.ready,
    failed: row.failed,
    total: row.in_progress + row.ready + row.failed,
  },
  textLength: row.text_length,
})

// The column holds attributes that this class was given.
const attributesOf = (text: string): Attributes => JSON.parse(text) as Attributes

const viewOfMember = (row: MemberRow): SetMember => ({
  fileId: row.file_id,
  documentId: row.document_id,
  attributes: attributesOf(row.attributes),
  data: row.data,
  addedAt: row.added_at,
  state: row.state,
  reason: row.reason,
  textLength: row.text_length,
})

/** The file of a set by which a document is found in it. */
export interface FiledAs {
  fileId: string
  attributes: Attributes
}

/** Sets of files. Those of an account's vector stores. */
export class SetStore {
  readonly #sql: SqlStorage
  readonly #now: () => number

  constructor(sql: SqlStorage, now: () => number) {
    this.#sql = sql
    this.#now = now
  }

  /** Belongs in a transaction. Where there is no place left, the set that expired first gives its own. */
  create({ id, data }: Pick<LibrarySet, 'id' | 'data'>): LibrarySet {
    this.#checkData(data)
    const now = this.#now()
    if (this.#count() >= MAX_SETS) {
      const query = 'SELECT id FROM sets WHERE expires_at <= ? ORDER BY expires_at, number LIMIT 1'
      const [first] = this.#sql.exec<{ id: string }>(query, now).toArray()
      if (!first) throw new AppError('limit_exceeded', `An account has at most ${MAX_SETS} sets.`)
      this.remove(first.id)
    }
    this.#sql.exec(
      'INSERT INTO sets (id, data, created_at, last_used_at) VALUES (?, ?, ?, ?)',
      id,
      data,
      now,
      now,
    )
    return this.#require(id)
  }

  get(setId: string): LibrarySet | null {
    this.#endExpired()
    const row = this.#sql.exec<SetRow>(`${SETS} WHERE sets.id = ? GROUP BY sets.number`, setId).toArray()[0]
    return row ? this.#view(row) : null
  }

  list({ limit, order, after, before }: SetPageRequest): SetsPage {
    this.#endExpired()
    const place = '(SELECT number FROM sets WHERE id = ?)'
    const [behind, ahead] = order === 'asc' ? ['>', '<'] : ['<', '>']
    // Of a page before one, those next to it: read backwards, and turned round.
    const isBackwards = before !== undefined && after === undefined
    const direction = (order === 'asc') !== isBackwards ? 'ASC' : 'DESC'
    const rows = this.#sql
      .exec<SetRow>(
        `${SETS} WHERE (? IS NULL OR sets.number ${behind} ${place}) AND (? IS NULL OR sets.number ${ahead} ${place})
         GROUP BY sets.number ORDER BY sets.number ${direction} LIMIT ?`,
        ...[after ?? null, after ?? null, before ?? null, before ?? null, limit + 1],
      )
      .toArray()
    const shown = rows.slice(0, limit).map((row) => this.#view(row))
    return { sets: isBackwards ? shown.toReversed() : shown, hasMore: rows.length > limit }
  }

  change(setId: string, { data, expiresAt, isUse = false }: SetChange): LibrarySet | null {
    if (data !== undefined) this.#checkData(data)
    const known = this.get(setId)
    if (!known) return null
    if (known.hasExpired) throw expired()
    this.#sql.exec(
      'UPDATE sets SET data = ?, expires_at = ?, last_used_at = ? WHERE id = ?',
      data ?? known.data,
      expiresAt === undefined ? known.expiresAt : expiresAt,
      isUse ? this.#now() : known.lastUsedAt,
      setId,
    )
    return this.#require(setId)
  }

  /** Belongs in a transaction. */
  remove(setId: string): boolean {
    this.#sql.exec('DELETE FROM members WHERE set_number = (SELECT number FROM sets WHERE id = ?)', setId)
    return this.#sql.exec('DELETE FROM sets WHERE id = ? RETURNING id', setId).toArray().length > 0
  }

  /** Belongs in a transaction. */
  addMember(
    setId: string,
    { fileId, attributes, data }: Pick<SetMember, 'fileId' | 'attributes' | 'data'>,
  ): SetMember {
    this.#checkData(data)
    const { number, hasExpired } = this.#row(setId)
    if (hasExpired) throw expired()
    const name = this.#sql
      .exec<{ number: number }>('SELECT number FROM names WHERE file_id = ?', fileId)
      .toArray()[0]
    if (!name) throw new AppError('not_found', 'There is no such file.', { param: 'file_id' })
    this.#sql.exec(
      `INSERT INTO members (set_number, name, attributes, data, added_at) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET attributes = excluded.attributes, data = excluded.data`,
      ...[number, name.number, JSON.stringify(attributes), data, this.#now()],
    )
    const { count } = this.#sql
      .exec<{ count: number }>('SELECT count(*) AS count FROM members WHERE set_number = ?', number)
      .one()
    if (count > MAX_SET_FILES)
      throw new AppError('limit_exceeded', `A set has at most ${MAX_SET_FILES} files.`)
    const member = this.getMember(setId, fileId)
    if (!member) throw new AppError('not_found', 'There is no such file.', { param: 'file_id' })
    return member
  }

  getMember(setId: string, fileId: string): SetMember | null {
    const query = `${this.#members} WHERE sets.id = ? AND names.file_id = ?`
    const row = this.#sql.exec<MemberRow>(query, setId, fileId).toArray()[0]
    return row ? viewOfMember(row) : null
  }

  listMembers(setId: string, { limit, order, after, before, state }: SetPageRequest): SetMembersPage {
    const { number } = this.#row(setId)
    const place = `(SELECT members.number FROM members JOIN names ON names.number = members.name
      WHERE members.set_number = ${number} AND names.file_id = ?)`
    const [behind, ahead] = order === 'asc' ? ['>', '<'] : ['<', '>']
    const isBackwards = before !== undefined && after === undefined
    const direction = (order === 'asc') !== isBackwards ? 'ASC' : 'DESC'
    const rows = this.#sql
      .exec<MemberRow>(
        `${this.#members} WHERE sets.id = ? AND (? IS NULL OR members.number ${behind} ${place})
         AND (? IS NULL OR members.number ${ahead} ${place}) AND (? IS NULL OR ${STATE} = ?)
         ORDER BY members.number ${direction} LIMIT ?`,
        setId,
        ...[
          after ?? null,
          after ?? null,
          before ?? null,
          before ?? null,
          state ?? null,
          state ?? null,
          limit + 1,
        ],
      )
      .toArray()
    const shown = rows.slice(0, limit).map(viewOfMember)
    return { members: isBackwards ? shown.toReversed() : shown, hasMore: rows.length > limit }
  }

  removeMember(setId: string, fileId: string): boolean {
    const query = `DELETE FROM members WHERE set_number = (SELECT number FROM sets WHERE id = ?)
      AND name = (SELECT number FROM names WHERE file_id = ?) RETURNING number`
    return this.#sql.exec(query, setId, fileId).toArray().length > 0
  }

  /** The documents (by their numbers) of a set that a filter chooses, each with the first file that it is in the set by. */
  chosen(setId: string, filter: AttributeFilter | undefined): Map<number, FiledAs> {
    if (this.#row(setId).hasExpired) throw expired()
    const chosen = new Map<number, FiledAs>()
    const query = `${this.#members} WHERE sets.id = ? ORDER BY members.number`
    for (const row of this.#sql.exec<MemberRow>(query, setId)) {
      const attributes = attributesOf(row.attributes)
      if (chosen.has(row.document) || (filter && !isChosen(attributes, filter))) continue
      chosen.set(row.document, { fileId: row.file_id, attributes })
    }
    return chosen
  }

  get #members(): string {
    return `SELECT members.number, names.file_id, documents.id AS document_id, names.document, members.attributes,
      members.data, members.added_at, ${STATE} AS state, documents.reason, documents.text_length
      FROM ${MEMBERS} JOIN sets ON sets.number = members.set_number`
  }

  /** Files leave sets whose time is over. */
  #endExpired(): void {
    const query = 'DELETE FROM members WHERE set_number IN (SELECT number FROM sets WHERE expires_at <= ?)'
    this.#sql.exec(query, this.#now())
  }

  #count(): number {
    return this.#sql.exec<{ count: number }>('SELECT count(*) AS count FROM sets').one().count
  }

  #view(row: SetRow): LibrarySet {
    return viewOfSet(row, this.#now())
  }

  #row(setId: string): { number: number; hasExpired: boolean } {
    this.#endExpired()
    const row = this.#sql
      .exec<Pick<SetRow, 'number' | 'expires_at'>>('SELECT number, expires_at FROM sets WHERE id = ?', setId)
      .toArray()[0]
    if (!row) throw new AppError('not_found', 'There is no such set.')
    return { number: row.number, hasExpired: isOver(row, this.#now()) }
  }

  #require(setId: string): LibrarySet {
    const set = this.get(setId)
    if (!set) throw new AppError('not_found', 'There is no such set.')
    return set
  }

  #checkData(data: string): void {
    if (data.length > MAX_SET_DATA_LENGTH) {
      throw new AppError('invalid_request', `There are more than ${MAX_SET_DATA_LENGTH} characters about it.`)
    }
  }
}

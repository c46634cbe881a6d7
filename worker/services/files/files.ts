import { and, asc, desc, eq, getTableColumns, gt, isNull, lt, lte, or, type SQL, sql } from 'drizzle-orm'
import type { BatchItem } from 'drizzle-orm/batch'
import { AppError } from '../../../shared/errors.ts'
import { MIB } from '../../../shared/units.ts'
import { type Db, newId } from '../../db/client.ts'
import { type FilePurpose, fileParts, files } from '../../db/tables/files.ts'
import { createAudit } from '../audit.ts'
import { sweep } from '../sweep.ts'
import type { Disposal } from './disposal.ts'
import { FileWriter } from './file-writer.ts'
import { type ByteRange, rangeBytes } from './object-bytes.ts'
import { sweepOrphans } from './orphans.ts'
import type { Quota, Reservation } from './quota.ts'
import { type RowSurvey, refusalOf, surveyFile } from './rows/row-survey.ts'
import type { StoredFile } from './stored-file.ts'

/** Largest file, in bytes, in one request or in parts. */
export const MAX_FILE_BYTES = 512 * MIB

/** Bytes of a page of a list, and those of a file in it beside its name. */
export const MAX_LISTED_BYTES = 2 * MIB
const FILE_OBJECT_BYTES = 300

/** The type of a file whose sender names none. */
const UNKNOWN_TYPE = 'application/octet-stream'

const PART_PREFIX = 'files/'

/** The bytes of a part, in R2. */
export const partKey = (partId: string): string => PART_PREFIX + partId

/** Selects the keys of parts, by their ids. */
export const partKeysWhere = (condition: SQL | undefined): SQL =>
  sql`select ${PART_PREFIX} || ${fileParts.id} as key from ${fileParts} where ${condition}`

export type { StoredFile }

/** A file that is stored and checked, and that nobody sees yet. */
export interface Draft {
  /** Of its bytes, in R2. */
  key: string
  sizeBytes: number
  /** The findings about its rows; undefined where they were not looked at. */
  survey: RowSurvey | undefined
}

/** The words that go with a file. */
export interface FileWords {
  name: string
  purpose: FilePurpose
  contentType?: string | undefined
  /** How long it lives; for ever where none is given. */
  lifetimeSeconds?: number | null | undefined
  /** Of a document. */
  document?: { sha256: string; shortId: string }
}

export interface ReceiveOptions {
  /** Whether its lines are checked as rows to train on. */
  isRows: boolean
  /** Its size at least, where that is known before: one of which so much does not fit is not read. */
  leastBytes?: number | undefined
  signal?: AbortSignal | undefined
}

/** The part of a file that is read. */
export interface Choice {
  range?: ByteRange
  withoutBody?: boolean
}

export interface FilePage {
  purpose?: string | undefined
  order: 'asc' | 'desc'
  /** The id of the file that the page before ended with. */
  after?: string | undefined
  limit: number
}

export interface FilesOptions {
  db: Db
  bucket: R2Bucket
  disposal: Disposal
  quota: Pick<Quota, 'reserve' | 'freeing'>
  now?: () => number
}

export type Files = ReturnType<typeof createFiles>

export const noSuchFile = () => new AppError('not_found', 'There is no such file.', { param: 'file_id' })

/** The row of a file as it is added; `survey` says what is in it. */
export const fileRow = (
  accountId: string,
  id: string,
  { name, purpose, contentType = UNKNOWN_TYPE, lifetimeSeconds = null, document }: FileWords,
  { sizeBytes, survey, now }: Omit<Draft, 'key'> & { now: number },
): StoredFile => ({
  id,
  accountId,
  name,
  purpose,
  contentType,
  sizeBytes,
  rowType: survey?.type ?? null,
  rowCount: survey?.rows ?? null,
  createdAt: now,
  expiresAt: lifetimeSeconds === null ? null : now + lifetimeSeconds * 1_000,
  sha256: document?.sha256 ?? null,
  shortId: document?.shortId ?? null,
  documentId: null,
})

/** The files that accounts keep for an end. Whatever belongs to another account, and what has expired, does not exist. */
export function createFiles({ db, bucket, disposal, quota, now = Date.now }: FilesOptions) {
  const ownedBy = (accountId: string, id: string) => and(eq(files.id, id), eq(files.accountId, accountId))
  const isLive = () => or(isNull(files.expiresAt), gt(files.expiresAt, now()))

  async function find(accountId: string, id: string): Promise<StoredFile | undefined> {
    const [file] = await db
      .select()
      .from(files)
      .where(and(ownedBy(accountId, id), isLive()))
    return file
  }

  async function partsOf(id: string) {
    const parts = await db
      .select({ id: fileParts.id, sizeBytes: fileParts.sizeBytes })
      .from(fileParts)
      .where(eq(fileParts.fileId, id))
      .orderBy(asc(fileParts.position))
    return parts.map((part) => ({ key: partKey(part.id), bytes: part.sizeBytes }))
  }

  /** Stores bytes in an object, counting and checking them as they come. */
  async function store(
    writer: FileWriter,
    room: Reservation,
    bytes: AsyncIterable<Uint8Array>,
    { isRows, signal }: ReceiveOptions,
  ): Promise<Omit<Draft, 'key'>> {
    const rows = isRows ? surveyFile() : undefined
    for await (const chunk of bytes) {
      signal?.throwIfAborted()
      const size = writer.sizeBytes + chunk.byteLength
      if (size > MAX_FILE_BYTES)
        throw new AppError('too_large', `The file is larger than ${MAX_FILE_BYTES / MIB} MB.`)
      await room.cover(size)
      await writer.write(chunk)
      rows?.write(chunk)
    }
    await writer.close()
    signal?.throwIfAborted()
    return { sizeBytes: writer.sizeBytes, survey: rows?.end() }
  }

  /**
   * Stores a file, and keeps it with the words that `decide` finds for it once all of it is there. One that `decide` refuses,
   * whose rows have mistakes, or that breaks off leaves nothing. Throws `storage_full` and `too_large`.
   */
  async function receive(
    accountId: string,
    bytes: AsyncIterable<Uint8Array>,
    options: ReceiveOptions,
    decide: (draft: Draft) => FileWords | Promise<FileWords>,
  ): Promise<StoredFile> {
    const room = await quota.reserve(accountId, { bytes: options.leastBytes ?? 0, files: 1 })
    const id = newId()
    const writer = new FileWriter(bucket, partKey(id))
    try {
      const draft = { key: partKey(id), ...(await store(writer, room, bytes, options)) }
      const words = await decide(draft)
      // Whether they are rows is known when the purpose is, which may stand behind the file.
      if (words.purpose !== 'fine-tune') draft.survey = undefined
      const refusal = draft.survey && refusalOf(draft.survey)
      if (refusal) throw refusal
      options.signal?.throwIfAborted()
      const { sizeBytes } = draft
      const file = fileRow(accountId, id, words, { ...draft, now: now() })
      await db.batch([
        db.insert(files).values(file),
        db.insert(fileParts).values({ id, fileId: id, sizeBytes, createdAt: file.createdAt }),
        ...room.committing({ bytes: sizeBytes, files: 1 }),
      ])
      return file
    } catch (thrown) {
      // R2 ends an unfinished upload by itself, a whole one is swept, and a reservation ends.
      await Promise.allSettled([writer.abort(), room.release()])
      throw thrown
    }
  }

  /** Deletes the files that a condition names, of one account, with statements of their batch before. Answers with how many there were. */
  async function removeWhere(
    accountId: string,
    condition: SQL | undefined,
    before: readonly BatchItem<'sqlite'>[] = [],
  ): Promise<number> {
    const one = and(eq(files.accountId, accountId), condition)
    const theirs = sql`${fileParts.fileId} in (select ${files.id} from ${files} where ${one})`
    const sum = sql`(select coalesce(sum(${files.sizeBytes}), 0) from ${files} where ${one})`
    const count = sql`(select count(*) from ${files} where ${one})`
    const [noted, removed] = await db.batch([
      disposal.noting(partKeysWhere(theirs)),
      db.select({ id: files.id }).from(files).where(one),
      quota.freeing(accountId, { bytes: sum, files: count }),
      ...before,
      // Their parts go with them.
      db.delete(files).where(one),
    ])
    await disposal.dispose(noted.map(({ key }) => key))
    return removed.length
  }

  return {
    find,
    receive,

    /** Keeps a file whose words are known before. Rows to train on are checked. */
    create: (
      accountId: string,
      { bytes, signal, ...words }: FileWords & { bytes: AsyncIterable<Uint8Array>; signal?: AbortSignal },
    ): Promise<StoredFile> =>
      receive(accountId, bytes, { isRows: words.purpose === 'fine-tune', signal }, () => words),

    /** A file's row and bytes; `choose` says of the row which of the bytes, if any. Throws `not_found`. */
    async read<Chosen extends Choice>(
      accountId: string,
      id: string,
      choose: (file: StoredFile) => Chosen,
    ): Promise<{ file: StoredFile; chosen: Chosen; body: ReadableStream | undefined }> {
      const file = await find(accountId, id)
      if (!file) throw noSuchFile()
      const chosen = choose(file)
      if (chosen.withoutBody) return { file, chosen, body: undefined }
      const range = chosen.range ?? { offset: 0, length: file.sizeBytes }
      return { file, chosen, body: await rangeBytes(bucket, await partsOf(id), range) }
    },

    /** A page of files by age, of at most `MAX_LISTED_BYTES`, and whether there are more. */
    async list(accountId: string, { purpose, order, after, limit }: FilePage) {
      const isAscending = order === 'asc'
      const inOrder = isAscending ? asc(files.id) : desc(files.id)
      const weight = sql<number>`${FILE_OBJECT_BYTES} + octet_length(${files.name})`
      const weighed = db
        .select({
          ...getTableColumns(files),
          weight: weight.as('weight'),
          sum: sql<number>`sum(${weight}) over (order by ${inOrder})`.as('sum'),
        })
        .from(files)
        .where(
          and(
            eq(files.accountId, accountId),
            isLive(),
            purpose === undefined ? undefined : sql`${files.purpose} = ${purpose}`,
            after === undefined ? undefined : isAscending ? gt(files.id, after) : lt(files.id, after),
          ),
        )
        .orderBy(inOrder)
        .limit(limit + 1)
        .as('weighed')
      const rows = await db
        .select()
        .from(weighed)
        // One more than the page holds tells whether there are more.
        .where(sql`${weighed.sum} - ${weighed.weight} <= ${MAX_LISTED_BYTES}`)
        .orderBy(isAscending ? asc(weighed.id) : desc(weighed.id))
      const page = rows.slice(0, limit).filter(({ sum }) => sum <= MAX_LISTED_BYTES)
      return { files: page, hasMore: rows.length > page.length }
    },

    /** Throws `not_found`. */
    async remove(accountId: string, id: string): Promise<void> {
      const condition = and(eq(files.id, id), isLive())
      const entry = { actorId: accountId, action: 'file.delete', target: id }
      const own = and(eq(files.accountId, accountId), condition)
      const record = createAudit(db, now).rowWhere(entry, files, own)
      if ((await removeWhere(accountId, condition, [record])) === 0) throw noSuchFile()
    },

    /** Deletes a file, also one that is expired, with statements of its batch. False where it is gone already. */
    discard: async (
      accountId: string,
      id: string,
      before: readonly BatchItem<'sqlite'>[] = [],
    ): Promise<boolean> => (await removeWhere(accountId, eq(files.id, id), before)) > 0,

    /** Deletes the files of a name that jobs have written. */
    discardResults: (accountId: string, name: string): Promise<number> =>
      removeWhere(accountId, and(eq(files.name, name), eq(files.purpose, 'fine-tune-results'))),

    /** Deletes files whose time is over. They do not exist any more before. Documents are left to their own sweep. */
    sweepExpired: (): Promise<number> =>
      sweep(async (limit) => {
        const over = await db
          .select({ id: files.id, accountId: files.accountId })
          .from(files)
          .where(and(lte(files.expiresAt, now()), isNull(files.shortId)))
          .limit(limit)
        for (const { id, accountId } of over) await removeWhere(accountId, eq(files.id, id))
        return over.length
      }),

    /** Deletes the bytes of parts that never got their rows. */
    sweep: (): Promise<number> =>
      sweepOrphans({
        bucket,
        prefix: PART_PREFIX,
        now: now(),
        withRows: async (ids) => {
          const rows = await db
            .select({ id: fileParts.id })
            .from(fileParts)
            .where(sql`${fileParts.id} in (select value from json_each(${JSON.stringify(ids)}))`)
          return rows.map(({ id }) => id)
        },
      }),
  }
}

import { and, asc, eq, gt, gte, lt, type SQL, sql } from 'drizzle-orm'
import type { BatchItem } from 'drizzle-orm/batch'
import { AppError } from '../../../shared/errors.ts'
import { type Db, newId } from '../../db/client.ts'
import { workspaceFiles, workspaceUploads } from '../../db/tables/workspace.ts'
import { createAudit } from '../audit.ts'
import type { Disposal } from '../files/disposal.ts'
import { FileWriter } from '../files/file-writer.ts'
import { type ByteRange, objectBytes } from '../files/object-bytes.ts'
import { sweepOrphans } from '../files/orphans.ts'
import type { Quota, Reservation } from '../files/quota.ts'
import { type Condition, holds, isMet, rowOf } from './condition.ts'
import { afterPrefix } from './path.ts'

/** The type of a file whose sender names none (RFC 9110 §8.3). */
export const UNKNOWN_TYPE = 'application/octet-stream'

/** How often a read looks for a file again that was replaced between its row and its bytes. */
const READ_TRIES = 5

const VERSION_PREFIX = 'workspace/'

/** The bytes of a version, in R2. */
export const versionKey = (versionId: string): string => VERSION_PREFIX + versionId

export type WorkspaceFile = typeof workspaceFiles.$inferSelect

/** Where the bytes of a file come from: a stream, or objects that are there already, one after the other. */
export type Source = AsyncIterable<Uint8Array> | { keys: readonly string[] }

/** A version whose bytes are stored, and that no row shows yet. */
export type Version = Pick<WorkspaceFile, 'versionId' | 'sizeBytes' | 'contentType'>

export interface WriteOptions {
  contentType?: string | undefined
  /** Throws `precondition_failed`, and changes nothing, where it does not hold when all bytes are there. */
  condition?: Condition | undefined
  /** The size, where it is known before. */
  sizeBytes?: number | undefined
  signal?: AbortSignal | undefined
}

/** The terms of showing a version. */
export interface Placing {
  /** The room that was held for it. */
  room: Pick<Reservation, 'committing'>
  condition?: Condition | undefined
  /** Something else that must hold when it is shown. */
  onlyIf?: SQL
  /** Statements that are to be in one batch with it, behind it. */
  also?: readonly BatchItem<'sqlite'>[]
}

/** The part of a file that is read. */
export interface Choice {
  range?: ByteRange
  withoutBody?: boolean
}

export interface Page {
  /** How the paths begin. */
  prefix: string
  /** The path that the page before ended with. */
  after?: string | undefined
  limit: number
}

export interface WorkspaceOptions {
  db: Db
  bucket: R2Bucket
  disposal: Disposal
  quota: Pick<Quota, 'reserve' | 'freeing'>
  now?: () => number
}

export type Workspace = ReturnType<typeof createWorkspace>

const missing = () => new AppError('not_found', 'There is no file at this path.')

/** The refusal of a change of a file that is not in the state that its caller expects. */
export const changed = () =>
  new AppError('precondition_failed', 'The file is not in the state that the request asks for.')

/**
 * The files that accounts keep under paths. Whatever belongs to another account does not exist. A file is there whole or not at
 * all: each version has bytes of its own, and one statement shows it in place of the one before. Paths are as `checkedPath`
 * gives them.
 */
export function createWorkspace({ db, bucket, disposal, quota, now = Date.now }: WorkspaceOptions) {
  const audit = createAudit(db, now)

  async function find(accountId: string, path: string): Promise<WorkspaceFile | undefined> {
    const [file] = await db.select().from(workspaceFiles).where(rowOf(accountId, path))
    return file
  }

  const keysWhere = (condition: SQL): SQL =>
    sql`select ${VERSION_PREFIX} || ${workspaceFiles.versionId} as key from ${workspaceFiles} where ${condition}`

  /** The one file at a path, or none, counted by SQL. */
  const countOf = (where: SQL) => ({
    bytes: sql`(select coalesce(sum(${workspaceFiles.sizeBytes}), 0) from ${workspaceFiles} where ${where})`,
    files: sql`(select count(*) from ${workspaceFiles} where ${where})`,
  })

  /**
   * Shows a stored version at a path, for which `room` was held. Throws `precondition_failed`: then the room is free, and the
   * bytes are the caller's to delete.
   */
  async function place(
    accountId: string,
    path: string,
    { versionId, sizeBytes, contentType }: Version,
    { room, condition = {}, onlyIf = sql`true`, also = [] }: Placing,
  ): Promise<{ file: WorkspaceFile; isNew: boolean }> {
    const may = sql`(${holds(accountId, path, condition)} and ${onlyIf})`
    const time = now()
    const before = countOf(rowOf(accountId, path))
    const taken = sql`${rowOf(accountId, path)} and ${may}`
    const entry = { actorId: accountId, action: 'workspace_file.replace', target: path, after: { sizeBytes } }
    const [replaced, , , , , [file]] = await db.batch([
      disposal.noting(keysWhere(taken)),
      audit.rowWhere(entry, workspaceFiles, taken),
      // Counted with the rest, and let go again: what it replaces, or itself where it is not shown.
      ...room.committing({ bytes: sizeBytes, files: 1 }),
      quota.freeing(accountId, {
        bytes: sql`case when ${may} then ${before.bytes} else ${sizeBytes} end`,
        files: sql`case when ${may} then ${before.files} else 1 end`,
      }),
      db
        .insert(workspaceFiles)
        .select(
          sql`select ${accountId}, ${path}, ${versionId}, ${sizeBytes}, ${contentType}, ${time}, ${time} where ${may}`,
        )
        .onConflictDoUpdate({
          target: [workspaceFiles.accountId, workspaceFiles.path],
          set: { versionId, sizeBytes, contentType, modifiedAt: time },
        })
        .returning(),
      ...also,
    ])
    if (!file) throw changed()
    await disposal.dispose(replaced.map(({ key }) => key))
    return { file, isNew: replaced.length === 0 }
  }

  async function store(writer: FileWriter, room: Reservation, source: Source, signal?: AbortSignal) {
    const bytes =
      'keys' in source
        ? objectBytes(
            bucket,
            source.keys.map((key) => ({ key })),
          )
        : source
    for await (const chunk of bytes) {
      signal?.throwIfAborted()
      await room.cover(writer.sizeBytes + chunk.byteLength)
      await writer.write(chunk)
    }
    await writer.close()
    signal?.throwIfAborted()
  }

  /** Its bytes, or a piece of them; undefined where the version has been replaced. */
  async function open({ versionId }: WorkspaceFile, range?: ByteRange): Promise<ReadableStream | undefined> {
    const object = await bucket.get(versionKey(versionId), range && { range })
    return object?.body
  }

  return {
    find,
    place,

    /**
     * A file's row and bytes, as they were at one moment; `choose` says of the row which of the bytes, if any. Throws
     * `not_found`.
     */
    async read<Chosen extends Choice>(
      accountId: string,
      path: string,
      choose: (file: WorkspaceFile) => Chosen,
    ): Promise<{ file: WorkspaceFile; chosen: Chosen; body: ReadableStream | undefined }> {
      for (let tries = 0; tries < READ_TRIES; tries += 1) {
        const file = await find(accountId, path)
        if (!file) throw missing()
        const chosen = choose(file)
        if (chosen.withoutBody) return { file, chosen, body: undefined }
        const body = await open(file, chosen.range)
        if (body) return { file, chosen, body }
      }
      throw new Error('The bytes of a workspace file are not there.')
    },

    /**
     * Writes a file, in place of the one before. What cannot be read to its end, and what fails, changes nothing. Throws
     * `storage_full` and `precondition_failed`.
     */
    async write(
      accountId: string,
      path: string,
      source: Source,
      { contentType = UNKNOWN_TYPE, condition, sizeBytes: expected = 0, signal }: WriteOptions = {},
    ): Promise<{ file: WorkspaceFile; isNew: boolean }> {
      const known = await find(accountId, path)
      // Said before the bytes are read, and again when they are shown.
      if (condition && !isMet(condition, known?.versionId)) throw changed()
      const room = await quota.reserve(accountId, { bytes: expected, files: known ? 0 : 1 })
      const versionId = newId()
      const writer = new FileWriter(bucket, versionKey(versionId))
      try {
        await store(writer, room, source, signal)
        const { sizeBytes } = writer
        return await place(accountId, path, { versionId, sizeBytes, contentType }, { room, condition })
      } catch (thrown) {
        // R2 ends an unfinished upload by itself, a whole one is swept, and a reservation ends.
        await Promise.allSettled([writer.abort(), room.release()])
        throw thrown
      }
    },

    /** Throws `not_found`, and `precondition_failed`. */
    async remove(accountId: string, path: string, condition: Condition = {}): Promise<void> {
      const one = sql`${rowOf(accountId, path)} and ${holds(accountId, path, condition)}`
      const entry = { actorId: accountId, action: 'workspace_file.delete', target: path }
      const [removed] = await db.batch([
        disposal.noting(keysWhere(one)),
        audit.rowWhere(entry, workspaceFiles, one),
        quota.freeing(accountId, countOf(one)),
        db.delete(workspaceFiles).where(one),
      ])
      if (removed.length === 0) throw (await find(accountId, path)) ? changed() : missing()
      await disposal.dispose(removed.map(({ key }) => key))
    },

    /** A page of files in the order of their paths, and the last path of it where there are more. */
    async list(accountId: string, { prefix, after, limit }: Page) {
      const { path } = workspaceFiles
      const end = afterPrefix(prefix)
      const rows = await db
        .select()
        .from(workspaceFiles)
        .where(
          and(
            eq(workspaceFiles.accountId, accountId),
            gte(path, prefix),
            end === undefined ? undefined : lt(path, end),
            after === undefined ? undefined : gt(path, after),
          ),
        )
        .orderBy(asc(path))
        .limit(limit + 1)
      const files = rows.slice(0, limit)
      return { files, next: rows.length > limit ? (files.at(-1)?.path ?? null) : null }
    },

    /** Deletes the bytes of versions that were never shown. */
    sweep: (): Promise<number> =>
      sweepOrphans({
        bucket,
        prefix: VERSION_PREFIX,
        now: now(),
        withRows: async (ids) => {
          const given = sql`(select value from json_each(${JSON.stringify(ids)}))`
          const shown = db
            .select({ id: workspaceFiles.versionId })
            .from(workspaceFiles)
            .where(sql`${workspaceFiles.versionId} in ${given}`)
          const coming = db
            .select({ id: workspaceUploads.versionId })
            .from(workspaceUploads)
            .where(sql`${workspaceUploads.versionId} in ${given}`)
          return (await shown.union(coming)).map(({ id }) => id)
        },
      }),
  }
}

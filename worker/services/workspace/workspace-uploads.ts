import { and, asc, eq, gt, isNull, lte, sql } from 'drizzle-orm'
import { AppError, toAppError } from '../../../shared/errors.ts'
import { DAY_MS, GIB, MIB } from '../../../shared/units.ts'
import { type Db, newId } from '../../db/client.ts'
import { workspaceParts, workspaceUploads } from '../../db/tables/workspace.ts'
import type { Quota } from '../files/quota.ts'
import { sweep } from '../sweep.ts'
import { type Condition, isMet } from './condition.ts'
import { changed, UNKNOWN_TYPE, versionKey, type Workspace, type WorkspaceFile } from './workspace.ts'

/** Largest file that comes in parts, in bytes. */
export const MAX_WORKSPACE_FILE_BYTES = 5 * GIB

/** Bounds of the size of a part, in bytes; the last one may be smaller. */
export const MIN_WORKSPACE_PART_BYTES = 5 * MIB
export const MAX_WORKSPACE_PART_BYTES = 64 * MIB

/** How long an upload waits for its parts. */
export const WORKSPACE_UPLOAD_LIFETIME_MS = DAY_MS

type Row = typeof workspaceUploads.$inferSelect

/** An upload, with the numbers of the parts that have come. */
export type WorkspaceUpload = Row & { parts: number[] }

export interface NewWorkspaceUpload {
  path: string
  sizeBytes: number
  /** Of every part but the last, which has the rest. */
  partBytes: number
  contentType?: string | undefined
}

/** One part as it comes. */
export interface IncomingPart {
  /** From 1. */
  number: number
  bytes: AsyncIterable<Uint8Array>
  /** Its length, where it is known before. */
  sizeBytes?: number | undefined
}

export interface WorkspaceUploadsOptions {
  db: Db
  bucket: Pick<R2Bucket, 'createMultipartUpload' | 'resumeMultipartUpload' | 'head' | 'delete'>
  quota: Pick<Quota, 'reserve' | 'resume'>
  workspace: Pick<Workspace, 'find' | 'place'>
  now?: () => number
}

export type WorkspaceUploads = ReturnType<typeof createWorkspaceUploads>

const refuse = (param: string, message: string) =>
  new AppError('invalid_request', `Invalid '${param}': ${message}.`, { param })

/** How many parts a file comes in. */
export const partCountOf = ({ sizeBytes, partBytes }: Pick<Row, 'sizeBytes' | 'partBytes'>): number =>
  Math.ceil(sizeBytes / partBytes)

/** The bytes of one of the parts. Throws `invalid_request` for a number that none has. */
function partSizeOf(upload: Row, number: number): number {
  const count = partCountOf(upload)
  if (number < 1 || number > count) throw refuse('number', `the upload has the parts 1 to ${count}`)
  return number < count ? upload.partBytes : upload.sizeBytes - (count - 1) * upload.partBytes
}

/** Hands bytes on, which must be as many as are expected. Throws `invalid_request`. */
async function pump(
  bytes: AsyncIterable<Uint8Array>,
  writable: WritableStream<Uint8Array>,
  expected: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  const writer = writable.getWriter()
  let length = 0
  try {
    for await (const chunk of bytes) {
      signal?.throwIfAborted()
      length += chunk.byteLength
      if (length > expected) throw refuse('body', `the part has more than its ${expected} bytes`)
      await writer.write(chunk)
    }
    if (length < expected) throw refuse('body', `the part has ${length} of its ${expected} bytes`)
    await writer.close()
  } catch (thrown) {
    await writer.abort(thrown).catch(() => {})
    throw thrown
  }
}

/**
 * Files of workspaces that come in parts of one size, in any order, and again where one was lost. What is not completed within a
 * day is forgotten.
 */
export function createWorkspaceUploads({
  db,
  bucket,
  quota,
  workspace,
  now = Date.now,
}: WorkspaceUploadsOptions) {
  const multipartOf = ({ versionId, uploadId }: Pick<Row, 'versionId' | 'uploadId'>) =>
    bucket.resumeMultipartUpload(versionKey(versionId), uploadId)
  const roomOf = ({ accountId, id }: Pick<Row, 'accountId' | 'id'>) =>
    quota.resume(accountId, id, WORKSPACE_UPLOAD_LIFETIME_MS)
  const isOpen = (id: string) =>
    sql`exists (select 1 from ${workspaceUploads} where ${workspaceUploads.id} = ${id} and ${workspaceUploads.completedAt} is null)`

  /** Throws `not_found`: for what is another account's, and for what was forgotten. */
  async function findRow(accountId: string, id: string): Promise<Row> {
    const { id: idColumn, accountId: account, expiresAt } = workspaceUploads
    const [row] = await db
      .select()
      .from(workspaceUploads)
      .where(and(eq(idColumn, id), eq(account, accountId), gt(expiresAt, now())))
    if (!row) throw new AppError('not_found', 'There is no such upload.', { param: 'upload_id' })
    return row
  }

  const partsOf = (id: string) =>
    db
      .select()
      .from(workspaceParts)
      .where(eq(workspaceParts.uploadId, id))
      .orderBy(asc(workspaceParts.number))

  function requireOpen({ completedAt }: Row): void {
    if (completedAt !== null) throw refuse('upload_id', 'the upload is completed')
  }

  /** Lets go of the parts of an upload, and of its room. */
  async function letGo(row: Row): Promise<void> {
    // What R2 has forgotten by itself is gone as well.
    await multipartOf(row)
      .abort()
      .catch(() => {})
    await roomOf(row).release()
  }

  /** Forgets an upload, with what came of it. */
  async function forget(row: Row): Promise<void> {
    if (row.completedAt === null) await letGo(row)
    await db.delete(workspaceUploads).where(eq(workspaceUploads.id, row.id))
  }

  /** Puts the parts together in R2, where that was not done by a request that got no further. */
  async function assemble(row: Row, parts: Awaited<ReturnType<typeof partsOf>>): Promise<void> {
    try {
      const named = parts.map(({ number, etag }) => ({ partNumber: number, etag }))
      await multipartOf(row).complete(named)
    } catch (thrown) {
      const object = await bucket.head(versionKey(row.versionId))
      if (object?.size === row.sizeBytes) return
      throw new AppError('conflict', 'The parts do not fit together: send them again.', { cause: thrown })
    }
  }

  /** The file that a completed upload has become. Throws `invalid_request` where it is there no more. */
  async function completed(row: Row): Promise<WorkspaceFile> {
    const file = await workspace.find(row.accountId, row.path)
    if (file?.versionId === row.versionId) return file
    throw refuse('upload_id', 'the upload is completed, and its file has been changed since')
  }

  return {
    async find(accountId: string, id: string): Promise<WorkspaceUpload> {
      const row = await findRow(accountId, id)
      return { ...row, parts: (await partsOf(id)).map(({ number }) => number) }
    },

    /** Begins an upload, and holds the room for its file. Throws `storage_full`. */
    async create(accountId: string, given: NewWorkspaceUpload): Promise<WorkspaceUpload> {
      const { path, sizeBytes, partBytes, contentType = UNKNOWN_TYPE } = given
      const [id, versionId, createdAt] = [newId(), newId(), now()]
      const expiresAt = createdAt + WORKSPACE_UPLOAD_LIFETIME_MS
      const wanted = { bytes: sizeBytes, files: 1 }
      const room = await quota.reserve(accountId, wanted, { id, lifetimeMs: WORKSPACE_UPLOAD_LIFETIME_MS })
      try {
        const { uploadId } = await bucket.createMultipartUpload(versionKey(versionId))
        const words = { path, contentType, sizeBytes, partBytes, versionId, uploadId }
        const row: Row = { id, accountId, ...words, completedAt: null, createdAt, expiresAt }
        await db.insert(workspaceUploads).values(row)
        return { ...row, parts: [] }
      } catch (thrown) {
        await room.release() // R2 ends an unfinished upload by itself
        throw thrown
      }
    },

    /** Takes a part, in place of one of the same number. Throws `invalid_request` for one of another size. */
    async putPart(accountId: string, id: string, part: IncomingPart, signal?: AbortSignal): Promise<void> {
      const row = await findRow(accountId, id)
      requireOpen(row)
      const expected = partSizeOf(row, part.number)
      if (part.sizeBytes !== undefined && part.sizeBytes !== expected)
        throw refuse('body', `part ${part.number} has ${expected} bytes, and not ${part.sizeBytes}`)
      const { readable, writable } = new FixedLengthStream(expected)
      const [pumped, uploaded] = await Promise.allSettled([
        pump(part.bytes, writable, expected, signal),
        multipartOf(row).uploadPart(part.number, readable),
      ])
      if (pumped.status === 'rejected') throw pumped.reason
      if (uploaded.status === 'rejected') throw uploaded.reason
      const { etag } = uploaded.value
      const kept = await db
        .insert(workspaceParts)
        .select(sql`select ${id}, ${part.number}, ${etag} where ${isOpen(id)}`)
        .onConflictDoUpdate({ target: [workspaceParts.uploadId, workspaceParts.number], set: { etag } })
        .returning()
      if (kept.length === 0) requireOpen(await findRow(accountId, id))
    },

    /**
     * Shows the file, once all parts are there; who asks again gets the same answer. Throws `invalid_request` with the first part
     * that is missing, and `precondition_failed`.
     */
    async complete(accountId: string, id: string, condition: Condition = {}): Promise<WorkspaceFile> {
      const row = await findRow(accountId, id)
      if (row.completedAt !== null) return completed(row)
      const { path, versionId, sizeBytes, contentType } = row
      const parts = await partsOf(id)
      const gap = parts.findIndex(({ number }, index) => number !== index + 1)
      const missing = gap >= 0 ? gap + 1 : parts.length + 1
      if (missing <= partCountOf(row)) throw refuse('upload_id', `part ${missing} is missing`)
      if (!isMet(condition, (await workspace.find(accountId, path))?.versionId)) throw changed()
      await assemble(row, parts)
      try {
        const { file } = await workspace.place(
          accountId,
          path,
          { versionId, sizeBytes, contentType },
          {
            room: roomOf(row),
            condition,
            onlyIf: isOpen(id),
            also: [
              db
                .update(workspaceUploads)
                .set({ completedAt: now() })
                .where(
                  sql`${workspaceUploads.id} = ${id} and exists (select 1 from workspace_files where version_id = ${versionId})`,
                ),
            ],
          },
        )
        return file
      } catch (thrown) {
        // After any other failure the caller can ask again.
        if (toAppError(thrown).code !== 'precondition_failed') throw thrown
        const after = await findRow(accountId, id)
        if (after.completedAt !== null) return completed(after)
        // Somebody was faster, and the parts are none any more.
        await bucket.delete(versionKey(versionId))
        await forget(after)
        throw thrown
      }
    },

    /** Ends an upload that is not completed, with its parts. */
    async cancel(accountId: string, id: string): Promise<void> {
      const row = await findRow(accountId, id)
      requireOpen(row)
      // The row decides: one that is completed in this moment is a file.
      const open = and(eq(workspaceUploads.id, id), isNull(workspaceUploads.completedAt))
      const [ended] = await db.delete(workspaceUploads).where(open).returning({ id: workspaceUploads.id })
      if (!ended) return requireOpen(await findRow(accountId, id))
      await letGo(row)
    },

    /** Forgets uploads whose time is over. */
    sweep: (): Promise<number> =>
      sweep(async (limit) => {
        const over = await db
          .select()
          .from(workspaceUploads)
          .where(lte(workspaceUploads.expiresAt, now()))
          .limit(limit)
        for (const row of over) await forget(row)
        return over.length
      }),
  }
}

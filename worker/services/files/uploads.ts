import { and, eq, gt, lte, type SQL, sql } from 'drizzle-orm'
import { AppError } from '../../../shared/errors.ts'
import { MIB } from '../../../shared/units.ts'
import { type Db, newId } from '../../db/client.ts'
import { fileParts, files, uploads } from '../../db/tables/files.ts'
import { sweep } from '../sweep.ts'
import type { Disposal } from './disposal.ts'
import { FileWriter } from './file-writer.ts'
import { type FileWords, fileRow, partKey, partKeysWhere, type StoredFile } from './files.ts'
import { checkParts, inOrder, type Part, refuse, surveyParts } from './part-checks.ts'
import type { Quota } from './quota.ts'
import { type RowSurvey, refusalOf, surveyPiece } from './rows/row-survey.ts'

/** Largest part, in bytes. */
export const MAX_PART_BYTES = 64 * MIB

/** Parts of an upload, also those that are not used in the end: completing reads two stretches of each. */
export const MAX_PARTS = 256

/** How long an upload waits for its parts. */
export const UPLOAD_LIFETIME_MS = 60 * 60 * 1_000

export type Upload = typeof uploads.$inferSelect

/** The words that go with the file, and its size. */
export type NewUpload = FileWords & { contentType: string; sizeBytes: number }

/** The parts of a file in their order, and the checksum that it is to have, in hex. */
export interface Completion {
  partIds: readonly string[]
  md5?: string | undefined
}

export interface UploadsOptions {
  db: Db
  bucket: R2Bucket
  disposal: Disposal
  quota: Pick<Quota, 'reserve' | 'resume' | 'freeing'>
  now?: () => number
}

export type Uploads = ReturnType<typeof createUploads>

const tooMuch = () =>
  refuse(
    'data',
    `an upload has at most ${MAX_PARTS} parts, and together twice the bytes that it was made for`,
  )

const noSuchUpload = () => new AppError('not_found', 'There is no such upload.', { param: 'upload_id' })

/** Files that come in parts. Parts are checked as they come, in any order; completing looks only at the seams between them. */
export function createUploads({ db, bucket, disposal, quota, now = Date.now }: UploadsOptions) {
  const ownedBy = (accountId: string, id: string) => and(eq(uploads.id, id), eq(uploads.accountId, accountId))

  async function find(accountId: string, id: string): Promise<Upload> {
    const [upload] = await db.select().from(uploads).where(ownedBy(accountId, id))
    if (!upload) throw noSuchUpload()
    return upload
  }

  /** Throws `invalid_request` for an upload that takes no parts any more. */
  function requirePending({ status, expiresAt }: Upload): void {
    if (status !== 'pending') throw refuse('upload_id', `the upload is ${status}`)
    if (expiresAt <= now()) throw refuse('upload_id', 'the upload is expired')
  }

  const roomOf = ({ accountId, id }: Pick<Upload, 'accountId' | 'id'>) =>
    quota.resume(accountId, id, UPLOAD_LIFETIME_MS)

  /** Ends an upload whose file is refused, or not wanted any more, with all that came. False where it is not pending. */
  async function close({ accountId, id }: Upload): Promise<boolean> {
    const isOpen = sql`exists (select 1 from ${uploads} where ${ownedBy(accountId, id)} and ${uploads.status} = 'pending')`
    const theirs = and(eq(fileParts.uploadId, id), isOpen)
    const [noted, , closed] = await db.batch([
      disposal.noting(partKeysWhere(theirs)),
      db.delete(fileParts).where(theirs),
      db
        .update(uploads)
        .set({ status: 'cancelled' })
        .where(and(ownedBy(accountId, id), eq(uploads.status, 'pending')))
        .returning(),
    ])
    if (closed.length === 0) return false
    await Promise.all([disposal.dispose(noted.map(({ key }) => key)), roomOf({ accountId, id }).release()])
    return true
  }

  /** Makes the file of a pending upload; parts that it is not made of go. */
  async function publish(upload: Upload, partIds: readonly string[], found: RowSurvey | undefined) {
    const { id, accountId, sizeBytes, fileLifetimeSeconds: lifetimeSeconds } = upload
    const file = fileRow(
      accountId,
      id,
      { ...upload, lifetimeSeconds },
      { sizeBytes, survey: found, now: now() },
    )
    const isOpen = sql`exists (select 1 from ${uploads} where ${ownedBy(accountId, id)} and ${uploads.status} = 'pending')`
    const order = sql`json_each(${JSON.stringify(partIds)})`
    const isUsed = sql`${fileParts.id} in (select value from ${order})`
    const unused = and(eq(fileParts.uploadId, id), sql`not ${isUsed}`, isOpen)
    const ifOpen = (value: SQL) => sql`case when ${isOpen} then ${value} else ${sizeBytes} end`
    const results = await db.batch([
      disposal.noting(partKeysWhere(unused)),
      ...roomOf(upload).committing({ bytes: sizeBytes, files: 1 }),
      // Another request may have ended the upload: then nothing was stored.
      quota.freeing(accountId, {
        bytes: ifOpen(sql`0`),
        files: sql`case when ${isOpen} then 0 else 1 end`,
      }),
      db
        .insert(files)
        .select(
          sql`select ${id}, ${accountId}, ${file.name}, ${file.purpose}, ${file.contentType}, ${sizeBytes}, ${file.rowType}, ${file.rowCount}, ${file.createdAt}, ${file.expiresAt}, null, null, null where ${isOpen}`,
        ),
      db.delete(fileParts).where(unused),
      db
        .update(fileParts)
        .set({
          fileId: id,
          uploadId: null,
          survey: null,
          position: sql`(select key from ${order} where value = ${fileParts.id})`,
        })
        .where(and(eq(fileParts.uploadId, id), isOpen)),
      db
        .update(uploads)
        .set({ status: 'completed' })
        .where(and(ownedBy(accountId, id), eq(uploads.status, 'pending')))
        .returning({ id: uploads.id }),
    ])
    const [noted, closed] = [results[0], results[7]]
    if (closed.length === 0) return undefined
    await disposal.dispose(noted.map(({ key }) => key))
    return file
  }

  /** The file that an upload has become of these parts: who asks again gets the same answer. */
  async function published({ accountId, id }: Upload, partIds: readonly string[]): Promise<StoredFile> {
    const [[file], parts] = await db.batch([
      db
        .select()
        .from(files)
        .where(and(eq(files.id, id), eq(files.accountId, accountId))),
      db
        .select({ id: fileParts.id })
        .from(fileParts)
        .where(eq(fileParts.fileId, id))
        .orderBy(fileParts.position),
    ])
    const isSame = parts.length === partIds.length && parts.every((part, index) => part.id === partIds[index])
    if (!file || !isSame) throw refuse('upload_id', 'the upload is completed')
    return file
  }

  return {
    find,

    /** Makes an upload, and holds the room for its file. Throws `storage_full`. */
    async create(accountId: string, given: NewUpload): Promise<Upload> {
      const { name, purpose, contentType, sizeBytes, lifetimeSeconds = null } = given
      const id = newId()
      const createdAt = now()
      const expiresAt = createdAt + UPLOAD_LIFETIME_MS
      const wanted = { bytes: sizeBytes, files: 1 }
      const room = await quota.reserve(accountId, wanted, { id, lifetimeMs: UPLOAD_LIFETIME_MS })
      const words = { name, purpose, contentType, sizeBytes, fileLifetimeSeconds: lifetimeSeconds }
      const row = { id, accountId, ...words, status: 'pending' as const, createdAt, expiresAt }
      try {
        await db.insert(uploads).values(row)
      } catch (thrown) {
        await room.release()
        throw thrown
      }
      return row
    },

    /** Adds a part. One that breaks off, or that is too much, leaves nothing. */
    async addPart(
      accountId: string,
      id: string,
      bytes: AsyncIterable<Uint8Array>,
      signal?: AbortSignal,
    ): Promise<Part> {
      const upload = await find(accountId, id)
      requirePending(upload)
      const partId = newId()
      const writer = new FileWriter(bucket, partKey(partId))
      const rows = upload.purpose === 'fine-tune' ? surveyPiece() : undefined
      try {
        for await (const chunk of bytes) {
          signal?.throwIfAborted()
          if (writer.sizeBytes + chunk.byteLength > 2 * upload.sizeBytes) throw tooMuch()
          await writer.write(chunk)
          rows?.write(chunk)
        }
        await writer.close()
        signal?.throwIfAborted()
        const part = await insertPart(upload, partId, writer.sizeBytes, rows?.end() ?? null)
        if (part) return part
        requirePending(await find(accountId, id))
        throw tooMuch()
      } catch (thrown) {
        await writer.abort().catch(() => {}) // R2 ends an unfinished upload by itself, and a whole one is swept
        throw thrown
      }
    },

    /**
     * Makes a file of parts, in the order in which they are named. Throws `invalid_request`: parts that are not the file that was
     * announced leave the upload as it is, mistakes in its rows end it.
     */
    async complete(accountId: string, id: string, { partIds, md5 }: Completion) {
      const upload = await find(accountId, id)
      if (upload.status === 'completed') return { upload, file: await published(upload, partIds) }
      requirePending(upload)
      const parts = inOrder(await db.select().from(fileParts).where(eq(fileParts.uploadId, id)), partIds)
      await checkParts(bucket, upload, parts, md5)
      const found = await surveyParts(bucket, parts)
      const refusal = found && refusalOf(found)
      if (refusal) {
        await close(upload)
        throw refusal
      }
      const file = await publish(upload, partIds, found)
      const done = await find(accountId, id)
      if (file) return { upload: done, file }
      if (done.status !== 'completed') requirePending(done)
      return { upload: done, file: await published(done, partIds) }
    },

    /** Ends an upload that is not completed, with its parts. */
    async cancel(accountId: string, id: string): Promise<Upload> {
      const upload = await find(accountId, id)
      if (upload.status === 'pending') await close(upload)
      const ended = await find(accountId, id)
      if (ended.status === 'completed') throw refuse('upload_id', 'the upload is completed')
      return ended
    },

    /** Forgets uploads whose time is over, with the parts that became no file. */
    sweep: (): Promise<number> =>
      sweep(async (limit) => {
        const over = await db.select().from(uploads).where(lte(uploads.expiresAt, now())).limit(limit)
        for (const upload of over) {
          if (upload.status === 'pending') await close(upload)
          await db.delete(uploads).where(eq(uploads.id, upload.id))
        }
        return over.length
      }),
  }

  /** Undefined where the upload takes no more. */
  async function insertPart(
    { id, sizeBytes: announced }: Upload,
    partId: string,
    sizeBytes: number,
    found: Part['survey'],
  ): Promise<Part | undefined> {
    const parts = sql`${fileParts} where ${fileParts.uploadId} = ${id}`
    const isOpen = sql`exists (select 1 from ${uploads} where ${uploads.id} = ${id} and ${uploads.status} = 'pending' and ${gt(uploads.expiresAt, now())})`
    const [part] = await db
      .insert(fileParts)
      .select(
        sql`select ${partId}, null, ${id}, 0, ${sizeBytes}, ${found && JSON.stringify(found)}, ${now()} where ${isOpen}
          and (select count(*) from ${parts}) < ${MAX_PARTS}
          and (select coalesce(sum(${fileParts.sizeBytes}), 0) from ${parts}) + ${sizeBytes} <= ${2 * announced}`,
      )
      .returning()
    return part
  }
}

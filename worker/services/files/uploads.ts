import { and, eq, gt, isNull, lte, or, type SQL, sql } from 'drizzle-orm'
import { AppError, toAppError } from '../../../shared/errors.ts'
import { MIB } from '../../../shared/units.ts'
import { type Db, newId } from '../../db/client.ts'
import { DOCUMENT_PURPOSES, type FilePurpose, fileParts, files, uploads } from '../../db/tables/files.ts'
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

/** How long parts may take to become one object, before another request may try it. */
export const ASSEMBLY_MS = 5 * 60 * 1_000

export type Upload = typeof uploads.$inferSelect

/** Words about a document that is whole. */
export type Assembled = Required<Pick<FileWords, 'contentType' | 'document'>>

/** How documents are made of parts: one object, which readers take. */
export interface Assembly {
  /** Of a document. */
  maxBytes: number
  /** Puts objects into the one with the id of the upload. Throws, and leaves nothing, for what is no document. */
  assemble: (upload: Pick<Upload, 'id' | 'name'>, keys: readonly string[]) => Promise<Assembled>
}

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
  assembly: Assembly
  now?: () => number
}

export type Uploads = ReturnType<typeof createUploads>

const tooMuch = () =>
  refuse(
    'data',
    `an upload has at most ${MAX_PARTS} parts, and together twice the bytes that it was made for`,
  )

const isDocument = (purpose: FilePurpose): boolean => DOCUMENT_PURPOSES.some((known) => known === purpose)

const noSuchUpload = () => new AppError('not_found', 'There is no such upload.', { param: 'upload_id' })

/** Files that come in parts. Parts are checked as they come, in any order; completing looks only at the seams between them. */
export function createUploads(options: UploadsOptions) {
  const { db, bucket, disposal, quota, assembly, now = Date.now } = options

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

  /** Puts the parts of a document together; undefined where another request has made the file meanwhile. */
  async function assembled(upload: Upload, parts: readonly Part[]): Promise<Assembled | undefined> {
    const own = and(ownedBy(upload.accountId, upload.id), eq(uploads.status, 'pending'))
    const isFree = or(isNull(uploads.assemblingUntil), lte(uploads.assemblingUntil, now()))
    const [held] = await db
      .update(uploads)
      .set({ assemblingUntil: now() + ASSEMBLY_MS })
      .where(and(own, isFree))
      .returning()
    if (!held) {
      const { status, ...others } = await find(upload.accountId, upload.id)
      if (status === 'completed') return undefined
      requirePending({ status, ...others })
      throw new AppError('conflict', 'The upload is being completed by another request.')
    }
    try {
      return await assembly.assemble(
        upload,
        parts.map(({ id }) => partKey(id)),
      )
    } catch (thrown) {
      if (toAppError(thrown).code === 'invalid_request') await close(upload)
      else await db.update(uploads).set({ assemblingUntil: null }).where(own)
      throw thrown
    }
  }

  /** Makes the file of a pending upload; parts that it is not made of go, and of a document that is put together all. */
  async function publish(
    upload: Upload,
    partIds: readonly string[],
    { found, whole }: { found?: RowSurvey | undefined; whole?: Assembled | undefined },
  ) {
    const { id, accountId, sizeBytes, fileLifetimeSeconds: lifetimeSeconds } = upload
    const words = { ...upload, ...whole, lifetimeSeconds }
    const file = fileRow(accountId, id, words, { sizeBytes, survey: found, now: now() })
    const isOpen = sql`exists (select 1 from ${uploads} where ${ownedBy(accountId, id)} and ${uploads.status} = 'pending')`
    const order = sql`json_each(${JSON.stringify(whole ? [] : partIds)})`
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
          sql`select ${id}, ${accountId}, ${file.name}, ${file.purpose}, ${file.contentType}, ${sizeBytes}, ${file.rowType}, ${file.rowCount}, ${file.createdAt}, ${file.expiresAt}, ${file.sha256}, ${file.shortId}, null where ${isOpen}`,
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
        .insert(fileParts)
        .select(
          sql`select ${id}, ${id}, null, 0, ${sizeBytes}, null, ${file.createdAt} where ${isOpen} and ${Number(whole !== undefined)} = 1`,
        ),
      db
        .update(uploads)
        .set({ status: 'completed' })
        .where(and(ownedBy(accountId, id), eq(uploads.status, 'pending')))
        .returning({ id: uploads.id }),
    ])
    const [noted, closed] = [results[0], results[8]]
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
    // A document has one part, whatever it was made of.
    if (!file || !(isSame || isDocument(file.purpose))) throw refuse('upload_id', 'the upload is completed')
    return file
  }

  return {
    find,

    /** Makes an upload, and holds the room for its file. Throws `storage_full`. */
    async create(accountId: string, given: NewUpload): Promise<Upload> {
      const { name, purpose, contentType, sizeBytes, lifetimeSeconds = null } = given
      if (isDocument(purpose) && sizeBytes > assembly.maxBytes)
        throw new AppError('too_large', `A document has at most ${assembly.maxBytes / MIB} MB.`, {
          param: 'bytes',
        })
      const id = newId()
      const createdAt = now()
      const expiresAt = createdAt + UPLOAD_LIFETIME_MS
      const wanted = { bytes: sizeBytes, files: 1 }
      const room = await quota.reserve(accountId, wanted, { id, lifetimeMs: UPLOAD_LIFETIME_MS })
      const words = { name, purpose, contentType, sizeBytes, fileLifetimeSeconds: lifetimeSeconds }
      const row = {
        id,
        accountId,
        ...words,
        status: 'pending' as const,
        assemblingUntil: null,
        createdAt,
        expiresAt,
      }
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
        await holdRoom(upload, writer.sizeBytes)
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
      const whole = isDocument(upload.purpose) ? await assembled(upload, parts) : undefined
      const file = await publish(upload, partIds, { found, whole })
      const done = await find(accountId, id)
      if (file) return { upload: done, file }
      // It was ended meanwhile, and nobody will know of this object.
      if (whole && done.status === 'cancelled') await bucket.delete(partKey(id))
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

  /** Holds room for parts beyond those that the file is made of, as long as they lie there. Throws `storage_full`. */
  async function holdRoom(upload: Upload, sizeBytes: number): Promise<void> {
    const [held] = await db
      .select({ bytes: sql<number>`coalesce(sum(${fileParts.sizeBytes}), 0)` })
      .from(fileParts)
      .where(eq(fileParts.uploadId, upload.id))
    const bytes = (held?.bytes ?? 0) + sizeBytes
    const isTooMuch = bytes > 2 * upload.sizeBytes // and refused anyway
    if (bytes > upload.sizeBytes && !isTooMuch) await roomOf(upload).cover(bytes)
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

import { and, eq, lt, type SQL, sql } from 'drizzle-orm'
import type { BatchItem } from 'drizzle-orm/batch'
import { AppError } from '../../../shared/errors.ts'
import { DAY_MS } from '../../../shared/units.ts'
import { type Db, newId } from '../../db/client.ts'
import { profiles, transcripts } from '../../db/tables/advising.ts'
import { createAudit } from '../audit.ts'
import type { Disposal } from '../files/disposal.ts'
import type { ByteRange } from '../files/object-bytes.ts'
import { sweepOrphans } from '../files/orphans.ts'
import type { Quota } from '../files/quota.ts'
import { sweep } from '../sweep.ts'
import { transcriptTypeOf } from './transcript-type.ts'

/** How long a transcript that no profile names is kept. */
export const UNNAMED_KEPT_MS = 30 * DAY_MS

/** Longest name that a transcript keeps from its sender. */
export const MAX_ORIGINAL_NAME_LENGTH = 255

/** Where transcripts are fetched, under the address of the contract. */
export const TRANSCRIPTS_PATH = '/api/upload/files/'

const PREFIX = 'transcripts/'

/** Where the bytes of a transcript lie. */
export const transcriptKey = (id: string): string => PREFIX + id

const NAME_BYTES = 8

export type Transcript = typeof transcripts.$inferSelect

export interface TranscriptsOptions {
  db: Db
  bucket: R2Bucket
  disposal: Disposal
  quota: Pick<Quota, 'reserve' | 'freeing'>
  /** Stops the task that reads a transcript. */
  stopTask: (taskId: string) => Promise<void>
  now?: () => number
}

export type Transcripts = ReturnType<typeof createTranscripts>

export const noSuchTranscript = () => new AppError('not_found', 'There is no such file.')

/** Nobody guesses one: 64 random bits, and its owner alone is told whether it is right. */
function newFileName(ending: string): string {
  const random = crypto.getRandomValues(new Uint8Array(NAME_BYTES))
  return `${Array.from(random, (byte) => byte.toString(16).padStart(2, '0')).join('')}.${ending}`
}

/** A profile's transcript, in the words of now or in those of a contract, which rows once had. */
const transcriptUrl = sql`coalesce(json_extract(${profiles.academicRecord}, '$.fields.transcriptUrl'), json_extract(${profiles.academicRecord}, '$.fields.transcript_url'))`

/** Whether a profile names a transcript, by whichever host it was fetched. */
const isNamed = (fileName: SQL | string): SQL =>
  sql`${transcriptUrl} like '%' || ${TRANSCRIPTS_PATH} || ${fileName} || '%'`

/** Transcripts that students upload. Whatever belongs to another account does not exist. */
export function createTranscripts({
  db,
  bucket,
  disposal,
  quota,
  stopTask,
  now = Date.now,
}: TranscriptsOptions) {
  const ownedBy = (accountId: string, fileName: string) =>
    and(eq(transcripts.accountId, accountId), eq(transcripts.fileName, fileName))

  async function find(accountId: string, fileName: string): Promise<Transcript | undefined> {
    const [row] = await db.select().from(transcripts).where(ownedBy(accountId, fileName))
    return row
  }

  /**
   * With its bytes, and with every mention of it in its owner's profiles, with statements of their batch before. Answers with whether
   * it was there.
   */
  async function remove(
    accountId: string,
    fileName: string,
    before: readonly BatchItem<'sqlite'>[] = [],
  ): Promise<boolean> {
    const one = ownedBy(accountId, fileName)
    const size = sql`(select coalesce(sum(${transcripts.sizeBytes}), 0) from ${transcripts} where ${one})`
    const count = sql`(select count(*) from ${transcripts} where ${one})`
    const [noted, removed] = await db.batch([
      disposal.noting(sql`select ${PREFIX} || ${transcripts.id} as key from ${transcripts} where ${one}`),
      db.select({ taskId: transcripts.gradesTaskId }).from(transcripts).where(one),
      quota.freeing(accountId, { bytes: size, files: count }),
      db
        .update(profiles)
        .set({
          academicRecord: sql`json_remove(${profiles.academicRecord}, '$.fields.transcriptUrl', '$.fields.transcript_url')`,
          // As every change: whoever changes the profile at the same time sees it.
          updatedAt: sql`max(${now()}, ${profiles.updatedAt} + 1)`,
        })
        .where(and(eq(profiles.accountId, accountId), isNamed(fileName), sql`${count} > 0`)),
      ...before,
      db.delete(transcripts).where(one),
    ])
    for (const { taskId } of removed) if (taskId !== null) await stopTask(taskId)
    await disposal.dispose(noted.map(({ key }) => key))
    return removed.length > 0
  }

  return {
    find,

    /** Keeps a file whose content says what it is. Throws `invalid_request` and `storage_full`; nothing is left then. */
    async create(
      accountId: string,
      { name, bytes }: { name: string; bytes: Uint8Array<ArrayBuffer> },
    ): Promise<Transcript> {
      const { contentType, ending } = transcriptTypeOf(bytes)
      const room = await quota.reserve(accountId, { bytes: bytes.byteLength, files: 1 })
      const id = newId()
      const transcript: Transcript = {
        id,
        fileName: newFileName(ending),
        accountId,
        originalName: name.slice(0, MAX_ORIGINAL_NAME_LENGTH).toWellFormed() || `transcript.${ending}`,
        contentType,
        sizeBytes: bytes.byteLength,
        gradesTaskId: null,
        gradesFound: null,
        createdAt: now(),
      }
      try {
        await bucket.put(transcriptKey(id), bytes)
        const stored = room.committing({ bytes: bytes.byteLength, files: 1 })
        await db.batch([db.insert(transcripts).values(transcript), ...stored])
        return transcript
      } catch (thrown) {
        await Promise.allSettled([bucket.delete(transcriptKey(id)), room.release()])
        throw thrown
      }
    },

    /** Its bytes, or a piece of them. */
    async read({ id }: Transcript, range: ByteRange | undefined): Promise<ReadableStream> {
      const object = await bucket.get(transcriptKey(id), range === undefined ? {} : { range })
      if (!object) throw noSuchTranscript()
      return object.body
    },

    /** At its owner's word; see `remove`. */
    remove(accountId: string, fileName: string): Promise<boolean> {
      const entry = { actorId: accountId, action: 'transcript.delete', target: fileName }
      const recorded = createAudit(db, now).rowWhere(entry, transcripts, ownedBy(accountId, fileName))
      return remove(accountId, fileName, [recorded])
    },

    /** Deletes transcripts that no profile has named for long, and bytes that never got their row. */
    async sweep(): Promise<number> {
      const unnamed = await sweep(async (limit) => {
        const rows = await db
          .select({ accountId: transcripts.accountId, fileName: transcripts.fileName })
          .from(transcripts)
          .where(
            and(
              lt(transcripts.createdAt, now() - UNNAMED_KEPT_MS),
              sql`not exists (select 1 from ${profiles} where ${profiles.accountId} = ${transcripts.accountId} and ${isNamed(sql`${transcripts.fileName}`)})`,
            ),
          )
          .limit(limit)
        for (const { accountId, fileName } of rows) await remove(accountId, fileName)
        return rows.length
      })
      const orphans = await sweepOrphans({
        bucket,
        prefix: PREFIX,
        now: now(),
        withRows: async (ids) => {
          const rows = await db
            .select({ id: transcripts.id })
            .from(transcripts)
            .where(sql`${transcripts.id} in (select value from json_each(${JSON.stringify(ids)}))`)
          return rows.map(({ id }) => id)
        },
      })
      return unnamed + orphans
    },
  }
}

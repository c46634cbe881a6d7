import { and, asc, eq, isNotNull, isNull, type SQL, sql } from 'drizzle-orm'
import type { BatchItem } from 'drizzle-orm/batch'
import { type Db, newId } from '../../../db/client.ts'
import { type ExportFormat, searchDatasetPieces, searchDatasets } from '../../../db/tables/search-datasets.ts'
import type { Disposal } from '../../files/disposal.ts'
import { sweepOrphans } from '../../files/orphans.ts'
import type { Quota } from '../../files/quota.ts'
import type { ExportedPiece } from './write-export.ts'

const PREFIX = 'dataset-rows/'

const pieceKey = (id: string): string => PREFIX + id

/** A dataset whose lease somebody has. */
interface Leased {
  id: string
  accountId: string
  leaseId: string | null
}

/** Writes statements down with a change of a dataset. Throws where its lease is another one's. */
type Keep = (statements: readonly BatchItem<'sqlite'>[]) => Promise<void>

type PieceRow = typeof searchDatasetPieces.$inferSelect

export interface PiecesOptions {
  db: Db
  bucket: R2Bucket
  quota: Pick<Quota, 'reserve' | 'freeing'>
  disposal: Pick<Disposal, 'noting' | 'dispose'>
  now: () => number
}

export type DatasetPieces = ReturnType<typeof createDatasetPieces>

/** The rows of datasets as objects in R2, which count for their accounts. */
export function createDatasetPieces({ db, bucket, quota, disposal, now }: PiecesOptions) {
  const ofDataset = (datasetId: string) => eq(searchDatasetPieces.datasetId, datasetId)

  const isExport = (datasetId: string, format?: ExportFormat) =>
    and(
      ofDataset(datasetId),
      format === undefined ? isNotNull(searchDatasetPieces.format) : eq(searchDatasetPieces.format, format),
    )

  /** Adds a row, unless the lease has been lost meanwhile. */
  const adding = ({ id, datasetId, format, position, sizeBytes, memo }: PieceRow, leaseId: string | null) =>
    db.insert(searchDatasetPieces).select(
      sql`select ${id}, ${datasetId}, ${format}, ${position}, ${sizeBytes}, ${memo}, ${now()} where exists (
        select 1 from ${searchDatasets} where ${searchDatasets.id} = ${datasetId} and ${searchDatasets.leaseId} = ${leaseId})`,
    )

  const keysWhere = (where: SQL | undefined) =>
    sql`select ${PREFIX} || ${searchDatasetPieces.id} as key from ${searchDatasetPieces} where ${where}`

  async function piecesWhere(where: SQL | undefined): Promise<PieceRow[]> {
    return await db
      .select()
      .from(searchDatasetPieces)
      .where(where)
      .orderBy(asc(searchDatasetPieces.position), asc(searchDatasetPieces.id))
  }

  return {
    /**
     * Stores lines, and has `keep` write them down with its own change, all or nothing. What fails leaves nothing. Throws
     * `storage_full`.
     */
    async add(
      { id: datasetId, accountId, leaseId }: Leased,
      position: number,
      lines: readonly Uint8Array[],
      keep: Keep,
    ): Promise<void> {
      const bytes = await new Blob([...lines]).arrayBuffer()
      const stored = { bytes: bytes.byteLength, files: 0 }
      const room = await quota.reserve(accountId, stored)
      const id = newId()
      const row = {
        id,
        datasetId,
        format: null,
        position,
        sizeBytes: stored.bytes,
        memo: null,
        createdAt: now(),
      }
      const isThere = sql`exists (select 1 from ${searchDatasetPieces} where ${searchDatasetPieces.id} = ${id})`
      try {
        await bucket.put(pieceKey(id), bytes)
        await keep([
          ...room.committing(stored),
          adding(row, leaseId),
          // Counted with the rest, and let go again where it was not added.
          quota.freeing(accountId, {
            bytes: sql`case when ${isThere} then 0 else ${stored.bytes} end`,
            files: sql`0`,
          }),
        ])
      } catch (thrown) {
        await Promise.allSettled([bucket.delete(pieceKey(id)), room.release()])
        throw thrown
      }
    },

    /** Stores what a piece of rows is in a format, as `add` does. It counts for nobody: it is there until the export is. */
    async addExported(
      { id: datasetId, leaseId }: Leased,
      { format, position }: { format: ExportFormat; position: number },
      { bytes, memo }: ExportedPiece,
      keep: Keep,
    ): Promise<void> {
      const id = newId()
      const sizeBytes = bytes.byteLength
      try {
        await bucket.put(pieceKey(id), bytes)
        await keep([adding({ id, datasetId, format, position, sizeBytes, memo, createdAt: now() }, leaseId)])
      } catch (thrown) {
        await Promise.allSettled([bucket.delete(pieceKey(id))])
        throw thrown
      }
    },

    /** The objects of the rows, in order. */
    async keysOf(datasetId: string): Promise<string[]> {
      const pieces = await piecesWhere(and(ofDataset(datasetId), isNull(searchDatasetPieces.format)))
      return pieces.map(({ id }) => pieceKey(id))
    },

    /** The pieces of an export that are there, in order. */
    async exported(datasetId: string, format: ExportFormat) {
      const pieces = await piecesWhere(isExport(datasetId, format))
      return pieces.map(({ id, sizeBytes, memo }) => ({ key: pieceKey(id), bytes: sizeBytes, memo }))
    },

    /** Deletes the pieces of an export that is done, or of all. */
    async clearExported(datasetId: string, format?: ExportFormat): Promise<void> {
      const where = isExport(datasetId, format)
      const [noted] = await db.batch([
        disposal.noting(keysWhere(where)),
        db.delete(searchDatasetPieces).where(where),
      ])
      await disposal.dispose(noted.map(({ key }) => key))
    },

    /** Deletes the rows of a dataset, and what they were in formats, in one transaction with a change. */
    async clear(
      { id, accountId }: { id: string; accountId: string },
      change: readonly BatchItem<'sqlite'>[] = [],
    ): Promise<void> {
      const where = ofDataset(id)
      const rows = and(where, isNull(searchDatasetPieces.format))
      const [noted] = await db.batch([
        disposal.noting(keysWhere(where)),
        quota.freeing(accountId, {
          bytes: sql`(select coalesce(sum(${searchDatasetPieces.sizeBytes}), 0) from ${searchDatasetPieces} where ${rows})`,
          files: sql`0`,
        }),
        db.delete(searchDatasetPieces).where(where),
        ...change,
      ])
      await disposal.dispose(noted.map(({ key }) => key))
    },

    /** Deletes objects that never got their rows. */
    sweep: (): Promise<number> =>
      sweepOrphans({
        bucket,
        prefix: PREFIX,
        now: now(),
        withRows: async (ids) => {
          const rows = await db
            .select({ id: searchDatasetPieces.id })
            .from(searchDatasetPieces)
            .where(sql`${searchDatasetPieces.id} in (select value from json_each(${JSON.stringify(ids)}))`)
          return rows.map(({ id }) => id)
        },
      }),
  }
}

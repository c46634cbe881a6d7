import { asc, eq, sql } from 'drizzle-orm'
import type { BatchItem } from 'drizzle-orm/batch'
import { type Db, newId } from '../../../db/client.ts'
import { searchDatasetPieces } from '../../../db/tables/search-datasets.ts'
import type { Disposal } from '../../files/disposal.ts'
import { sweepOrphans } from '../../files/orphans.ts'
import type { Quota } from '../../files/quota.ts'

const PREFIX = 'dataset-rows/'

const pieceKey = (id: string): string => PREFIX + id

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

  return {
    /**
     * Stores lines, and has `keep` write them down with its own change, all or nothing. What fails leaves nothing. Throws
     * `storage_full`.
     */
    async add(
      { id: datasetId, accountId, position }: { id: string; accountId: string; position: number },
      lines: readonly Uint8Array[],
      keep: (statements: readonly BatchItem<'sqlite'>[]) => Promise<void>,
    ): Promise<void> {
      const bytes = await new Blob([...lines]).arrayBuffer()
      const stored = { bytes: bytes.byteLength, files: 0 }
      const room = await quota.reserve(accountId, stored)
      const id = newId()
      try {
        await bucket.put(pieceKey(id), bytes)
        const piece = { id, datasetId, position, sizeBytes: stored.bytes, createdAt: now() }
        await keep([...room.committing(stored), db.insert(searchDatasetPieces).values(piece)])
      } catch (thrown) {
        await Promise.allSettled([bucket.delete(pieceKey(id)), room.release()])
        throw thrown
      }
    },

    async keysOf(datasetId: string): Promise<string[]> {
      const pieces = await db
        .select({ id: searchDatasetPieces.id })
        .from(searchDatasetPieces)
        .where(ofDataset(datasetId))
        .orderBy(asc(searchDatasetPieces.position), asc(searchDatasetPieces.id))
      return pieces.map(({ id }) => pieceKey(id))
    },

    /** Deletes the rows of a dataset that failed. */
    async clear({ id, accountId }: { id: string; accountId: string }): Promise<void> {
      const where = ofDataset(id)
      const [noted] = await db.batch([
        disposal.noting(
          sql`select ${PREFIX} || ${searchDatasetPieces.id} as key from ${searchDatasetPieces} where ${where}`,
        ),
        quota.freeing(accountId, {
          bytes: sql`(select coalesce(sum(${searchDatasetPieces.sizeBytes}), 0) from ${searchDatasetPieces} where ${where})`,
          files: sql`0`,
        }),
        db.delete(searchDatasetPieces).where(where),
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

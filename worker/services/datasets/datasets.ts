import { and, desc, eq, getTableColumns, sql } from 'drizzle-orm'
import { AppError } from '../../../shared/errors.ts'
import { type Db, newId } from '../../db/client.ts'
import { datasets } from '../../db/tables/datasets.ts'
import { createAudit } from '../audit.ts'
import { datasetKey, FileWriter } from '../files/file-writer.ts'
import { sweepOrphans } from '../files/orphans.ts'
import type { Quota } from '../files/quota.ts'
import { openCsv } from './csv-rows.ts'
import { type DatasetQuery, MAX_TABLE_CELLS, MAX_TABLE_COLUMNS, MAX_TABLE_ROWS } from './query.ts'
import type { QueryResult } from './result.ts'
import { summarize } from './summary.ts'

export type Dataset = typeof datasets.$inferSelect

/** A dataset as a list has it. */
export interface ListedDataset extends Omit<Dataset, 'columns'> {
  columnCount: number
}

/** The source of a table that is queried: where its file is, how it is written, and what its columns hold. */
export type TableSource = Pick<Dataset, 'columns' | 'encoding' | 'delimiter'> & { key: string }

/** An answer as it crosses to the caller: a query that failed is told about, and not thrown. */
export type QueryAnswer = QueryResult | { mistake: string }

/** The object that holds a dataset's rows, as the services ask it. */
export interface DatasetTableStub {
  query(source: TableSource, query: DatasetQuery): Promise<QueryAnswer>
  /** Forgets the rows. */
  clear(): Promise<void>
}

/** Throws `unprocessable` for a dataset that is too large to be queried. */
export function requireQueryable({ rowCount, columns }: Pick<Dataset, 'rowCount' | 'columns'>): void {
  const hasFewCells = rowCount * columns.length <= MAX_TABLE_CELLS
  if (rowCount <= MAX_TABLE_ROWS && columns.length <= MAX_TABLE_COLUMNS && hasFewCells) return
  throw new AppError(
    'unprocessable',
    `Only datasets of at most ${MAX_TABLE_ROWS} rows, ${MAX_TABLE_COLUMNS} columns and ${MAX_TABLE_CELLS} cells can be queried.`,
  )
}

export interface DatasetsOptions {
  db: Db
  bucket: R2Bucket
  quota: Pick<Quota, 'reserve' | 'freeing'>
  /** The rows of a dataset. */
  datasetTable: (datasetId: string) => DatasetTableStub
  now?: () => number
}

export type Datasets = ReturnType<typeof createDatasets>

const { columns: _columns, ...listed } = getTableColumns(datasets)

/** The datasets that accounts upload. Whatever belongs to another account does not exist. */
export function createDatasets({ db, bucket, quota, datasetTable, now = Date.now }: DatasetsOptions) {
  const ownedBy = (accountId: string, id: string) =>
    and(eq(datasets.id, id), eq(datasets.accountId, accountId))

  async function find(accountId: string, id: string): Promise<Dataset | undefined> {
    const [row] = await db.select().from(datasets).where(ownedBy(accountId, id))
    return row
  }

  async function withRows(ids: readonly string[]): Promise<string[]> {
    const rows = await db
      .select({ id: datasets.id })
      .from(datasets)
      .where(sql`${datasets.id} in (select value from json_each(${JSON.stringify(ids)}))`)
    return rows.map(({ id }) => id)
  }

  return {
    /**
     * Keeps a CSV file. Its bytes are stored while they are read; one that is no dataset, or whose upload is cut off,
     * leaves nothing. One of which `leastBytes` do not fit is not read. `delimiter` separates its cells where it stands in the header. Throws `storage_full`, what `openCsv`
     * and `summarize` throw, and what the bytes do.
     */
    async create(
      accountId: string,
      file: { name: string; bytes: AsyncIterable<Uint8Array>; leastBytes?: number; delimiter?: string },
    ): Promise<Dataset> {
      const id = newId()
      const room = await quota.reserve(accountId, { bytes: file.leastBytes ?? 0, files: 1 })
      const writer = new FileWriter(bucket, datasetKey(id))
      async function* kept() {
        for await (const bytes of file.bytes) {
          await room.cover(writer.sizeBytes + bytes.byteLength)
          await writer.write(bytes)
          yield bytes
        }
      }
      try {
        const known = file.delimiter === undefined ? {} : { preferred: file.delimiter }
        const summary = await summarize(openCsv(kept(), known))
        await writer.close()
        const { sizeBytes } = writer
        const dataset = { id, accountId, fileName: file.name, sizeBytes, ...summary, createdAt: now() }
        const stored = room.committing({ bytes: sizeBytes, files: 1 })
        await db.batch([db.insert(datasets).values(dataset), ...stored])
        return dataset
      } catch (thrown) {
        // R2 ends an unfinished upload by itself, and so does a reservation.
        await Promise.allSettled([writer.abort(), room.release()])
        throw thrown
      }
    },

    find,

    count: (accountId: string): Promise<number> => db.$count(datasets, eq(datasets.accountId, accountId)),

    /** The newest first, with how many columns each has instead of what is known of them. */
    list: (
      accountId: string,
      { limit, offset }: { limit: number; offset: number },
    ): Promise<ListedDataset[]> =>
      db
        .select({ ...listed, columnCount: sql<number>`json_array_length(${datasets.columns})` })
        .from(datasets)
        .where(eq(datasets.accountId, accountId))
        .orderBy(desc(datasets.createdAt), desc(datasets.id))
        .limit(limit)
        .offset(offset),

    /** With its bytes and its table. False where there is no such dataset. */
    async delete(accountId: string, id: string): Promise<boolean> {
      const size = sql`(select coalesce(sum(${datasets.sizeBytes}), 0) from ${datasets} where ${ownedBy(accountId, id)})`
      const files = sql`(select count(*) from ${datasets} where ${ownedBy(accountId, id)})`
      const entry = { actorId: accountId, action: 'dataset.delete', target: id }
      const [, , deleted] = await db.batch([
        createAudit(db, now).rowWhere(entry, datasets, ownedBy(accountId, id)),
        quota.freeing(accountId, { bytes: size, files }),
        db.delete(datasets).where(ownedBy(accountId, id)).returning({ id: datasets.id }),
      ])
      if (deleted.length === 0) return false
      await Promise.all([bucket.delete(datasetKey(id)), datasetTable(id).clear()])
      return true
    },

    /** Deletes files that have no dataset. */
    sweep: (): Promise<number> => sweepOrphans({ bucket, prefix: datasetKey(''), withRows, now: now() }),

    /** Runs a checked query on a dataset that `requireQueryable` lets through. */
    async query({ id, columns, encoding, delimiter }: Dataset, query: DatasetQuery): Promise<QueryAnswer> {
      const source = { key: datasetKey(id), columns, encoding, delimiter }
      return await datasetTable(id).query(source, query)
    },
  }
}

import { and, count, desc, eq, getTableColumns, inArray, isNotNull, isNull, lte, or, sql } from 'drizzle-orm'
import type { BatchItem } from 'drizzle-orm/batch'
import { AppError } from '../../../shared/errors.ts'
import { causeOf } from '../../../shared/failure-cause.ts'
import type { Logger } from '../../../shared/log.ts'
import { type Db, newId } from '../../db/client.ts'
import { type DatasetStatus, type ExportFormat, searchDatasets } from '../../db/tables/search-datasets.ts'
import type { Account } from '../accounts/account-row.ts'
import { createAudit } from '../audit.ts'
import type { LibraryStub } from '../library/library.ts'
import { isOfActive } from './making/dataset-lease.ts'
import { parseQuery } from './query/parse-query.ts'

/** Datasets of an account that are being made at the same time. */
export const MAX_UNFINISHED_DATASETS = 5

/** Datasets of an account in all. */
export const MAX_DATASETS = 1_000

/** Datasets that the clock rings for at once. */
const RINGS_AT_ONCE = 100

type Row = typeof searchDatasets.$inferSelect

const {
  waitsFor: _waits,
  documents: _documents,
  openDocument: _open,
  ...shownColumns
} = getTableColumns(searchDatasets)

/** A dataset as it is shown: without the documents that it is made of. */
export type SearchDataset = Omit<Row, 'waitsFor' | 'documents' | 'openDocument'>

export interface NewSearchDataset {
  account: Pick<Account, 'id' | 'email' | 'username'>
  name: string
  description: string | null
  query: string
  formats: readonly ExportFormat[]
}

export interface DatasetFilter {
  status?: DatasetStatus | undefined
  limit: number
  offset: number
}

export interface SearchDatasetsOptions {
  db: Db
  library: (accountId: string) => Pick<LibraryStub, 'unsettled'>
  /** The rows of datasets, which are deleted with a change in one transaction. */
  pieces: {
    clear(dataset: { id: string; accountId: string }, change: readonly BatchItem<'sqlite'>[]): Promise<void>
  }
  /** Rings for whoever makes a dataset: soon, somewhere, at the earliest after so long. */
  ring: (datasetId: string, delaySeconds?: number) => Promise<void>
  later: (work: Promise<unknown>) => void
  log: Logger
  now?: () => number
}

export type SearchDatasets = ReturnType<typeof createSearchDatasets>

const missing = (id: string) => new AppError('not_found', `There is no dataset '${id}'.`)

/** The datasets that are made of what queries find among documents. Who may see them, callers have checked. */
export function createSearchDatasets({
  db,
  library,
  pieces,
  ring,
  later,
  log,
  now = Date.now,
}: SearchDatasetsOptions) {
  const ringLater = (id: string) =>
    later(ring(id).catch((thrown) => log.error('dataset.not_rung', { cause: causeOf(thrown) })))

  async function get(id: string): Promise<SearchDataset> {
    const [row] = await db.select(shownColumns).from(searchDatasets).where(eq(searchDatasets.id, id))
    if (!row) throw missing(id)
    return row
  }

  return {
    get,

    /**
     * Begins a dataset of the account's own documents: of all that were uploaded before, those that are still being read too.
     * Throws `QueryMistake`, and `limit_exceeded`.
     */
    async create({ account, name, description, query, formats }: NewSearchDataset): Promise<SearchDataset> {
      parseQuery(query)
      const waitsFor = await library(account.id).unsettled()
      const time = now()
      const id = newId()
      const theirs = eq(searchDatasets.accountId, account.id)
      const isUnfinished = inArray(searchDatasets.status, ['pending', 'processing'])
      const [unfinished, all] = [
        db.$count(searchDatasets, and(theirs, isUnfinished)),
        db.$count(searchDatasets, theirs),
      ]
      const isTooMany = sql`((${unfinished}) > ${MAX_UNFINISHED_DATASETS} or (${all}) > ${MAX_DATASETS})`
      // In one transaction: of many at once, no more are left than may be.
      const [, removed] = await db.batch([
        db.insert(searchDatasets).values({
          id,
          accountId: account.id,
          createdBy: account.email ?? account.username ?? account.id,
          ...{ name, description, query, waitsFor },
          status: 'pending',
          exporting: [...formats],
          exports: [],
          nextAt: time,
          createdAt: time,
        }),
        db
          .delete(searchDatasets)
          .where(and(eq(searchDatasets.id, id), isTooMany))
          .returning({ id: searchDatasets.id }),
      ])
      if (removed.length > 0)
        throw new AppError(
          'limit_exceeded',
          `You may have ${MAX_DATASETS} datasets, of which ${MAX_UNFINISHED_DATASETS} are made at a time.`,
        )
      ringLater(id)
      return await get(id)
    },

    /** The newest first, everybody's. */
    async list({
      status,
      limit,
      offset,
    }: DatasetFilter): Promise<{ datasets: SearchDataset[]; total: number }> {
      const where = status && eq(searchDatasets.status, status)
      const [datasets, [counted]] = await Promise.all([
        db
          .select(shownColumns)
          .from(searchDatasets)
          .where(where)
          .orderBy(desc(searchDatasets.createdAt), desc(searchDatasets.id))
          .limit(limit)
          .offset(offset),
        db.select({ total: count() }).from(searchDatasets).where(where),
      ])
      return { datasets, total: counted?.total ?? 0 }
    },

    /**
     * Has a dataset written in more formats, or again in those that it has. Throws `not_found`, and `conflict` for one that is
     * not completed.
     */
    async export(id: string, formats: readonly ExportFormat[]): Promise<SearchDataset> {
      const wanted = sql`(select json_group_array(distinct value) from (
        select value from json_each(${searchDatasets.exporting}) union select value from json_each(${JSON.stringify(formats)})))`
      const [row] = await db
        .update(searchDatasets)
        .set({ exporting: wanted, error: null, attempts: 0, nextAt: now() })
        .where(and(eq(searchDatasets.id, id), eq(searchDatasets.status, 'completed')))
        .returning(shownColumns)
      if (row) {
        ringLater(id)
        return row
      }
      const { status } = await get(id)
      throw new AppError('conflict', `A dataset that is ${status} cannot be exported.`, { param: 'status' })
    },

    /**
     * Deletes a dataset with its rows, also one that is being made. What was exported stays in the workspace. Throws `not_found`,
     * and `forbidden` for whoever has not created it and may not delete others'.
     */
    async remove(id: string, by: { accountId: string; isAdmin: boolean }): Promise<void> {
      const { accountId } = await get(id)
      if (accountId !== by.accountId && !by.isAdmin)
        throw new AppError('forbidden', 'A dataset is deleted by whoever created it, or by an administrator.')
      const one = eq(searchDatasets.id, id)
      const entry = { actorId: by.accountId, action: 'search_dataset.delete', target: id }
      await pieces.clear({ id, accountId }, [
        createAudit(db, now).rowWhere(entry, searchDatasets, one),
        db.delete(searchDatasets).where(one),
      ])
    },

    /** Rings for datasets that have something to do, and that nobody works on: whoever did has ended too early. */
    async tick(): Promise<void> {
      const time = now()
      const due = await db
        .select({ id: searchDatasets.id })
        .from(searchDatasets)
        .where(
          and(
            isNotNull(searchDatasets.nextAt),
            lte(searchDatasets.nextAt, time),
            or(isNull(searchDatasets.leaseUntil), lte(searchDatasets.leaseUntil, time)),
            isOfActive(db),
          ),
        )
        .limit(RINGS_AT_ONCE)
      for (const { id } of due) ringLater(id)
    },
  }
}

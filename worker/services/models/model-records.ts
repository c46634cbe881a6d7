import { and, desc, eq } from 'drizzle-orm'
import { AppError } from '../../../shared/errors.ts'
import { type Db, newId } from '../../db/client.ts'
import { modelRecords } from '../../db/tables/accounts.ts'
import { datasets } from '../../db/tables/datasets.ts'

/** An account's own note of a model. */
export type ModelRecord = typeof modelRecords.$inferSelect

export type NewModelRecord = Omit<ModelRecord, 'id' | 'createdAt'>

export type ModelRecords = ReturnType<typeof createModelRecords>

/** The models that accounts keep records of; which of them the pool can run is another question. */
export function createModelRecords(db: Db, now: () => number = Date.now) {
  return {
    /** Throws `not_found` with param `datasetId` when the account has no such dataset. */
    async create(given: NewModelRecord): Promise<ModelRecord> {
      const { accountId, datasetId } = given
      const isKnown =
        datasetId === null ||
        (await db.$count(datasets, and(eq(datasets.id, datasetId), eq(datasets.accountId, accountId)))) > 0
      if (!isKnown) {
        throw new AppError('not_found', `There is no dataset '${datasetId}'.`, { param: 'datasetId' })
      }
      const record = { ...given, id: newId(), createdAt: now() }
      await db.insert(modelRecords).values(record)
      return record
    },

    /** An account's records, the newest first. */
    list: (accountId: string, { limit, offset }: { limit: number; offset: number }): Promise<ModelRecord[]> =>
      db
        .select()
        .from(modelRecords)
        .where(eq(modelRecords.accountId, accountId))
        .orderBy(desc(modelRecords.createdAt), desc(modelRecords.id))
        .limit(limit)
        .offset(offset),

    /** One record. Another account's does not exist: `not_found`. */
    async get(accountId: string, id: string): Promise<ModelRecord> {
      const [record] = await db
        .select()
        .from(modelRecords)
        .where(and(eq(modelRecords.id, id), eq(modelRecords.accountId, accountId)))
      if (!record) throw new AppError('not_found', `There is no model '${id}'.`)
      return record
    },
  }
}

import { and, desc, eq, sql } from 'drizzle-orm'
import { AppError } from '../../../shared/errors.ts'
import { type Db, newId } from '../../db/client.ts'
import { modelRecords } from '../../db/tables/accounts.ts'
import { datasets } from '../../db/tables/datasets.ts'
import { limitOf, MAX_MODEL_RECORDS, readLimit } from '../accounts/plan-rows.ts'

/** An account's own note of a model. */
export type ModelRecord = typeof modelRecords.$inferSelect

export type NewModelRecord = Omit<ModelRecord, 'id' | 'createdAt'>

export type ModelRecords = ReturnType<typeof createModelRecords>

/** The models that accounts keep records of; which of them the pool can run is another question. */
export function createModelRecords(db: Db, now: () => number = Date.now) {
  return {
    /** Throws `not_found` with param `datasetId` when the account has no such dataset, `conflict` for more than its plan keeps. */
    async create(given: NewModelRecord): Promise<ModelRecord> {
      const { accountId, datasetId } = given
      const isKnown =
        datasetId === null ||
        (await db.$count(datasets, and(eq(datasets.id, datasetId), eq(datasets.accountId, accountId)))) > 0
      if (!isKnown) {
        throw new AppError('not_found', `There is no dataset '${datasetId}'.`, { param: 'datasetId' })
      }
      const record = { ...given, id: newId(), createdAt: now() }
      const own = db.$count(modelRecords, eq(modelRecords.accountId, accountId))
      // In one transaction: of many at once, no more are left than may be.
      const [, removed] = await db.batch([
        db.insert(modelRecords).values(record),
        db
          .delete(modelRecords)
          .where(
            and(eq(modelRecords.id, record.id), sql`(${own}) > ${limitOf(accountId, MAX_MODEL_RECORDS)}`),
          )
          .returning({ id: modelRecords.id }),
      ])
      if (removed.length === 0) return record
      const limit = await readLimit(db, accountId, MAX_MODEL_RECORDS)
      throw new AppError('conflict', `Your plan keeps at most ${limit} records of models.`)
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

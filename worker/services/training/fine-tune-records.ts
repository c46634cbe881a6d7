import { and, eq, sql } from 'drizzle-orm'
import { AppError } from '../../../shared/errors.ts'
import { type Db, newId } from '../../db/client.ts'
import { modelRecords } from '../../db/tables/accounts.ts'
import { datasets } from '../../db/tables/datasets.ts'
import { fineTuneRecords } from '../../db/tables/fine-tunes.ts'
import { trainingJobs } from '../../db/tables/training.ts'
import { limitOf, MAX_FINE_TUNE_RECORDS, readLimit } from '../accounts/plan-rows.ts'
import { MAX_READ_BYTES } from '../conversations/read-messages.ts'
import { jobBytes } from './job-list.ts'
import { jobOf, type TrainingJob, type TrainingSurface } from './training-job.ts'

/** A training run that happens elsewhere, as its owner tells of it. */
export type FineTuneRecord = typeof fineTuneRecords.$inferSelect

export type NewFineTuneRecord = Omit<FineTuneRecord, 'id' | 'createdAt' | 'completedAt'>

/** The fields that its owner moves; an absent one stays. */
export type FineTuneChange = Pick<FineTuneRecord, 'status'> & {
  [Name in 'progress' | 'currentStep' | 'logs']?: NonNullable<FineTuneRecord[Name]> | undefined
}

/** A run of an account: on the pool, or elsewhere. */
export type FineTune = { job: TrainingJob } | { record: FineTuneRecord }

/** The status with which a run has its time of completion. */
export const COMPLETED = 'completed'

export type FineTuneRecords = ReturnType<typeof createFineTuneRecords>

const missing = (id: string) => new AppError('not_found', `There is no fine-tune job '${id}'.`)

/** Training runs that accounts keep records of; those of the pool are jobs. */
export function createFineTuneRecords(db: Db, now: () => number = Date.now) {
  const isOwn = (accountId: string, id: string) =>
    and(eq(fineTuneRecords.id, id), eq(fineTuneRecords.accountId, accountId))

  async function find(accountId: string, id: string): Promise<FineTuneRecord | undefined> {
    const [record] = await db.select().from(fineTuneRecords).where(isOwn(accountId, id))
    return record
  }

  async function checkNamed({ accountId, datasetId, modelId }: NewFineTuneRecord): Promise<void> {
    const [ownDatasets, ownModels] = await Promise.all([
      db.$count(datasets, and(eq(datasets.id, datasetId), eq(datasets.accountId, accountId))),
      modelId === null
        ? 1
        : db.$count(modelRecords, and(eq(modelRecords.id, modelId), eq(modelRecords.accountId, accountId))),
    ])
    if (ownDatasets === 0)
      throw new AppError('not_found', `There is no dataset '${datasetId}'.`, { param: 'datasetId' })
    if (ownModels === 0)
      throw new AppError('not_found', `There is no model '${modelId}'.`, { param: 'modelId' })
  }

  return {
    /** Undefined where the account has none. */
    find,

    /**
     * Throws `not_found` with param `datasetId` or `modelId` when the account has no such thing, and `conflict` for more than its
     * plan keeps.
     */
    async create(given: NewFineTuneRecord): Promise<FineTuneRecord> {
      await checkNamed(given)
      const createdAt = now()
      const completedAt = given.status === COMPLETED ? createdAt : null
      const record = { ...given, id: newId(), createdAt, completedAt }
      const own = db.$count(fineTuneRecords, eq(fineTuneRecords.accountId, given.accountId))
      // In one transaction: of many at once, no more are left than may be.
      const [, removed] = await db.batch([
        db.insert(fineTuneRecords).values(record),
        db
          .delete(fineTuneRecords)
          .where(
            and(
              eq(fineTuneRecords.id, record.id),
              sql`(${own}) > ${limitOf(given.accountId, MAX_FINE_TUNE_RECORDS)}`,
            ),
          )
          .returning({ id: fineTuneRecords.id }),
      ])
      if (removed.length === 0) return record
      const limit = await readLimit(db, given.accountId, MAX_FINE_TUNE_RECORDS)
      throw new AppError('conflict', `Your plan keeps at most ${limit} records of training elsewhere.`)
    },

    /** Moves one on. It is completed when it is told so, and no longer when it is told otherwise. Throws `not_found`. */
    async change(accountId: string, id: string, change: FineTuneChange): Promise<FineTuneRecord> {
      const completedAt = change.status === COMPLETED ? now() : null
      const [record] = await db
        .update(fineTuneRecords)
        .set({ ...change, completedAt })
        .where(isOwn(accountId, id))
        .returning()
      if (!record) throw missing(id)
      return record
    },

    /**
     * An account's runs, the newest first: the jobs that a surface made, and the records among them. As many as `MAX_READ_BYTES`
     * hold, but one at least: their logs alone may have 300 KB each.
     */
    async list(
      accountId: string,
      surface: TrainingSurface,
      { limit, offset }: { limit: number; offset: number },
    ): Promise<{ runs: FineTune[]; hasMore: boolean }> {
      // Weighed in the database, which knows the length of a text without reading it.
      const asked = await db.all<{ id: string; fits: number }>(sql`
        with
          run as (
            select id, created_at, ${jobBytes} as bytes
            from ${trainingJobs} where account_id = ${accountId} and surface = ${surface}
            union all
            select id, created_at, coalesce(octet_length(logs), 0)
            from ${fineTuneRecords} where account_id = ${accountId}
            order by created_at desc, id desc limit ${limit + 1} offset ${offset}),
          weighed as (
            select id, sum(bytes) over found as sum, row_number() over found as place
            from run window found as (order by created_at desc, id desc rows unbounded preceding))
        select id, place <= ${limit} and (sum <= ${MAX_READ_BYTES} or place = 1) as fits
        from weighed order by place`)
      const page = asked.filter(({ fits }) => fits === 1)
      // As one value: a page has more ids than a statement may have parameters.
      const ids = sql`(select value from json_each(${JSON.stringify(page.map(({ id }) => id))}))`
      const [jobs, records] = await Promise.all([
        db.select().from(trainingJobs).where(sql`${trainingJobs.id} in ${ids}`),
        db.select().from(fineTuneRecords).where(sql`${fineTuneRecords.id} in ${ids}`),
      ])
      const found = new Map<string, FineTune>([
        ...jobs.map((row) => [row.id, { job: jobOf(row) }] as const),
        ...records.map((record) => [record.id, { record }] as const),
      ])
      return { runs: page.flatMap(({ id }) => found.get(id) ?? []), hasMore: page.length < asked.length }
    },
  }
}

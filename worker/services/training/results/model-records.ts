import { and, eq, inArray, isNull } from 'drizzle-orm'
import type { Db } from '../../../db/client.ts'
import { modelRecords } from '../../../db/tables/accounts.ts'
import { tunedModels } from '../../../db/tables/tuned-models.ts'
import type { JobRow } from '../training-job.ts'

/** The version of a model that was trained once. */
const FIRST_VERSION = '1.0'

/** Decimals with which a record shows a loss. */
const LOSS_DECIMALS = 4

/**
 * The record of a model, where the job's contract keeps such records: with the model's own id, so that the same result again is the
 * same record.
 */
export const createModelRecorder = (db: Db, now: () => number) => ({
  async record(
    { accountId, surface, plan, progress }: JobRow,
    model: { id: string; name: string },
  ): Promise<void> {
    if (surface !== 'dualquery') return
    const loss = progress?.validationLoss ?? progress?.loss
    const dataset = plan.sources.find(({ kind }) => kind === 'dataset')
    await db
      .insert(modelRecords)
      .values({
        id: model.id,
        accountId,
        name: model.name,
        baseModel: model.name,
        version: FIRST_VERSION,
        accuracy: null,
        f1Score: null,
        loss: loss == null ? null : loss.toFixed(LOSS_DECIMALS),
        status: 'ready',
        datasetId: dataset?.name ?? null,
        createdAt: now(),
      })
      .onConflictDoNothing()
  },

  /** Forgets the record of a job's result, as long as there is its model. */
  async forget({ id, surface }: JobRow): Promise<void> {
    if (surface !== 'dualquery') return
    const results = db
      .select({ id: tunedModels.id })
      .from(tunedModels)
      .where(and(eq(tunedModels.jobId, id), isNull(tunedModels.step)))
    await db.delete(modelRecords).where(inArray(modelRecords.id, results))
  },
})

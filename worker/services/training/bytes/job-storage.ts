import { and, eq, isNotNull, sql } from 'drizzle-orm'
import { toAppError } from '../../../../shared/errors.ts'
import type { Db } from '../../../db/client.ts'
import { type KeptFile, trainingJobs } from '../../../db/tables/training.ts'
import { tunedModels } from '../../../db/tables/tuned-models.ts'
import type { Quota } from '../../files/quota.ts'
import type { JobRow } from '../training-job.ts'
import { MAX_CHECKPOINT_MODELS } from '../training-limits.ts'

const bytesOf = (kept: KeptFile | undefined | null): number => kept?.file.bytes ?? 0

export type JobStorage = ReturnType<typeof createJobStorage>

/** The bytes of jobs, as they count in what their accounts store. */
export function createJobStorage({
  db,
  quota,
}: {
  db: Db
  quota: Pick<Quota, 'reserve' | 'resume' | 'freeing' | 'usage'>
}) {
  return {
    /** Makes sure that the account has room for so many bytes while the job's rows are read. Throws `storage_full`. */
    async cover({ id, accountId }: Pick<JobRow, 'id' | 'accountId'>, bytes: number): Promise<void> {
      try {
        await quota.resume(accountId, id).cover(bytes)
      } catch (thrown) {
        if (toAppError(thrown).code !== 'conflict') throw thrown
        await quota.reserve(accountId, { bytes, files: 0 }, { id })
      }
    },

    /** Why a checkpoint is not kept as a model; undefined where it is, or has been for long. */
    async refusalOf(
      { id, accountId }: Pick<JobRow, 'id' | 'accountId'>,
      { step, bytes }: { step: number; bytes: number },
    ): Promise<string | undefined> {
      const ofJob = and(eq(tunedModels.jobId, id), isNotNull(tunedModels.step))
      // A report that comes once more.
      if ((await db.$count(tunedModels, and(ofJob, eq(tunedModels.step, step)))) > 0) return undefined
      const [models, { bytes: stored, limits }] = await Promise.all([
        db.$count(tunedModels, ofJob),
        quota.usage(accountId),
      ])
      if (models >= MAX_CHECKPOINT_MODELS)
        return `A job has at most ${MAX_CHECKPOINT_MODELS} checkpoints that are models.`
      if (limits.bytes !== null && stored + bytes > limits.bytes)
        return 'There is no room for its model: the storage of the account is full.'
      return undefined
    },

    /**
     * Counts what a job stores now: its rows, its checkpoint, its models. A job that runs is not stopped where its
     * last state and its result are more than its account may store; nothing else is stored then.
     */
    async recount(row: Pick<JobRow, 'id' | 'accountId' | 'inputs' | 'checkpoint'>): Promise<void> {
      const { id, accountId, inputs, checkpoint } = row
      const files = [
        inputs?.train,
        inputs?.validation,
        inputs?.replay,
        inputs?.adapter,
        checkpoint?.state,
        checkpoint?.best?.kept,
      ]
      const own = files.reduce((sum, file) => sum + bytesOf(file), 0)
      // Counted by the statements themselves: of two at a time, each begins with what the other has left.
      const ofModels = sql`(select coalesce(sum(json_extract(${tunedModels.file}, '$.bytes')), 0) from ${tunedModels} where ${eq(tunedModels.jobId, id)})`
      const total = sql`${own} + ${ofModels}`
      const known = sql`(select ${trainingJobs.storedBytes} from ${trainingJobs} where ${eq(trainingJobs.id, id)})`
      await db.batch([
        ...quota.resume(accountId, id).committing({ bytes: 0, files: 0 }),
        quota.freeing(accountId, { bytes: sql`coalesce(${known} - (${total}), 0)`, files: 0 }),
        db.update(trainingJobs).set({ storedBytes: total }).where(eq(trainingJobs.id, id)),
      ])
    },
  }
}

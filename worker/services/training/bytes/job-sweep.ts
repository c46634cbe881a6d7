import { and, eq, gt, inArray, sql } from 'drizzle-orm'
import type { Db } from '../../../db/client.ts'
import { trainingJobs } from '../../../db/tables/training.ts'
import { tunedModels } from '../../../db/tables/tuned-models.ts'
import type { JobFiles } from './job-files.ts'
import { TRAINING_PREFIX } from './job-keys.ts'
import type { JobStorage } from './job-storage.ts'

/** Jobs that one sweep looks at, of each kind. */
const MAX_SWEPT = 200

/** Folders of jobs that R2 lists at once. */
const LISTED_FOLDERS = 1_000

export interface JobSweepOptions {
  db: Db
  bucket: R2Bucket
  files: Pick<JobFiles, 'clear'>
  storage: Pick<JobStorage, 'recount'>
}

/**
 * Deletes the objects of jobs that are no more, and the rows of those whose models have all been deleted; counts anew what is left.
 * Answers with how many objects went.
 */
export function createJobSweep({ db, bucket, files, storage }: JobSweepOptions) {
  async function withoutJobs(): Promise<string[]> {
    const gone: string[] = []
    let cursor: string | undefined
    do {
      const page = await bucket.list({
        prefix: TRAINING_PREFIX,
        delimiter: '/',
        limit: LISTED_FOLDERS,
        ...(cursor !== undefined && { cursor }),
      })
      const ids = page.delimitedPrefixes.map((prefix) => prefix.slice(TRAINING_PREFIX.length, -1))
      const known = await db
        .select({ id: trainingJobs.id })
        .from(trainingJobs)
        .where(sql`${trainingJobs.id} in (select value from json_each(${JSON.stringify(ids)}))`)
      const there = new Set(known.map(({ id }) => id))
      gone.push(...ids.filter((id) => !there.has(id)))
      cursor = page.truncated ? page.cursor : undefined
    } while (cursor !== undefined && gone.length < MAX_SWEPT)
    return gone.slice(0, MAX_SWEPT)
  }

  const hasNoModels = sql`not exists (select 1 from ${tunedModels} where ${tunedModels.jobId} = ${trainingJobs.id})`

  return async (): Promise<number> => {
    let deleted = 0
    for (const id of await withoutJobs()) deleted += await files.clear(id, [])
    const over = await db
      .select({ id: trainingJobs.id, accountId: trainingJobs.accountId })
      .from(trainingJobs)
      .where(
        and(
          inArray(trainingJobs.state, ['completed', 'failed', 'cancelled']),
          eq(trainingJobs.isCleared, true),
          gt(trainingJobs.storedBytes, 0),
          hasNoModels,
        ),
      )
      .limit(MAX_SWEPT)
    for (const row of over) {
      deleted += await files.clear(row.id, [])
      const left = { inputs: null, checkpoint: null }
      await db.update(trainingJobs).set(left).where(eq(trainingJobs.id, row.id))
      await storage.recount({ ...row, ...left })
    }
    return deleted
  }
}

import { sql } from 'drizzle-orm'
import type { Db } from '../../db/client.ts'
import { JOB_STATES, trainingJobs } from '../../db/tables/training.ts'

/** Of an attempt that is under way they stand in its progress alone; of one that begins behind a lost one there are more already. */
const tokensOf = sql<number>`max(${trainingJobs.trainedTokens}, coalesce(json_extract(${trainingJobs.progress}, '$.trainedTokens'), 0))`

/** A job's figures in Prometheus' text format: jobs by state, tokens trained, bytes of checkpoints, preemptions. */
export async function trainingMetrics(db: Db): Promise<string> {
  const rows = await db
    .select({
      state: trainingJobs.state,
      jobs: sql<number>`count(*)`,
      tokens: sql<number>`coalesce(sum(${tokensOf}), 0)`,
      preemptions: sql<number>`coalesce(sum(${trainingJobs.preemptions}), 0)`,
      checkpointBytes: sql<number>`coalesce(sum(json_extract(${trainingJobs.checkpoint}, '$.state.file.bytes')), 0)`,
    })
    .from(trainingJobs)
    .groupBy(trainingJobs.state)
  const sum = (name: 'tokens' | 'preemptions' | 'checkpointBytes') =>
    rows.reduce((total, row) => total + row[name], 0)
  const jobs = JOB_STATES.map((state) => {
    const count = rows.find((row) => row.state === state)?.jobs ?? 0
    return `switchyard_training_jobs{state="${state}"} ${count}`
  })
  return [
    '# HELP switchyard_training_jobs Training jobs by their state.',
    '# TYPE switchyard_training_jobs gauge',
    ...jobs,
    '# HELP switchyard_training_tokens_total Tokens trained.',
    '# TYPE switchyard_training_tokens_total counter',
    `switchyard_training_tokens_total ${sum('tokens')}`,
    '# HELP switchyard_training_checkpoint_bytes Bytes of the checkpoints from which jobs can go on.',
    '# TYPE switchyard_training_checkpoint_bytes gauge',
    `switchyard_training_checkpoint_bytes ${sum('checkpointBytes')}`,
    '# HELP switchyard_training_preemptions_total Jobs that left their node because it drained or needed the memory for calls.',
    '# TYPE switchyard_training_preemptions_total counter',
    `switchyard_training_preemptions_total ${sum('preemptions')}`,
    '',
  ].join('\n')
}

import { causeOf } from '../../../shared/failure-cause.ts'
import { keysOf } from '../../services/training/bytes/job-keys.ts'
import type { JobRow } from '../../services/training/training-job.ts'
import type { TrainingRunServices } from './run-services.ts'

/**
 * Clears away what a job that is over leaves behind. Its models stay, and the rows of one that has completed, of which a later
 * job may mix some in. What fails is done by the sweep.
 */
export async function finishJob(
  {
    files,
    store,
    withdraw,
    recount,
    log,
  }: Pick<TrainingRunServices, 'files' | 'store' | 'withdraw' | 'recount' | 'log'>,
  row: JobRow,
): Promise<void> {
  try {
    if (row.state !== 'completed') await withdraw(row)
    const rows = row.state === 'completed' ? row.inputs?.train : undefined
    await files.clear(row.id, rows ? keysOf(rows) : [])
    await store.note(row.id, { isCleared: true, checkpoint: null, ...(rows ? {} : { inputs: null }) })
    await recount({ ...row, isCleared: true, checkpoint: null, inputs: rows ? { train: rows } : null })
  } catch (thrown) {
    log.error('training.not_cleared', { jobId: row.id, cause: causeOf(thrown) })
  }
}

import { toAppError } from '../../../shared/errors.ts'
import type { RowRole } from '../../db/tables/training.ts'
import type { PreparationState, Prepared } from '../../services/training/preparation.ts'
import type { JobRow } from '../../services/training/training-job.ts'
import type { TrainingRunServices } from './run-services.ts'

/** Failures for which the account or its rows are the reason: another try would end the same. */
const THEIR_OWN = ['not_found', 'invalid_request', 'too_large', 'storage_full']

/** The field by which a job was given its rows. */
const paramOf = (role: RowRole | undefined): string =>
  role === 'validation' ? 'validation_file' : 'training_file'

/**
 * Checks the next slice of a job's rows, and changes the state. The job's row when all is done, null for a job that is pending no
 * more, undefined while there is more. Throws what may go better the next time.
 */
export async function prepareSlice(
  { store, preparation, recount }: Pick<TrainingRunServices, 'store' | 'preparation' | 'recount'>,
  jobId: string,
  state: PreparationState,
): Promise<JobRow | null | undefined> {
  const row = await store.find(jobId)
  if (row?.state !== 'pending') return null
  let prepared: Prepared | undefined
  try {
    prepared = await preparation.step(row, state)
  } catch (thrown) {
    const { code, message, param } = toAppError(thrown)
    if (!THEIR_OWN.includes(code)) throw thrown
    const own = paramOf(row.plan.sources[state.source]?.role)
    const error = { code, message, param: param === 'startFrom' ? 'lora_model_dir' : own }
    return (await store.transition(jobId, 'rows_bad', {}, { error })) ?? null
  }
  if (!prepared) return undefined
  if ('message' in prepared) {
    const { message, faults, role } = prepared
    const error = { code: 'invalid_training_file', message, param: paramOf(role) }
    return (await store.transition(jobId, 'rows_bad', {}, { error, faults })) ?? null
  }
  const { inputs, rowCounts } = prepared
  const queued = await store.transition(jobId, 'rows_good', {}, { inputs, rowCounts })
  if (queued) await recount(queued)
  return queued ?? null
}

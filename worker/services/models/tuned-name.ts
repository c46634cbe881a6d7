import { AppError } from '../../../shared/errors.ts'
import { AdapterSuffix, adapterModelId, MAX_MODEL_NAME_LENGTH, tunedIdOf } from '../../../shared/node.ts'

/** Hex digits of a job's id that tell its models from those of others. Its last ones: the first are the time. */
export const SHORT_ID_LENGTH = 8

const STEP_FORM = /\.step-\d+$/
/** The longest end of the name of a checkpoint. */
const LONGEST_STEP = `.step-${'9'.repeat(9)}`

/** Throws `invalid_request` with param `suffix` for a suffix that no job can give its models. */
export function checkSuffix(suffix: string): void {
  const parsed = AdapterSuffix.safeParse(suffix)
  const reason = parsed.success
    ? STEP_FORM.test(suffix) || tunedIdOf(suffix) !== undefined
      ? 'names of this form are given by the pool'
      : undefined
    : parsed.error.issues[0]?.message
  if (reason === undefined) return
  throw new AppError('invalid_request', `Invalid 'suffix': ${reason}.`, { param: 'suffix' })
}

/**
 * Names for the models of a job, the best first: its suffix, and where that is taken its suffix with a short id of the job.
 * Without a suffix, the short id alone. Long suffixes give way, so that the name of every checkpoint can be called.
 */
export function stemsOf(base: string, suffix: string | null, jobId: string): string[] {
  const short = jobId.slice(-SHORT_ID_LENGTH)
  const room = MAX_MODEL_NAME_LENGTH - adapterModelId(base, '').length - LONGEST_STEP.length
  if (suffix === null) return [adapterModelId(base, short), adapterModelId(base, jobId)]
  const fitting = (end: string) => {
    const kept = suffix.length + end.length <= room ? suffix : suffix.slice(0, room - end.length)
    return adapterModelId(base, kept + end)
  }
  return [fitting(''), fitting(`-${short}`), fitting(`-${jobId}`)]
}

/** The name of a job's model: of its result, or of a checkpoint. */
export const nameAt = (stem: string, step: number | null): string =>
  step === null ? stem : `${stem}.step-${step}`

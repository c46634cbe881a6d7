import { z } from '@hono/zod-openapi'
import { visibleName } from '../../http/input/visible-name.ts'
import type { FineTuneRecord } from '../../services/training/fine-tune-records.ts'
import { TableColumns } from '../../services/training/rows/table-columns.ts'
import type { JobState, TrainingJob } from '../../services/training/training-job.ts'
import { MAX_BASE_MODEL_LENGTH, MAX_NAME_LENGTH, MAX_WORD_LENGTH, ObjectId, Time } from './schemas.ts'

/** Characters of the logs that an owner keeps in a record. */
export const MAX_LOGS_LENGTH = 100_000
export const MAX_PROGRESS = 100

const PREPARING = 'preparing'

/** A job's state in this contract's words. */
const STATUS_OF: { readonly [State in JobState]: string } = {
  pending: PREPARING,
  queued: PREPARING,
  paused: PREPARING,
  running: 'training',
  pausing: 'training',
  completed: 'completed',
  failed: 'failed',
  cancelling: 'cancelled',
  cancelled: 'cancelled',
}

const status = visibleName(MAX_WORD_LENGTH).openapi({ example: 'training' })
const step = z.string().max(MAX_NAME_LENGTH)
const logs = z.string().max(MAX_LOGS_LENGTH)

export const NewFineTune = z
  .strictObject({
    dataset_id: ObjectId,
    base_model: visibleName(MAX_BASE_MODEL_LENGTH).openapi({
      description:
        'One that the pool serves, or a model that was trained on it, is trained here; of any other you keep a record.',
    }),
    model_id: ObjectId.nullish().openapi({ description: 'Of a record alone.' }),
    status: status
      .default(PREPARING)
      .openapi({ description: 'Of a record alone, unless it is `preparing`.' }),
    progress: z
      .int()
      .min(0)
      .max(MAX_PROGRESS)
      .default(0)
      .openapi({ description: 'Of a record alone, unless it is 0.' }),
    current_step: step.nullish(),
    logs: logs.nullish(),
    columns: TableColumns.nullish().openapi({
      description:
        'Of a job of the pool: which column of the dataset is which field of its rows, where they have other names.',
    }),
  })
  .openapi('NewFineTuneJob')
export type NewFineTune = z.infer<typeof NewFineTune>

export const StatusUpdate = z.strictObject({
  status_update: status,
  // Said once more for the document, where a number that is read from text may be null.
  progress: z.coerce.number().int().min(0).max(MAX_PROGRESS).optional().openapi({ type: 'integer' }),
  current_step: step.optional(),
  logs: logs.optional(),
})

export const FineTuneJob = z
  .object({
    _id: ObjectId,
    user_id: ObjectId,
    model_id: ObjectId.nullable().openapi({ description: 'The record of the model that came of it.' }),
    dataset_id: ObjectId,
    base_model: z.string(),
    status: z.string(),
    progress: z.int(),
    current_step: z.string().nullable(),
    logs: z.string().nullable(),
    created_at: Time,
    completed_at: Time.nullable(),
  })
  .openapi('FineTuneJob')
type Shown = z.input<typeof FineTuneJob>

/** A job's request, as it is kept to be shown again. */
const KeptRequest = z.object({
  base_model: z.string(),
  current_step: z.string().nullable(),
  logs: z.string().nullable(),
})
export type KeptRequest = z.infer<typeof KeptRequest>

const iso = (at: number | null): string | null => (at === null ? null : new Date(at).toISOString())

function stepOf({ state, progress, blocked }: TrainingJob, given: string | null): string {
  switch (state) {
    case 'pending':
      return given ?? 'Checking the rows'
    case 'queued':
      return blocked?.message ?? 'Waiting for a node'
    case 'paused':
      return 'Paused'
    case 'running':
      return progress ? `Step ${progress.step} of ${progress.totalSteps}` : 'Loading the model'
    case 'pausing':
      return 'Pausing'
    case 'cancelling':
      return 'Stopping'
    case 'completed':
      return 'Completed'
    case 'failed':
      return 'Failed'
    case 'cancelled':
      return 'Cancelled'
  }
}

/** The job's own lines: what is known of its rows, its last figures, and how it ended. */
function logsOf({ rowCounts, faults, progress, error, resultModel }: TrainingJob, given: string | null) {
  const { train } = rowCounts ?? {}
  const lines = [
    ...(given === null ? [] : [given]),
    ...(train === undefined ? [] : [`${train} rows were checked.`]),
    ...faults.map(({ line, field, message }) => `Line ${line}${field && `, ${field}`}: ${message}`),
    ...(progress
      ? [
          `Epoch ${progress.epoch.toFixed(2)}, step ${progress.step} of ${progress.totalSteps}: loss ${progress.loss ?? 'unknown'}`,
        ]
      : []),
    ...(error ? [error.message] : []),
    ...(resultModel === null ? [] : [`The model ${resultModel} is ready.`]),
  ]
  return lines.length > 0 ? lines.join('\n') : null
}

/** A job of the pool as this contract shows it. */
export function showJob(job: TrainingJob): Shown {
  const request = KeptRequest.parse(job.request)
  const isCompleted = job.state === 'completed'
  return {
    _id: job.id,
    user_id: job.accountId,
    model_id: job.resultModelId,
    dataset_id: job.sources[0]?.name ?? '',
    base_model: request.base_model,
    status: STATUS_OF[job.state],
    progress: isCompleted ? MAX_PROGRESS : Math.floor(job.progress?.percent ?? 0),
    current_step: stepOf(job, request.current_step),
    logs: logsOf(job, request.logs),
    created_at: new Date(job.createdAt).toISOString(),
    completed_at: isCompleted ? iso(job.finishedAt) : null,
  }
}

/** A record that its owner moves, as this contract shows it. */
export const showRecord = (record: FineTuneRecord): Shown => ({
  _id: record.id,
  user_id: record.accountId,
  model_id: record.modelId,
  dataset_id: record.datasetId,
  base_model: record.baseModel,
  status: record.status,
  progress: record.progress,
  current_step: record.currentStep,
  logs: record.logs,
  created_at: new Date(record.createdAt).toISOString(),
  completed_at: iso(record.completedAt),
})

import { z } from '@hono/zod-openapi'
import type { BriefJob } from '../../services/training/job-list.ts'
import { ADAPTER_FILE } from '../../services/training/starting/uploaded-adapters.ts'
import type { JobState, TrainingJob } from '../../services/training/training-job.ts'
import { MAX_PRIORITY, MAX_TAGS, MIN_PRIORITY } from '../../services/training/training-limits.ts'
import { toJobId } from './job-ids.ts'

/** Clara, "Training Job": statuses. */
export const JOB_STATUSES = ['pending', 'queued', 'running', 'completed', 'failed', 'cancelled'] as const
export type JobStatus = (typeof JOB_STATUSES)[number]

export const TRAINER_TYPES = ['lora', 'qlora', 'continuous'] as const

/** A job's state in this contract's words. */
const STATUS_OF: { readonly [State in JobState]: JobStatus } = {
  pending: 'pending',
  queued: 'queued',
  paused: 'queued',
  running: 'running',
  pausing: 'running',
  completed: 'completed',
  failed: 'failed',
  cancelling: 'cancelled',
  cancelled: 'cancelled',
}
export const statusOfJob = (state: JobState): JobStatus => STATUS_OF[state]

/** The states that one status stands for. */
export const statesOf = (status: JobStatus): JobState[] =>
  // The keys of the table are the states.
  (Object.keys(STATUS_OF) as JobState[]).filter((state) => STATUS_OF[state] === status)

const WorkspacePath = z.string().min(1).max(1_024)

export const CreateJob = z
  .object({
    trainer_type: z.enum(TRAINER_TYPES),
    config_path: WorkspacePath.openapi({ example: '/data/configs/lora_config.yaml' }),
    dataset_path: WorkspacePath.nullish().openapi({
      description: 'JSON Lines. Without it, the `datasets` of the config.',
    }),
    output_dir: WorkspacePath.nullish().openapi({ description: 'Where the adapter is to lie.' }),
    priority: z.int().min(MIN_PRIORITY).max(MAX_PRIORITY).default(MIN_PRIORITY),
    tags: z.array(z.string().max(100)).max(MAX_TAGS).default([]),
  })
  .openapi('CreateTrainingJob')
export type CreateJob = z.infer<typeof CreateJob>

const Time = z.iso.datetime()
const Status = z.enum(JOB_STATUSES)
const Trainer = z.enum(TRAINER_TYPES)
const Figure = z.number().nullable()

export const CreatedJob = z
  .object({
    success: z.literal(true),
    job_id: z.string(),
    status: Status,
    message: z.string(),
    created_by: z.string(),
    created_at: Time,
  })
  .openapi('CreatedTrainingJob')

export const Job = z
  .object({
    success: z.literal(true),
    job_id: z.string(),
    trainer_type: Trainer,
    status: Status,
    config_path: z.string(),
    dataset_path: z.string().nullable(),
    output_dir: z.string(),
    created_at: Time,
    started_at: Time.nullable(),
    completed_at: Time.nullable(),
    current_epoch: z.int().nullable(),
    total_epochs: z.int().nullable(),
    progress_percent: z.number(),
    adapter_path: z.string().nullable().openapi({
      description: 'Of a completed job, under `output_dir`; where every weight was trained, the whole model.',
    }),
    metrics: z
      .object({
        loss: Figure,
        val_loss: Figure,
        learning_rate: Figure,
        grad_norm: Figure,
        tokens_per_second: Figure,
        eta_seconds: Figure,
      })
      .openapi({ description: 'As they were measured last; null before that.' }),
    error_message: z.string().nullable(),
    priority: z.int(),
    tags: z.array(z.string()),
    created_by: z.string(),
    model: z.string().nullable().openapi({
      description: 'The name under which the result is talked to; null of one that is only to be downloaded.',
    }),
    waits_for: z.string().nullable().openapi({ description: 'Why no node runs it yet.' }),
  })
  .openapi('TrainingJob')

const ListedJob = z
  .object({
    job_id: z.string(),
    trainer_type: Trainer,
    status: Status,
    progress_percent: z.number(),
    created_at: Time,
    created_by: z.string(),
  })
  .openapi('ListedTrainingJob')

export const JobList = z
  .object({ success: z.literal(true), total: z.int(), jobs: z.array(ListedJob) })
  .openapi('TrainingJobList')

export const Cancelled = z
  .object({ success: z.literal(true), job_id: z.string(), status: Status, message: z.string() })
  .openapi('CancelledTrainingJob')

/** The job's request, as it is kept to be shown again. */
const KeptRequest = z.object({
  trainer_type: Trainer,
  config_path: z.string(),
  dataset_path: z.string().nullable(),
  output_dir: z.string(),
  created_by: z.string(),
})
export type KeptRequest = z.infer<typeof KeptRequest>
export const requestOf = ({ request }: TrainingJob): KeptRequest => KeptRequest.parse(request)

/** The file of the result in a job's output folder: an adapter, or the whole model. */
export const MODEL_FILE = 'model.gguf'

const iso = (at: number | null): string | null => (at === null ? null : new Date(at).toISOString())

const percentOf = (state: JobState, percent: number | null): number =>
  state === 'completed' ? 100 : (percent ?? 0)

const totalEpochs = ({ settings, wishes }: TrainingJob): number | null => {
  const used = settings?.epochs
  return typeof used === 'number' ? used : (wishes.epochs ?? null)
}

/** A job as this contract shows it. */
export function showJob(job: TrainingJob): z.input<typeof Job> {
  const { progress } = job
  const { created_by, ...request } = requestOf(job)
  const epochs = totalEpochs(job)
  const isWhole = job.wishes.method === 'full'
  return {
    success: true,
    job_id: toJobId(job.id),
    status: statusOfJob(job.state),
    ...request,
    created_at: new Date(job.createdAt).toISOString(),
    started_at: iso(job.startedAt),
    completed_at: iso(job.finishedAt),
    // An epoch that is under way is the current one; the last one ends with the job.
    current_epoch: progress && Math.min(Math.floor(progress.epoch) + 1, epochs ?? Number.POSITIVE_INFINITY),
    total_epochs: epochs,
    progress_percent: percentOf(job.state, progress?.percent ?? null),
    adapter_path:
      job.state === 'completed' ? `${request.output_dir}/${isWhole ? MODEL_FILE : ADAPTER_FILE}` : null,
    metrics: {
      loss: progress?.loss ?? null,
      val_loss: progress?.validationLoss ?? null,
      learning_rate: progress?.learningRate ?? null,
      grad_norm: progress?.gradientNorm ?? null,
      tokens_per_second: progress?.tokensPerSecond ?? null,
      eta_seconds: progress?.etaSeconds ?? null,
    },
    error_message: job.error?.message ?? null,
    priority: job.priority,
    tags: job.tags,
    created_by,
    // No node serves a file of all its weights.
    model: isWhole ? null : job.resultModel,
    waits_for: job.blocked?.message ?? null,
  }
}

/** The fields of a job's request that a list shows. */
const ListedRequest = KeptRequest.pick({ trainer_type: true, created_by: true })
export const LISTED_FIELDS = ListedRequest.keyof().options

/** A job as a list shows it. */
export const showListed = ({
  id,
  state,
  createdAt,
  percent,
  request,
}: BriefJob): z.input<typeof ListedJob> => ({
  job_id: toJobId(id),
  status: statusOfJob(state),
  progress_percent: percentOf(state, percent),
  created_at: new Date(createdAt).toISOString(),
  ...ListedRequest.parse(request),
})

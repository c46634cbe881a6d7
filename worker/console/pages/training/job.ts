import type { z } from 'zod'
import type {
  Checkpoint as CheckpointSchema,
  CreateJob,
  Event,
  Job as JobSchema,
} from '../../../surfaces/openai/schemas/fine-tuning.ts'
import type { Metrics } from '../../../surfaces/openai/schemas/training/results.ts'

export type Job = z.infer<typeof JobSchema>
export type JobEvent = z.infer<typeof Event>
export type Checkpoint = z.infer<typeof CheckpointSchema>
export type Series = z.infer<typeof Metrics>['data']
export type Recipe = NonNullable<z.infer<typeof CreateJob>['config']>

export const JOBS = '/v1/fine_tuning/jobs'
export const pathOf = (id: string): string => `${JOBS}/${encodeURIComponent(id)}`

export const isOver = ({ status }: Job): boolean => ['succeeded', 'failed', 'cancelled'].includes(status)

const WORDS: Readonly<Record<Job['status'], string>> = {
  validating_files: 'rows are checked',
  queued: 'waits',
  running: 'runs',
  succeeded: 'done',
  failed: 'failed',
  cancelled: 'cancelled',
}

/** A job's state for people. */
export const stateOf = (job: Job): string => (job.paused ? 'paused' : WORDS[job.status])

/** The class that colours it. */
export const toneOf = (job: Job): string => (job.paused ? 'paused' : job.status)

/** A job's name for people: that of its model, or what it trains and when it was made. */
export const nameOf = (job: Job): string => job.fine_tuned_model ?? `${job.model} (${job.id.slice(-6)})`

/** Something that was told of a job, in the order of its ids. */
export interface LoggedEvent {
  /** Counts up from 1 within a job. */
  id: number
  /** Epoch ms. */
  at: number
  level: 'info' | 'warn' | 'error'
  /** `state`: it moved on. `metrics`: a step's figures. `sample`: a checkpoint's answer to a prompt. */
  kind: 'state' | 'message' | 'metrics' | 'validation' | 'checkpoint' | 'sample'
  message: string
  data: Readonly<Record<string, unknown>>
}

/** The series that are kept of a job. */
export const SERIES_NAMES = [
  'loss',
  'accuracy',
  'learning_rate',
  'grad_norm',
  'tokens_per_second',
  'validation_loss',
  'validation_accuracy',
] as const
export type SeriesName = (typeof SERIES_NAMES)[number]

/** A figure at a step. */
export type MetricPoint = [step: number, value: number]
export type JobMetrics = { readonly [Name in SeriesName]: readonly MetricPoint[] }

/** A part of a job's events. */
export interface EventPage {
  /** Those behind (`asc`) or before (`desc`) the one with this id. */
  after?: number | undefined
  limit: number
  /** By id; the newest first where nothing is said. */
  order?: 'asc' | 'desc'
}

/** A job's own object, as the services ask it. */
export interface TrainingRunStub {
  /** Checks the job's rows, a slice at a time. */
  prepare(jobId: string): Promise<void>
  /** Looks at the job again: it was told to pause, to stop, or is over. */
  attend(jobId: string): Promise<void>
  events(page: EventPage): Promise<{ events: LoggedEvent[]; hasMore: boolean }>
  /** The events behind an id, and then those that come, until the job is over: `LoggedEvent`s as lines of JSON. */
  watch(afterId: number): Promise<ReadableStream<Uint8Array>>
  metrics(): Promise<JobMetrics>
}

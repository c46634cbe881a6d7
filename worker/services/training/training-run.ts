import type { TrainingReport } from '../../../shared/training.ts'
import type { NodeEvent } from '../../../shared/wire.ts'

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

/** The answer to a node that speaks of a job. */
export interface RunAnswer {
  /** Reports up to this one are written down. */
  ack?: number
  /** It goes on; reports up to this one are known. */
  go?: number
  /** It ends: with a checkpoint, or at once. */
  stop?: { keeps: boolean }
}

/** Who speaks of which attempt at which job. */
export interface AttemptOf {
  nodeId: string
  jobId: string
  attempt: number
}

/** The parts of a file that a node wants addresses for. */
export type SignWish = Extract<NodeEvent, { type: 'train.sign' }>['wish']

/** Addresses for parts; none where they are refused, with the reason. */
export interface Signed {
  tokens: string[]
  message?: string
}

/** A job's own object, as the services ask it. */
export interface TrainingRunStub {
  /** Gives the job to a node that it was claimed for. False where that is away: the job waits again. */
  begin(given: AttemptOf & { offer: string }): Promise<boolean>
  /** The node that had this attempt has begun anew, and knows nothing of it. */
  forgotten(of: AttemptOf): Promise<void>
  /** Checks the job's rows, a slice at a time. */
  prepare(jobId: string): Promise<void>
  /** Looks at the job again: it was told to pause, to stop, or is over. */
  attend(jobId: string): Promise<void>
  /** Of a node that has just said hello and still runs the job. */
  greet(of: AttemptOf): Promise<RunAnswer>
  report(said: AttemptOf & { seq: number; report: TrainingReport }): Promise<RunAnswer>
  sign(asked: AttemptOf & { wish: SignWish }): Promise<Signed>
  events(page: EventPage): Promise<{ events: LoggedEvent[]; hasMore: boolean }>
  /** The events behind an id, and then those that come, until the job is over: `LoggedEvent`s as lines of JSON. */
  watch(afterId: number): Promise<ReadableStream<Uint8Array>>
  metrics(): Promise<JobMetrics>
}

import { index, integer, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import type { StoredFile, TrainingReport, TrainingWishes, Validation } from '../../../shared/training.ts'
import type { Precision } from '../../../shared/training-offer.ts'
import type { RowType } from '../../../shared/training-rows.ts'
import { accounts } from './accounts.ts'
import { createdAt, id } from './columns.ts'

/** The contracts by which jobs are made. */
export const TRAINING_SURFACES = ['openai', 'clara', 'dualquery'] as const
export type TrainingSurface = (typeof TRAINING_SURFACES)[number]

/** The states of a job. `services/training/job-states.ts` says which follows which. */
export const JOB_STATES = [
  'pending',
  'queued',
  'running',
  'pausing',
  'paused',
  'cancelling',
  'completed',
  'failed',
  'cancelled',
] as const
export type JobState = (typeof JOB_STATES)[number]

/** Where a job's rows go. */
export const ROW_ROLES = ['train', 'validation', 'replay'] as const
export type RowRole = (typeof ROW_ROLES)[number]

/** The columns of a table by the field of a row that each is: `{prompt: 'question', completion: 'answer'}`. */
export type ColumnMapping = Readonly<Record<string, string>>

/** Something that rows are read from. */
export interface TrainingSource {
  role: RowRole
  /** `job` names an earlier job by its id: the rows that it was trained on. */
  kind: 'file' | 'workspace' | 'dataset' | 'job'
  /** The id of a file, of a dataset, of a job; the path in the workspace. */
  name: string
  type: RowType | 'guess'
  /** Of a CSV table, by the fields of `type`. Absent: by the usual names. */
  columns?: ColumnMapping
}

/** A job as it was asked for. */
export interface TrainingPlan {
  baseModel: string
  /** The tuned model whose adapter it begins with. */
  continueFrom: string | null
  /** Instead of it, an adapter of the workspace: this version of the file. */
  startFrom?: { path: string; versionId: string; sizeBytes: number }
  suffix: string | null
  /** Which weights will do. */
  precisions: Precision[]
  wishes: TrainingWishes
  trainsOnInputs: boolean
  excess: 'drop' | 'truncate' | 'raise'
  validationShare: number
  replayShare: number | null
  sources: TrainingSource[]
  maxHours: number
  /** Prompts that each checkpoint answers. */
  samplePrompts: string[]
  /** The path in the workspace under which the adapter is to lie. */
  outputPath: string | null
}

/** A mistake in a job's rows. */
export interface SourceFault {
  role: RowRole
  /** The source, as the job names it. */
  source: string
  /** From 1. */
  line: number
  /** The path of the field; empty for the row itself. */
  field: string
  message: string
}

/** A file of a job, with where its parts lie in R2: `<prefix>/<part>`. */
export interface KeptFile {
  file: StoredFile
  prefix: string
}

/** The files that a job was given: its rows, and the adapter that its account has brought along. */
export type JobInputs = Partial<Record<RowRole | 'adapter', KeptFile>>

/** A checkpoint from which another node can go on. */
export interface KeptCheckpoint {
  step: number
  attempt: number
  trainedTokens: number
  state: KeptFile
  best: { validation: Validation; kept: KeptFile } | null
}

/** Why a job waits: what is missing, and by how much. */
export interface Blocked {
  requirement: Extract<TrainingReport, { kind: 'refused' }>['requirement'] | 'account'
  message: string
  neededMiB?: number | undefined
  availableMiB?: number | undefined
}

/** A node's refusal of a job: it is not asked again until its offer has changed, or a minute has gone by. */
export interface Refused extends Blocked {
  nodeId: string
  at: number
  /** A hash of what it held and offered. */
  offer: string
}

export interface JobError {
  code: string
  message: string
  param: string | null
}

/** How far a job is. */
export interface JobProgress {
  step: number
  totalSteps: number
  epoch: number
  /** Of the whole, 0 to 100; never falls. */
  percent: number
  loss: number | null
  validationLoss: number | null
  learningRate: number | null
  gradientNorm: number | null
  accuracy: number | null
  tokensPerSecond: number | null
  etaSeconds: number | null
  trainedTokens: number
}

type Started = Extract<TrainingReport, { kind: 'started' }>

/** One training run of an account, from the wish to what came of it. */
export const trainingJobs = sqliteTable(
  'training_jobs',
  {
    id: id(),
    accountId: text('account_id')
      .notNull()
      .references(() => accounts.id, { onDelete: 'cascade' }),
    surface: text('surface', { enum: TRAINING_SURFACES }).notNull(),
    state: text('state', { enum: JOB_STATES }).notNull(),
    /** 1 to 10; 10 is first. */
    priority: integer('priority').notNull(),
    plan: text('plan', { mode: 'json' }).$type<TrainingPlan>().notNull(),
    /** The words of the surface, to be shown again. */
    request: text('request', { mode: 'json' }).$type<unknown>(),
    tags: text('tags', { mode: 'json' }).$type<string[]>().notNull(),
    metadata: text('metadata', { mode: 'json' }).$type<Record<string, string>>(),
    /** Checked rows, by their role. */
    inputs: text('inputs', { mode: 'json' }).$type<JobInputs>(),
    rowCounts: text('row_counts', { mode: 'json' }).$type<Partial<Record<RowRole, number>>>(),
    faults: text('faults', { mode: 'json' }).$type<SourceFault[]>(),
    /** Counts up with each claim: what an older attempt says or sends changes nothing. */
    attempt: integer('attempt').notNull().default(0),
    /** The node that holds the lease. */
    nodeId: text('node_id'),
    leaseUntil: integer('lease_until'),
    /** Losses in a row without a new checkpoint between them. */
    losses: integer('losses').notNull().default(0),
    /** Times that it had to leave its node, because that drained or chat needed its memory. */
    preemptions: integer('preemptions').notNull().default(0),
    refusals: text('refusals', { mode: 'json' }).$type<Refused[]>(),
    blocked: text('blocked', { mode: 'json' }).$type<Blocked>(),
    settings: text('settings', { mode: 'json' }).$type<Started['settings']>(),
    sampleCounts: text('sample_counts', { mode: 'json' }).$type<Started['counts']>(),
    progress: text('progress', { mode: 'json' }).$type<JobProgress>(),
    checkpoint: text('checkpoint', { mode: 'json' }).$type<KeptCheckpoint>(),
    error: text('error', { mode: 'json' }).$type<JobError>(),
    /** The result's name for callers, and the id of its `tuned_models` row. */
    resultModel: text('result_model'),
    resultModelId: text('result_model_id'),
    /** The file with its curves, for those whose contract has one. */
    resultFileId: text('result_file_id'),
    /** Tokens that were trained in all; those of steps that were lost and done again are counted again. */
    trainedTokens: integer('trained_tokens').notNull().default(0),
    /** Bytes of the job in R2. */
    storedBytes: integer('stored_bytes').notNull().default(0),
    /** Whether R2 may hold objects of it that are still to be deleted. */
    isCleared: integer('is_cleared', { mode: 'boolean' }).notNull().default(false),
    /** Time for which it has run, before the run that is under way. */
    ranMs: integer('ran_ms').notNull().default(0),
    createdAt: createdAt(),
    queuedAt: integer('queued_at'),
    /** When it first ran. */
    startedAt: integer('started_at'),
    /** When the run that is under way began. */
    claimedAt: integer('claimed_at'),
    finishedAt: integer('finished_at'),
    updatedAt: integer('updated_at').notNull(),
  },
  (table) => [
    index('training_jobs_queue').on(table.state, table.priority, table.createdAt),
    index('training_jobs_account').on(table.accountId, table.createdAt, table.id),
    index('training_jobs_created').on(table.createdAt, table.id),
    index('training_jobs_node').on(table.nodeId, table.state),
  ],
)

/** A step at which a job was saved. Its adapter is a model, as long as that is not deleted. */
export const trainingCheckpoints = sqliteTable(
  'training_checkpoints',
  {
    id: id(),
    jobId: text('job_id')
      .notNull()
      .references(() => trainingJobs.id, { onDelete: 'cascade' }),
    step: integer('step').notNull(),
    modelName: text('model_name'),
    modelId: text('model_id'),
    /** The figures at this step, as far as they are known. */
    loss: text('loss', { mode: 'json' }).$type<{
      train: number | null
      trainAccuracy: number | null
      validation: number | null
      validationAccuracy: number | null
    }>(),
    createdAt: createdAt(),
  },
  (table) => [index('training_checkpoints_job').on(table.jobId, table.step)],
)

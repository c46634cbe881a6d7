import type { ModelHolding } from '../../../shared/node.ts'
import type {
  Blocked,
  ColumnMapping,
  JobError,
  JobProgress,
  JobState,
  SourceFault,
  TrainingPlan,
  TrainingSource,
  TrainingSurface,
  trainingCheckpoints,
  trainingJobs,
} from '../../db/tables/training.ts'
import type { Account } from '../accounts/account-row.ts'

export type {
  Blocked,
  ColumnMapping,
  JobError,
  JobProgress,
  JobState,
  SourceFault,
  TrainingSource,
  TrainingSurface,
}

/** A job as a surface asks for it. */
export interface NewTrainingJob extends Partial<OptionalPlan> {
  account: Pick<Account, 'id' | 'plan'>
  surface: TrainingSurface
  baseModel: string
  /** The base as its nodes hold it, where that was read for this job already. */
  held?: readonly ModelHolding[]
  precisions: TrainingPlan['precisions']
  wishes: TrainingPlan['wishes']
  sources: TrainingSource[]
  /** The path of an adapter in the workspace that it begins with, where it goes on from no tuned model. */
  startFrom?: string
  /** 1 to 10; 10 is first. 5 where nothing is said. */
  priority?: number
  tags?: string[]
  metadata?: Record<string, string> | null
  /** The words of the surface, to be shown again. */
  request?: unknown
}

type OptionalPlan = Omit<TrainingPlan, 'baseModel' | 'precisions' | 'wishes' | 'sources' | 'startFrom'>

/** A job as everybody who may see it sees it. */
export interface TrainingJob extends TrainingPlan {
  id: string
  accountId: string
  surface: TrainingSurface
  state: JobState
  priority: number
  tags: string[]
  metadata: Record<string, string> | null
  request: unknown
  /** Which try it is: how often a node was given it. */
  attempt: number
  preemptions: number
  /** Rows that were checked, by their role. Null before that is done. */
  rowCounts: Row['rowCounts']
  /** The first mistakes in its rows. */
  faults: SourceFault[]
  /** Why it waits. */
  blocked: Blocked | null
  /** Every value that the run uses; null before it has begun. */
  settings: Row['settings']
  /** Samples of its rows, and those that were left out; null before it has begun. */
  sampleCounts: Row['sampleCounts']
  progress: JobProgress | null
  error: JobError | null
  /** The name under which callers talk to the result, and its id among the tuned models. */
  resultModel: string | null
  resultModelId: string | null
  /** The file with its curves. */
  resultFileId: string | null
  trainedTokens: number
  storedBytes: number
  /** All epoch ms. */
  createdAt: number
  queuedAt: number | null
  startedAt: number | null
  finishedAt: number | null
  estimatedFinishAt: number | null
  updatedAt: number
}

/** A step at which a job was saved, newest first in lists. */
export type TrainingCheckpoint = typeof trainingCheckpoints.$inferSelect

/** A checkpoint that is a model. */
export type ServedCheckpoint = TrainingCheckpoint & { modelName: string }

type Row = typeof trainingJobs.$inferSelect
export type JobRow = Row

/** The job of a row. */
export function jobOf(row: Row): TrainingJob {
  const { plan, faults, progress, state, updatedAt } = row
  const etaMs = state === 'running' && progress?.etaSeconds != null ? progress.etaSeconds * 1_000 : null
  return {
    ...plan,
    id: row.id,
    accountId: row.accountId,
    surface: row.surface,
    state,
    priority: row.priority,
    tags: row.tags,
    metadata: row.metadata,
    request: row.request,
    attempt: row.attempt,
    preemptions: row.preemptions,
    rowCounts: row.rowCounts,
    faults: faults ?? [],
    blocked: state === 'queued' ? row.blocked : null,
    settings: row.settings,
    sampleCounts: row.sampleCounts,
    progress,
    error: row.error,
    resultModel: row.resultModel,
    resultModelId: row.resultModelId,
    resultFileId: row.resultFileId,
    trainedTokens: row.trainedTokens,
    storedBytes: row.storedBytes,
    createdAt: row.createdAt,
    queuedAt: row.queuedAt,
    startedAt: row.startedAt,
    finishedAt: row.finishedAt,
    estimatedFinishAt: etaMs === null ? null : updatedAt + etaMs,
    updatedAt,
  }
}

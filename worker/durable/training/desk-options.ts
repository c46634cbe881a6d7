import type { JobEvent } from '../../services/training/job-states.ts'
import type { JobChange } from '../../services/training/job-store.ts'
import type { JobRow } from '../../services/training/training-job.ts'
import type { LoggedEvent } from '../../services/training/training-run.ts'
import type { MetricSeries } from './metric-series.ts'
import type { AttemptStore } from './run-attempt.ts'
import type { TrainingRunServices } from './run-services.ts'

export interface DeskOptions {
  jobId: string
  services: () => TrainingRunServices
  attempts: AttemptStore
  series: MetricSeries
  tell: (event: Pick<LoggedEvent, 'kind' | 'message'> & Partial<Pick<LoggedEvent, 'level' | 'data'>>) => void
  /** The job is over. */
  finish: (row: JobRow) => Promise<void>
  /** A checkpoint is asked the job's prompts, until this resolves; it never rejects. */
  asking: (answered: Promise<void>) => void
}

/** The ways in which an attempt ends. */
export interface AttemptEnds {
  lose(reason?: string): Promise<void>
  end(event: JobEvent, change: JobChange, note: string): Promise<boolean>
}

import type { Logger } from '../../../shared/log.ts'
import type { NodeLinkStub } from '../../services/pool/node-link.ts'
import type { JobFiles } from '../../services/training/bytes/job-files.ts'
import type { JobStore } from '../../services/training/job-store.ts'
import type { Preparation } from '../../services/training/preparation.ts'
import type { BaseFacts } from '../../services/training/results/adapter-check.ts'
import type { SampleAnswer } from '../../services/training/results/sample-answers.ts'
import type { JobRow } from '../../services/training/training-job.ts'
import type { JobMetrics } from '../../services/training/training-run.ts'
import type { TunedModels } from '../../services/training/tuned-models.ts'

/** The services of a job's object; built by the Worker that exports the class. */
export interface TrainingRunServices {
  store: JobStore
  preparation: Preparation
  files: JobFiles
  tunedModels: TunedModels
  nodeLink: (nodeId: string) => Pick<NodeLinkStub, 'train'>
  /** The facts by which results of a model are checked; undefined where nobody is there to say. */
  factsOf: (model: string) => Promise<BaseFacts | undefined>
  /** The answer of a checkpoint to a prompt. */
  answer: (row: JobRow, model: string, prompt: string) => Promise<SampleAnswer>
  /**
   * Writes the result to where the job wants it in the workspace, if anywhere, and answers with the version of the file. Throws
   * `storage_full`.
   */
  deliver: (row: JobRow, keys: readonly string[]) => Promise<string | null>
  /** Writes down the record of a model, where the job's contract keeps such records. */
  recordModel: (row: JobRow, model: { id: string; name: string }) => Promise<void>
  /** Keeps the curves as a file, where the job's contract has one; answers with its id. */
  keepCurves: (row: JobRow, metrics: JobMetrics) => Promise<string | null>
  /** Takes back what was delivered, if it still lies there as it was written. */
  takeBack: (row: JobRow, versionId: string) => Promise<void>
  /** Takes back the model of a result, its record and its curves: the job was told to stop while it was published. */
  withdraw: (row: JobRow) => Promise<void>
  /** Tokens that were trained, on the account's bill. */
  meter: (row: JobRow, tokens: number, outcome: string) => Promise<void>
  /** Why a checkpoint is not kept as a model; undefined where it is. */
  refusalOf: (row: JobRow, checkpoint: { step: number; bytes: number }) => Promise<string | undefined>
  /** Counts anew how much the job stores. */
  recount: (row: JobRow) => Promise<void>
  /** Rings for whoever gives jobs to nodes. */
  ring: () => Promise<void>
  log: Logger
  now: () => number
}

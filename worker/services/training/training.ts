import { AppError } from '../../../shared/errors.ts'
import type { Logger } from '../../../shared/log.ts'
import type { Db } from '../../db/client.ts'
import type { Files } from '../files/files.ts'
import type { Quota } from '../files/quota.ts'
import type { SignedBytes } from '../files/signed-bytes.ts'
import type { Inference } from '../inference/inference.ts'
import type { UsageService } from '../metering/usage.ts'
import type { Directory } from '../pool/directory.ts'
import type { NodeLinkStub } from '../pool/node-link.ts'
import type { WebhookEvents } from '../webhooks/events.ts'
import type { Workspace } from '../workspace/workspace.ts'
import { createBases } from './bases.ts'
import { createJobFiles } from './bytes/job-files.ts'
import { createJobStorage } from './bytes/job-storage.ts'
import { createJobSweep } from './bytes/job-sweep.ts'
import { createEstimating } from './estimating.ts'
import { trainingMetrics } from './job-metrics.ts'
import { createJobStore } from './job-store.ts'
import { createScheduler } from './placing/scheduler.ts'
import { createPreparation } from './preparation.ts'
import { createCurveKeeper } from './results/curves.ts'
import { createModelRecorder } from './results/model-records.ts'
import { createSampleAnswers, type SampleAnswersOptions } from './results/sample-answers.ts'
import { createRowSources } from './row-sources.ts'
import { createStarting } from './starting/starting.ts'
import { createUploadedAdapters } from './starting/uploaded-adapters.ts'
import type { JobRow } from './training-job.ts'
import { createTrainingJobs } from './training-jobs.ts'
import type { TrainingRunStub } from './training-run.ts'
import type { TunedModels } from './tuned-models.ts'

export interface TrainingOptions {
  db: Db
  bucket: R2Bucket
  quota: Quota
  signedBytes: SignedBytes
  inference: Inference
  /** Whether an account's day has tokens left. */
  dayTokens: SampleAnswersOptions['dayTokens']
  workspace: Pick<Workspace, 'write' | 'remove'>
  /** The accounts' files. */
  accountFiles: Pick<Files, 'create' | 'discardResults'>
  usage: Pick<UsageService, 'recordTraining'>
  directory: Directory
  tunedModels: TunedModels
  nodeLink: (nodeId: string) => NodeLinkStub
  trainingRun: (jobId: string) => TrainingRunStub
  /** The account is told of a job's end, where this is given. */
  webhookEvents?: Pick<WebhookEvents, 'emit'>
  ring: () => Promise<void>
  later: (work: Promise<unknown>) => void
  log: Logger
  now?: () => number
}

export type Training = ReturnType<typeof createTraining>

/** Everything about jobs: for those who want them, for the clock that gives them to nodes, and for their own objects. */
export function createTraining(options: TrainingOptions) {
  const { db, bucket, quota, signedBytes, directory, tunedModels, nodeLink, trainingRun } = options
  const { ring, later, log, now = Date.now } = options
  const { snapshot } = directory
  const store = createJobStore(db, now, options.webhookEvents)
  const sources = createRowSources({ db, bucket })
  const storage = createJobStorage({ db, quota })
  const files = createJobFiles({ bucket, signedBytes, tunedModels })
  const bases = createBases({ snapshot, tunedModels })
  const uploadedAdapters = createUploadedAdapters(db)
  const { factsOf } = bases
  const [curves, records] = [createCurveKeeper(options.accountFiles), createModelRecorder(db, now)]
  const jobs = createTrainingJobs({
    db,
    store,
    trainingRun,
    bases,
    checkSource: sources.check,
    starting: createStarting({ bucket, tunedModels, uploadedAdapters }),
    uploadedAdapters,
    estimate: createEstimating({ snapshot, nodeLink }),
    ring,
    later,
    now,
  })
  return {
    ...jobs,
    /** Gives jobs to nodes. */
    tick: createScheduler({ db, store, snapshot, trainingRun, log, now }).tick,
    /** Counts what a job stores, after a model of it was deleted. */
    async recount(jobId: string): Promise<void> {
      const row = await store.find(jobId)
      if (row) await storage.recount(row)
    },
    /** Deletes what jobs have left. */
    sweep: createJobSweep({ db, bucket, files, storage }),
    /** In Prometheus' text format. */
    metricsText: () => trainingMetrics(db),
    /** The services of a job's own object. */
    run: {
      store,
      preparation: createPreparation({
        bucket,
        open: sources.open,
        rowsOf: sources.rowsOf,
        cover: storage.cover,
      }),
      files,
      tunedModels,
      nodeLink,
      factsOf,
      deliver: async ({ accountId, plan }: JobRow, keys: readonly string[]): Promise<string | null> => {
        if (plan.outputPath === null) return null
        const written = { contentType: 'application/octet-stream' }
        const { file } = await options.workspace.write(accountId, plan.outputPath, { keys }, written)
        return file.versionId
      },
      keepCurves: curves.keep,
      recordModel: records.record,
      takeBack: async ({ accountId, plan }: JobRow, versionId: string): Promise<void> => {
        if (plan.outputPath === null) return
        const asWritten = { ifMatch: [versionId] }
        await options.workspace.remove(accountId, plan.outputPath, asWritten).catch((thrown) => {
          // Its owner has removed it, or written there again.
          if (!(thrown instanceof AppError)) throw thrown
        })
      },
      withdraw: async (row: JobRow): Promise<void> => {
        await records.forget(row)
        await curves.forget(row)
        await tunedModels.removeResult(row.id)
      },
      answer: createSampleAnswers(options),
      meter: ({ accountId, plan }: JobRow, tokens: number, outcome: string) =>
        options.usage.recordTraining({ accountId, model: plan.baseModel, tokens, outcome }),
      recount: storage.recount,
      refusalOf: storage.refusalOf,
      ring,
      log,
      now,
    },
  }
}

import { describe, expect, it } from 'vitest'
import type { TrainingJob } from '../../worker/services/training/training-job.ts'
import { showJob as showClara } from '../../worker/surfaces/clara/training-schemas.ts'
import { showJob as showDualQuery } from '../../worker/surfaces/dualquery/fine-tune-schemas.ts'
import { showJob as showOpenai } from '../../worker/surfaces/openai/schemas/fine-tuning.ts'

type JobState = TrainingJob['state']

const ID = '0123456789abcdef01234567'

/** The words that each contract keeps of a request. */
const REQUEST = {
  ...{ model: 'm', training_file: 'file-1', validation_file: null },
  ...{ trainer_type: 'lora', config_path: '/c', dataset_path: null, output_dir: '/o', created_by: 'ada' },
  ...{ base_model: 'm', current_step: null, logs: null },
}

const jobIn = (state: JobState): TrainingJob => ({
  ...{ id: ID, accountId: ID, surface: 'openai', state, priority: 5, tags: [], metadata: null },
  ...{ baseModel: 'm', continueFrom: null, suffix: null, precisions: ['f16'], wishes: { method: 'lora' } },
  ...{ sources: [], trainsOnInputs: false, excess: 'drop', validationShare: 0, replayShare: null },
  ...{ maxHours: 24, samplePrompts: [], outputPath: null, request: REQUEST, attempt: 0, preemptions: 0 },
  ...{ rowCounts: null, faults: [], blocked: null, settings: null, sampleCounts: null, progress: null },
  ...{ error: null, resultModel: null, resultModelId: null, resultFileId: null },
  ...{ trainedTokens: 0, storedBytes: 0, createdAt: 0, queuedAt: null, startedAt: null, finishedAt: null },
  ...{ estimatedFinishAt: null, updatedAt: 0 },
})

describe('the state of a job in the words of each contract', () => {
  it.each<[state: JobState, clara: string, openai: string, dualquery: string, isPaused: boolean]>([
    ['pending', 'pending', 'validating_files', 'preparing', false],
    ['queued', 'queued', 'queued', 'preparing', false],
    ['paused', 'queued', 'queued', 'preparing', true],
    ['running', 'running', 'running', 'training', false],
    ['pausing', 'running', 'running', 'training', false],
    ['completed', 'completed', 'succeeded', 'completed', false],
    ['failed', 'failed', 'failed', 'failed', false],
    ['cancelling', 'cancelled', 'cancelled', 'cancelled', false],
    ['cancelled', 'cancelled', 'cancelled', 'cancelled', false],
  ])('%s', (state, clara, openai, dualquery, isPaused) => {
    const job = jobIn(state)
    expect(showClara(job)).toMatchObject({ status: clara })
    expect(showOpenai(job)).toMatchObject({ status: openai, paused: isPaused })
    expect(showDualQuery(job)).toMatchObject({ status: dualquery })
  })
})

const PROGRESS: NonNullable<TrainingJob['progress']> = {
  ...{ step: 41, totalSteps: 100, percent: 41, epoch: 1.2, trainedTokens: 4_100, accuracy: 0.5 },
  ...{ loss: 2.5, validationLoss: 3, learningRate: 1e-3, gradientNorm: 0.7 },
  ...{ tokensPerSecond: 12, etaSeconds: 60 },
}

/** The fields of `FineTuningJob` in the `openai` client. */
const FIELDS_OF_OPENAI = [
  ...['id', 'created_at', 'error', 'fine_tuned_model', 'finished_at', 'hyperparameters', 'model', 'object'],
  ...['organization_id', 'result_files', 'seed', 'status', 'trained_tokens', 'training_file'],
  ...['validation_file', 'estimated_finish', 'integrations', 'metadata', 'method'],
]

describe('the figures of a job', () => {
  const job = {
    ...jobIn('running'),
    ...{ progress: PROGRESS, settings: { epochs: 3 }, estimatedFinishAt: 90_999, createdAt: 1_999 },
  }

  it('are all of Clara’s, with the epoch that is under way', () => {
    expect(showClara(job)).toMatchObject({
      ...{ current_epoch: 2, total_epochs: 3, progress_percent: 41, model: null, completed_at: null },
      metrics: {
        ...{ loss: 2.5, val_loss: 3, learning_rate: 1e-3, grad_norm: 0.7 },
        ...{ tokens_per_second: 12, eta_seconds: 60 },
      },
    })
  })

  it('are those of OpenAI’s current client, which finds every field that it knows', () => {
    const shown = showOpenai(job)
    expect(Object.keys(shown)).toEqual(expect.arrayContaining(FIELDS_OF_OPENAI))
    const failed = { code: 'max_hours', message: 'm', param: null }
    expect(shown).toMatchObject({
      ...{ created_at: 1, estimated_finish: 90, finished_at: null, trained_tokens: null, error: null },
      ...{ seed: 0, integrations: null, hyperparameters: { n_epochs: 3 }, method: { type: 'supervised' } },
    })
    expect(showOpenai({ ...jobIn('failed'), error: failed, finishedAt: 2_000 })).toMatchObject({
      ...{ error: failed, finished_at: 2 },
    })
  })
})

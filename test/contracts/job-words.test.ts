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

import type { StoredFile, TrainingOrder, TrainingReport } from '../../shared/training.ts'

/** Frames of jobs that both halves' tests read; see `frames.ts`. */

const SHA256 = 'a'.repeat(64)

export const storedFile = (bytes = 10): StoredFile => ({
  bytes,
  sha256: SHA256,
  parts: [{ bytes, sha256: SHA256 }],
})

export const trainingOrder = (over: Partial<TrainingOrder> = {}): TrainingOrder => ({
  model: 'starter',
  precisions: ['f32', 'f16', 'quantised'],
  name: 'starter:pirate',
  wishes: { method: 'lora' },
  trainsOnInputs: false,
  excess: 'drop',
  validationShare: 0,
  inputs: { train: storedFile() },
  ...over,
})

const job = { jobId: '0'.repeat(24), attempt: 1 }

const report = (report: TrainingReport): object => ({ type: 'train.report', ...job, seq: 1, report })

export const goodTrainingEvents: [name: string, frame: unknown][] = [
  ['a sign of life of a job', report({ kind: 'alive' })],
  [
    'a job that does not fit',
    report({ kind: 'refused', requirement: 'memory', message: 'no', neededMiB: 2, availableMiB: 1 }),
  ],
  [
    'a checkpoint',
    report({
      kind: 'checkpoint',
      step: 40,
      trainedTokens: 1_000,
      state: storedFile(),
      adapter: storedFile(),
      best: { validation: { step: 40, loss: 1, perplexity: 3, accuracy: 0.5 }, file: storedFile() },
    }),
  ],
  [
    'a wish to read',
    { type: 'train.sign', ...job, requestId: 'r', wish: { method: 'GET', file: 'train', parts: [0] } },
  ],
  [
    'a wish to write',
    {
      type: 'train.sign',
      ...job,
      requestId: 'r',
      wish: { method: 'PUT', file: 'state-40', parts: [{ part: 0, bytes: 1, sha256: SHA256 }] },
    },
  ],
  ['an estimate', { type: 'train.estimated', requestId: 'r', memoryMiB: 100 }],
]

export const badTrainingEvents: [name: string, frame: unknown, reason: RegExp][] = [
  ['an attempt of no number', { ...report({ kind: 'alive' }), attempt: 0 }, /attempt/],
  ['a report of nothing', { type: 'train.report', ...job, seq: 1, report: { kind: 'dance' } }, /report/],
  [
    'a file that is longer than its parts',
    report({
      kind: 'completed',
      step: 1,
      trainedTokens: 1,
      result: { ...storedFile(), bytes: 11 },
      validation: null,
    }),
    /bytes/,
  ],
  [
    'a file out of its folder',
    {
      type: 'train.sign',
      ...job,
      requestId: 'r',
      wish: { method: 'PUT', file: '../x', parts: [{ part: 0, bytes: 1, sha256: SHA256 }] },
    },
    /file/,
  ],
]

export const goodTrainingCommands: [name: string, frame: object][] = [
  ['a job', { type: 'train.start', ...job, order: trainingOrder() }],
  ['the end of a job', { type: 'train.stop', ...job, keeps: true }],
  ['a job that goes on', { type: 'train.go', ...job, seq: 0 }],
  ['what is known of a job', { type: 'train.ack', ...job, seq: 3 }],
  ['addresses', { type: 'train.signed', ...job, requestId: 'r', tokens: ['t'] }],
  [
    'a question for memory',
    { type: 'train.estimate', requestId: 'r', model: 'starter', wishes: { method: 'lora' } },
  ],
]

export const badTrainingCommands: [name: string, frame: unknown, reason: RegExp][] = [
  ['a job without rows', { type: 'train.start', ...job, order: { ...trainingOrder(), inputs: {} } }, /train/],
  [
    'a job with a wish of its own',
    { type: 'train.start', ...job, order: trainingOrder({ wishes: { method: 'lora', rank: 0 } }) },
    /rank/,
  ],
]

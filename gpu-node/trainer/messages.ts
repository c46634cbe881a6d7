import { z } from 'zod'
import { TrainingWishes } from '../../shared/training.ts'
import { ROW_TYPES } from '../../shared/training-rows.ts'

/** A job as the process that runs it is given it: every file is already on this machine's disk. */
export const TrainerJob = z.object({
  /** The model's GGUF file; of one in parts, the first. */
  modelPath: z.string().min(1),
  /** The context that the model is served with. */
  contextTokens: z.int().min(32),
  /** JSON Lines. */
  rowsPath: z.string().min(1),
  rowType: z.enum(ROW_TYPES),
  /** Rows that are not learned from. Absent: `validationShare` of the rows. */
  validationPath: z.string().min(1).optional(),
  validationShare: z.number().min(0).max(0.5),
  /** Rows of an earlier job, mixed in so that what it taught is not forgotten. */
  replayPath: z.string().min(1).optional(),
  replayShare: z.number().min(0).max(1).optional(),
  trainsOnInputs: z.boolean(),
  excess: z.enum(['drop', 'truncate', 'raise']),
  wishes: TrainingWishes,
  /** An adapter of the same model and shape to go on from. */
  adapterPath: z.string().min(1).optional(),
  /** A checkpoint of this job to go on from. */
  checkpointPath: z.string().min(1).optional(),
  /** An empty folder for what comes out. */
  outFolder: z.string().min(1),
  /** `general.name` of the result. */
  name: z.string().min(1).max(200),
  threads: z.int().positive(),
  /** Which of node-llama-cpp's builds computes. */
  build: z.enum(['cpu', 'cuda', 'vulkan', 'metal']),
  /** Memory that may be taken. Absent: what it takes. */
  memoryMiB: z.int().positive().optional(),
})
export type TrainerJob = z.infer<typeof TrainerJob>

/** Parent → trainer. */
export type ToTrainer =
  | { type: 'begin'; job: TrainerJob }
  /** Computes nothing until `release`, from the end of the window that is computed now. */
  | { type: 'hold' | 'release' }
  /** Ends within one window. `keeps`: with a checkpoint to go on from. */
  | { type: 'stop'; keeps: boolean }

/** A file that came out. */
export interface OutFile {
  path: string
  bytes: number
  /** Lower-case hex. */
  sha256: string
}

/** The result of a validation. */
export interface Validation {
  step: number
  loss: number
  perplexity: number
  accuracy: number
}

export type TrainerEvent =
  | { type: 'alive' }
  | {
      type: 'started'
      /** Every value that the run uses. */
      settings: object
      counts: { samples: number; tooLong: number; truncated: number; empty: number; lossTokens: number }
      validationSamples: number
      totalSteps: number
      /** Memory that the run was reckoned to take. */
      memoryMiB: number
    }
  | { type: 'warning'; code: string; message: string }
  | {
      type: 'progress'
      step: number
      totalSteps: number
      epoch: number
      loss: number
      learningRate: number
      gradientNorm: number
      accuracy: number
      trainedTokens: number
      /** Null before it is measured. */
      tokensPerSecond: number | null
      etaSeconds: number | null
    }
  | ({ type: 'validation' } & Validation)
  | { type: 'checkpoint'; step: number; state: OutFile; adapter: OutFile | null }
  | {
      type: 'completed'
      step: number
      trainedTokens: number
      adapter: OutFile
      validation: Validation | null
    }
  | {
      type: 'failed'
      code: 'invalid_rows' | 'untrainable' | 'diverged' | 'out_of_memory' | 'internal'
      message: string
    }
  /** Asked to stop, it did; with the step of its last checkpoint, if there is one. */
  | { type: 'stopped'; step: number }

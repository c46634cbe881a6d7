import { z } from 'zod'
import { TrainingWishes, Validation } from '../../shared/training.ts'
import { ROW_TYPES } from '../../shared/training-rows.ts'
import { Reckoned } from './training/thrift.ts'

/** A model and how it is to be trained: as much as is needed to say whether it can be, and what it takes. */
export const TrainerPlan = z.object({
  /** The model's GGUF file; of one in parts, the first. */
  modelPath: z.string().min(1),
  /** The context that the model is served with. */
  contextTokens: z.int().min(32),
  wishes: TrainingWishes,
  threads: z.int().positive(),
  /** Which of node-llama-cpp's builds computes. */
  build: z.enum(['cpu', 'cuda', 'vulkan', 'metal']),
  /** Memory that may be taken. Absent: what it takes. */
  memoryMiB: z.int().positive().optional(),
  /**
   * Graphs of many lengths of windows stay in so much memory, those that were used last. Made anew for each window, as they
   * are otherwise, they take a fifth of a small model's time.
   */
  graphsMiB: z.int().positive().optional(),
  /**
   * Windows that are computed side by side, each by all `threads`. Threads of one window wait for each other at every product,
   * which takes a small model longer than the product does. Absent: one.
   */
  lanes: z.int().positive().optional(),
  /** How matrices are multiplied where all weights are trained. Absent: in 32 bits. */
  factors: z.enum(['F32', 'BF16']).optional(),
})
export type TrainerPlan = z.infer<typeof TrainerPlan>

/** A job as the process that runs it is given it: every file is already on this machine's disk. */
export const TrainerJob = TrainerPlan.extend({
  /** The answer to its plan. Absent: it is reckoned again. */
  reckoned: Reckoned.optional(),
  /** JSON Lines. */
  rowsPath: z.string().min(1),
  /** `row`: of `TrainingRow`, whatever form they had before. */
  rowType: z.enum([...ROW_TYPES, 'row']),
  /** Rows that are not learned from. Absent: `validationShare` of the rows. */
  validationPath: z.string().min(1).optional(),
  validationShare: z.number().min(0).max(0.5),
  /** Rows of an earlier job, mixed in so that what it taught is not forgotten. */
  replayPath: z.string().min(1).optional(),
  replayShare: z.number().min(0).max(1).optional(),
  trainsOnInputs: z.boolean(),
  excess: z.enum(['drop', 'truncate', 'raise']),
  /** An adapter of the same model and shape to go on from. */
  adapterPath: z.string().min(1).optional(),
  /** A checkpoint of this job to go on from, … */
  checkpointPath: z.string().min(1).optional(),
  /** … and the best adapter until then, with how good it was. */
  best: z.object({ path: z.string().min(1), validation: Validation }).optional(),
  /** An empty folder for what comes out. */
  outFolder: z.string().min(1),
  /** `general.name` of the result. */
  name: z.string().min(1).max(200),
})
export type TrainerJob = z.infer<typeof TrainerJob>

/** Parent → trainer. */
export type ToTrainer =
  | { type: 'begin'; job: TrainerJob }
  /** Trains nothing, and tells what it would take. */
  | { type: 'estimate'; plan: TrainerPlan }
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

/** Why a job cannot be trained here, where it might be elsewhere. */
export interface Refusal {
  requirement: 'architecture' | 'precision' | 'memory'
  neededMiB?: number
  availableMiB?: number
}

export type TrainerEvent =
  /** Every second. */
  | { type: 'alive'; rssMiB: number }
  | ({ type: 'estimated' } & Reckoned)
  | {
      type: 'started'
      /** Every value that the run uses. */
      settings: object
      counts: { samples: number; tooLong: number; truncated: number; empty: number; lossTokens: number }
      validationSamples: number
      totalSteps: number
      /** From which it goes on. */
      step: number
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
  /** Files of an earlier one are not needed any more; but `best` while it is told again. */
  | {
      type: 'checkpoint'
      step: number
      trainedTokens: number
      /** Of its step; absent where none was taken since it went on. */
      figures?: { loss: number; accuracy: number }
      state: OutFile
      adapter: OutFile | null
      best: { validation: Validation; file: OutFile } | null
    }
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
      refusal?: Refusal
    }
  /** Asked to stop, it did; with the step of its last checkpoint, if there is one. */
  | { type: 'stopped'; step: number }

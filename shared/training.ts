import { z } from 'zod'
import { ModelId } from './node.ts'
import { Sha256 } from './sha256.ts'
import { Precision, TrainingKey } from './training-offer.ts'
import { MIB } from './units.ts'

/** Longest part in which a file of a job travels, and parts of one file: 32 GiB. */
export const MAX_PART_BYTES = 32 * MIB
export const MAX_FILE_PARTS = 1_024

/** Addresses that one `train.sign` may ask for. */
export const MAX_SIGNED_PARTS = 64

/** Where the parts travel, under the edge's URL; behind it comes what the edge has signed. */
export const BYTES_PATH = '/nodes/bytes'

/** Progress is told at most this often; something is told at least this often, so that the lease goes on. */
export const PROGRESS_INTERVAL_MS = 500
export const TRAINING_ALIVE_MS = 15_000

/** A job without a word of it for so long is given to another node. */
export const TRAINING_LEASE_MS = 60_000

/** Longest sentence of a report. */
const MAX_SENTENCE_LENGTH = 1_000
const Sentence = z.string().max(MAX_SENTENCE_LENGTH)

/** Layers of which some alone are trained. */
export const MAX_TRAINED_LAYERS = 512

/** A number that JSON can carry: no loss is NaN on the wire. */
const Figure = z.number()
const Count = z.int().nonnegative()

/** A job's wishes for its training; those that it leaves out are filled in from the facts. */
export const TrainingWishes = z.object({
  /** `full`: every weight, of a model whose file keeps them in 32 bits. `dpo`: preferences, by low-rank changes. */
  method: z.enum(['lora', 'full', 'dpo']),
  /** `muon`: where every weight is trained, the matrices of layers learn by Muon and the rest by AdamW. Absent: all by AdamW. */
  optimizer: z.enum(['adamw', 'muon']).optional(),
  rank: z.int().min(1).max(256).optional(),
  alpha: z.number().positive().max(4_096).optional(),
  /** Strength is alpha ÷ √rank instead of alpha ÷ rank (arXiv 2312.03732). */
  isRankStabilised: z.boolean().optional(),
  targets: z.array(z.string().max(64)).max(16).optional(),
  /** Those layers alone are changed, counted from 0; absent for all. */
  layers: z.array(z.int().min(0).max(9_999)).min(1).max(MAX_TRAINED_LAYERS).optional(),
  learningRate: z.number().positive().max(1).optional(),
  learningRateMultiplier: z.number().positive().max(100).optional(),
  decay: z.enum(['cosine', 'linear', 'constant']).optional(),
  warmupSteps: z.int().min(0).optional(),
  warmupRatio: z.number().min(0).max(1).optional(),
  weightDecay: z.number().min(0).max(1).optional(),
  beta1: z.number().min(0).max(0.9999).optional(),
  beta2: z.number().min(0).max(0.99999).optional(),
  epsilon: z.number().positive().max(1e-2).optional(),
  clip: z.number().positive().max(1_000).optional(),
  /** Samples of a step. */
  batchSize: z.int().min(1).max(1_024).optional(),
  epochs: z.int().min(1).max(100).optional(),
  maxSteps: z.int().min(1).max(1_000_000).optional(),
  sequenceLength: z.int().min(32).max(32_768).optional(),
  seed: z
    .int()
    .min(0)
    .max(2 ** 32 - 1)
    .optional(),
  saveSteps: z.int().min(1).optional(),
  /** The last so many epochs are each saved at their end. */
  saveEpochs: z.int().min(1).max(100).optional(),
  /** LoRA+ (arXiv 2402.12354): how much faster the second halves learn. */
  upRatio: z.number().min(1).max(64).optional(),
  /** NEFTune (arXiv 2310.05914): how strong the noise on embeddings is. */
  noiseAlpha: z.number().min(0).max(100).optional(),
  earlyStoppingPatience: z.int().min(1).max(100).optional(),
  dpoBeta: z.number().positive().max(10).optional(),
})
export type TrainingWishes = z.infer<typeof TrainingWishes>

/** A file of a job: bytes that travel in parts, each checked by its hash. */
export const StoredFile = z
  .object({
    bytes: Count,
    /** Of the whole, as `fileHashOf` has it. */
    sha256: Sha256,
    parts: z
      .array(z.object({ bytes: z.int().positive().max(MAX_PART_BYTES), sha256: Sha256 }))
      .min(1)
      .max(MAX_FILE_PARTS),
  })
  .refine(({ bytes, parts }) => parts.reduce((sum, part) => sum + part.bytes, 0) === bytes, {
    error: 'expected as many bytes as the parts have together',
    path: ['bytes'],
  })
export type StoredFile = z.infer<typeof StoredFile>

/**
 * The hash of a file by those of its parts: that of the only one, or the SHA-256 of the digests of all in a row, since nobody
 * who stores a file in parts sees all its bytes at once. `sha256` answers in lower-case hex.
 */
export async function fileHashOf(
  parts: readonly Pick<StoredFile['parts'][number], 'sha256'>[],
  sha256: (data: Uint8Array<ArrayBuffer>) => string | Promise<string>,
): Promise<string> {
  const [first, ...others] = parts.map((part) => part.sha256)
  if (first === undefined) throw new RangeError('A file has at least one part.')
  if (others.length === 0) return first
  const digests = [first, ...others].flatMap((hex) => hex.match(/../g) ?? [])
  return sha256(Uint8Array.from(digests, (pair) => Number.parseInt(pair, 16)))
}

/** The result of a validation. */
export const Validation = z.object({ step: Count, loss: Figure, perplexity: Figure, accuracy: Figure })
export type Validation = z.infer<typeof Validation>

/** The files that a job brings along. Rows are JSON Lines of `TrainingRow`, which the edge has checked. */
export const INPUT_NAMES = ['train', 'validation', 'replay', 'adapter', 'checkpoint', 'best'] as const
export const InputName = z.enum(INPUT_NAMES)
export type InputName = z.infer<typeof InputName>

/** A file that a job leaves behind: `state-40` and `adapter-40` of a checkpoint, `best-40`, `result`. */
export const OutputName = z.string().regex(/^(?:(?:state|adapter|best)-\d{1,9}|result)$/)

/** A job as a node is given it. */
export const TrainingOrder = z.object({
  model: ModelId,
  /** Which weights will do. */
  precisions: z.array(Precision).min(1),
  /** `general.name` of the result. */
  name: z.string().min(1).max(200),
  wishes: TrainingWishes,
  trainsOnInputs: z.boolean(),
  /** The fate of rows that are longer than a sample may be. */
  excess: z.enum(['drop', 'truncate', 'raise']),
  /** Without rows for it: so much of the rows. */
  validationShare: z.number().min(0).max(0.5),
  /** Of the rows in `replay`, so much is mixed in. */
  replayShare: z.number().min(0).max(1).optional(),
  inputs: z.object({
    train: StoredFile,
    validation: StoredFile.optional(),
    /** Rows of an earlier job, mixed in so that what it taught is not forgotten. */
    replay: StoredFile.optional(),
    /** An adapter of the same model and shape to begin with. */
    adapter: StoredFile.optional(),
    /** The checkpoint of this job to go on from, … */
    checkpoint: StoredFile.optional(),
    /** … and the best adapter until then. */
    best: StoredFile.optional(),
  }),
  /** How good `best` was. */
  best: Validation.optional(),
})
export type TrainingOrder = z.infer<typeof TrainingOrder>

/** The word of a node about a job. The last one is `refused`, `completed`, `failed` or `stopped`. */
export const TrainingReport = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('alive') }),
  /** It cannot be done here now; another node may. */
  z.object({
    kind: z.literal('refused'),
    requirement: z.enum(['base', 'architecture', 'precision', 'memory', 'adapter', 'disk', 'slots']),
    message: Sentence,
    neededMiB: Count.optional(),
    availableMiB: Count.optional(),
  }),
  z.object({
    kind: z.literal('started'),
    /** Every value that the run uses, by the names of `TrainingWishes` and `totalSteps`. */
    settings: z.record(
      z.string().max(64),
      z.union([
        z.number(),
        z.boolean(),
        z.string().max(200),
        z.array(z.string().max(64)).max(64),
        z.array(Count).max(MAX_TRAINED_LAYERS),
        z.null(),
      ]),
    ),
    counts: z.object({
      samples: Count,
      tooLong: Count,
      truncated: Count,
      empty: Count,
      lossTokens: Count,
    }),
    validationSamples: Count,
    totalSteps: Count,
    /** The step from which it goes on. */
    step: Count,
    /** Memory that the run is reckoned to take. */
    memoryMiB: Count,
  }),
  z.object({ kind: z.literal('warning'), code: z.string().max(64), message: Sentence }),
  z.object({
    kind: z.literal('progress'),
    step: Count,
    totalSteps: Count,
    epoch: z.number().nonnegative(),
    loss: Figure,
    learningRate: Figure,
    gradientNorm: Figure,
    accuracy: Figure,
    trainedTokens: Count,
    /** Null before it is measured. */
    tokensPerSecond: Figure.nullable(),
    etaSeconds: Figure.nullable(),
  }),
  z.object({ kind: z.literal('validation'), ...Validation.shape }),
  /** Its files are stored. From here on another node can go on. */
  z.object({
    kind: z.literal('checkpoint'),
    step: Count,
    trainedTokens: Count,
    /** Of its step. Absent: as the progress before it has them. */
    figures: z.object({ loss: Figure, accuracy: Figure }).optional(),
    state: StoredFile,
    /** The adapter as it is at this step, to be served; null where every weight is trained. */
    adapter: StoredFile.nullable(),
    /** The best adapter so far, where a validation tells. */
    best: z.object({ validation: Validation, file: StoredFile }).nullable(),
  }),
  /** Its result is stored. */
  z.object({
    kind: z.literal('completed'),
    step: Count,
    trainedTokens: Count,
    result: StoredFile,
    validation: Validation.nullable(),
  }),
  z.object({
    kind: z.literal('failed'),
    code: z.enum(['invalid_rows', 'untrainable', 'diverged', 'out_of_memory', 'internal']),
    message: Sentence,
  }),
  /**
   * It has ended, behind its last checkpoint: told to, because the node goes, because calls need the memory, or because the
   * process that trained died or froze.
   */
  z.object({ kind: z.literal('stopped'), step: Count, why: z.enum(['told', 'draining', 'memory', 'died']) }),
])
export type TrainingReport = z.infer<typeof TrainingReport>

/** Reports behind which nothing comes. */
export const LAST_REPORTS: ReadonlySet<TrainingReport['kind']> = new Set([
  'refused',
  'completed',
  'failed',
  'stopped',
])

const RequestId = z.string().min(1).max(64)

/** Edge → node. */
export const trainingCommands = [
  z.object({ type: z.literal('train.start'), ...TrainingKey, order: TrainingOrder }),
  /** `keeps`: with a checkpoint, and `stopped` behind it. Otherwise at once, and nothing more is said of it but `stopped`. */
  z.object({ type: z.literal('train.stop'), ...TrainingKey, keeps: z.boolean() }),
  /** A job of `hello` goes on; what was reported up to `seq` is known. */
  z.object({ type: z.literal('train.go'), ...TrainingKey, seq: Count }),
  /** Reports up to `seq` are written down. */
  z.object({ type: z.literal('train.ack'), ...TrainingKey, seq: Count }),
  z.object({
    type: z.literal('train.signed'),
    ...TrainingKey,
    requestId: RequestId,
    /** Behind `BYTES_PATH/`, in the order of the request; empty where it is refused, with the reason. */
    tokens: z.array(z.string().max(2_000)).max(MAX_SIGNED_PARTS),
    message: Sentence.optional(),
  }),
  z.object({
    type: z.literal('train.estimate'),
    requestId: RequestId,
    model: ModelId,
    wishes: TrainingWishes,
  }),
] as const

/** Node → edge. */
export const trainingEvents = [
  z.object({
    type: z.literal('train.report'),
    ...TrainingKey,
    /** Counts up within an attempt, from 1. One that is known already is not told again. */
    seq: z.int().positive(),
    report: TrainingReport,
  }),
  z.object({
    type: z.literal('train.sign'),
    ...TrainingKey,
    requestId: RequestId,
    wish: z.discriminatedUnion('method', [
      z.object({
        method: z.literal('GET'),
        file: InputName,
        parts: z
          .array(Count.max(MAX_FILE_PARTS - 1))
          .min(1)
          .max(MAX_SIGNED_PARTS),
      }),
      z.object({
        method: z.literal('PUT'),
        file: OutputName,
        parts: z
          .array(
            z.object({
              part: Count.max(MAX_FILE_PARTS - 1),
              bytes: z.int().positive().max(MAX_PART_BYTES),
              sha256: Sha256,
            }),
          )
          .min(1)
          .max(MAX_SIGNED_PARTS),
      }),
    ]),
  }),
  z.object({
    type: z.literal('train.estimated'),
    requestId: RequestId,
    /** Absent where it cannot be trained here, with the reason. */
    memoryMiB: Count.optional(),
    message: Sentence.optional(),
  }),
] as const

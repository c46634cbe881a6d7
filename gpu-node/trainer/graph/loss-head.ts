import { FLOAT_BYTES, type Sheet, type Tensor } from './sheet.ts'
import type { Tape } from './tape.ts'
import type { Value } from './value.ts'

/** Rows go through the output in chunks, whose logits are in memory at once: of so many rows at most… */
const MOST_ROWS = 128
/** …and of fewer where the vocabulary is large: logits of so many bytes, and about twice as many for their probabilities. */
const LOGIT_BYTES = 24 * 1024 * 1024
/** Products of fewer rows are slow. */
const LEAST_ROWS = 32

/** Rows of one chunk. */
export function lossChunkRows(vocabulary: number): number {
  const fitting = Math.floor(LOGIT_BYTES / FLOAT_BYTES / vocabulary / LEAST_ROWS) * LEAST_ROWS
  return Math.min(MOST_ROWS, Math.max(LEAST_ROWS, fitting))
}

/** Keeps the logarithm of a probability finite that is too small for a float: it counts as e^-85. */
const SMALLEST_PROBABILITY = 1e-37

/** One chunk of rows: what is asked for, and what comes out. */
export interface LossChunk {
  /** I32 [rows]: for the row at place r of its chunk, r × vocabulary + the token that should follow. */
  targets: Tensor
  /** F32 [1, rows]: how much the row's loss counts; 0 where nothing is asked. */
  weights: Tensor
  /** F32 [1, rows]: the logarithm of the target's probability. */
  logProbabilities: Tensor
  /** I32 [rows]: the likeliest token. */
  likeliest: Tensor
}

export interface LossHeadOptions {
  sheet: Sheet
  tape: Tape
  /** The normed output of the last layer. */
  hidden: Value
  /** [width, vocabulary]. */
  output: Tensor
  /** Takes a gradient [vocabulary, rows] back through the output; absent where no gradient is wanted. */
  goBack: ((gradient: Tensor) => Tensor) | undefined
  trainsOutput: boolean
  logitCap: number | undefined
  vocabulary: number
  chunks: readonly Pick<LossChunk, 'targets' | 'weights'>[]
  /** Puts a tensor, and what it needs, next into the order of computation. */
  compute: (tensor: Tensor) => void
}

/**
 * Draws the output and the loss: minus the logarithm of each target's probability, times its weight, summed. The gradient is
 * the probabilities, less one at the target, so no matrix of labels is needed; and it is drawn together with the loss, chunk
 * by chunk, so that one chunk's logits are in memory at a time. Without `goBack` there is no gradient.
 */
export function drawLoss(options: LossHeadOptions): { chunks: LossChunk[]; gradient: Tensor | undefined } {
  const { sheet, chunks, compute } = options
  const drawn: LossChunk[] = []
  const gradients: Tensor[] = []
  let from = 0
  for (const chunk of chunks) {
    const [rows] = sheet.shapeOf(chunk.targets)
    const { outcome, gradient } = drawChunk(options, chunk, from, rows)
    drawn.push(outcome)
    compute(outcome.logProbabilities)
    compute(outcome.likeliest)
    if (gradient !== undefined) {
      compute(gradient)
      gradients.push(gradient)
    }
    from += rows
  }
  const [first, ...others] = gradients
  return { chunks: drawn, gradient: first && others.reduce((all, next) => sheet.stack(all, next), first) }
}

function drawChunk(
  options: LossHeadOptions,
  { targets, weights }: Pick<LossChunk, 'targets' | 'weights'>,
  from: number,
  rows: number,
): { outcome: LossChunk; gradient: Tensor | undefined } {
  const { sheet, tape, hidden, output, goBack, logitCap, vocabulary } = options
  const given = sheet.rowRange(hidden.tensor, from, rows)
  const raw = sheet.product(output, given)
  const bent = logitCap === undefined ? undefined : sheet.hyperbolicTangent(sheet.scale(raw, 1 / logitCap))
  const logits = bent === undefined || logitCap === undefined ? raw : sheet.scale(bent, logitCap)
  const probabilities = sheet.softMax(logits)
  const flat = sheet.reshape(probabilities, 1, vocabulary * rows)
  const hit = sheet.rowsOf(flat, targets)
  const outcome: LossChunk = {
    targets,
    weights,
    logProbabilities: sheet.logarithm(sheet.scale(hit, 1, SMALLEST_PROBABILITY)),
    likeliest: sheet.largest(logits),
  }
  if (goBack === undefined) return { outcome, gradient: undefined }
  const missed = sheet.reshape(sheet.setRows(flat, sheet.scale(hit, 1, -1), targets), vocabulary, rows)
  const slope = bent === undefined ? missed : sheet.multiply(missed, sheet.scale(sheet.square(bent), -1, 1))
  if (options.trainsOutput) {
    const weighted = sheet.multiply(slope, weights)
    const [left, right] = [sheet.transposedFactor(given), sheet.transposedFactor(weighted)]
    tape.addWeightGradient(output, sheet.product(left, right))
  }
  // Weighted where a row is as wide as the model, and not where it has a number for each token.
  return { outcome, gradient: sheet.multiply(goBack(slope), weights) }
}

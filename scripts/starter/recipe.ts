import type { TrainingWishes } from '../../shared/training.ts'
import { STAGES, type Stage } from './corpus.ts'

/** A stage of the curriculum with how it is learned. */
export interface Lesson {
  stage: Stage
  wishes: TrainingWishes
  /** Of the talks. */
  seed: number
}

/** Equal for all stages. AdamW as small models are trained with it (arXiv 2311.02462), Muon for the matrices; checkpoints every two minutes or so. */
const USUAL: TrainingWishes = {
  method: 'full',
  optimizer: 'muon',
  epochs: 1,
  beta1: 0.9,
  beta2: 0.98,
  weightDecay: 0.01,
  clip: 1,
  saveSteps: 200,
}

interface Pace {
  learningRate: number
  /** Talks of a step. */
  batchSize: number
  decay: 'constant' | 'linear'
  warmupSteps: number
}

/**
 * Steps of about 2,000 tokens. The rate is high until copying has come, which it does within two million tokens, lower until
 * answers are exact, and falls to nothing by the end.
 */
const PACES: Readonly<Record<string, Pace>> = {
  drill: { learningRate: 2.5e-3, batchSize: 16, decay: 'constant', warmupSteps: 100 },
  short: { learningRate: 2.5e-3, batchSize: 16, decay: 'constant', warmupSteps: 30 },
  exact: { learningRate: 1.5e-3, batchSize: 16, decay: 'constant', warmupSteps: 30 },
  wider: { learningRate: 1.2e-3, batchSize: 8, decay: 'constant', warmupSteps: 20 },
  last: { learningRate: 1e-3, batchSize: 4, decay: 'linear', warmupSteps: 20 },
}

/** All that is learned, in this order. */
export const LESSONS: readonly Lesson[] = STAGES.map((stage, place) => {
  const pace = PACES[stage.name]
  if (pace === undefined) throw new RangeError(`Nobody knows how fast "${stage.name}" is learned.`)
  const { sequenceLength } = stage
  return { stage, seed: 11 + place, wishes: { ...USUAL, ...pace, sequenceLength, seed: 1 + place } }
})

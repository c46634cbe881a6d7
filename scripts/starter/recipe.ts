import { createHash } from 'node:crypto'
import { join } from 'node:path'
import type { TrainingWishes } from '../../shared/training.ts'
import { linesOf, STAGES, type Stage } from './corpus.ts'
import { SHAPE } from './model.ts'
import { WORK } from './paths.ts'

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
  saveSteps: 100,
}

interface Pace {
  learningRate: number
  /** Talks of a step. */
  batchSize: number
  decay: 'constant' | 'linear'
  warmupSteps: number
}

/**
 * Steps of 2,000 to 6,000 tokens. The rate is high while copying and looking up are found, and once more where distances
 * come in. It falls to nothing at the end: one that stays stirs up again what was learned exactly.
 */
const PACES: Readonly<Record<string, Pace>> = {
  drill: { learningRate: 2e-3, batchSize: 16, decay: 'constant', warmupSteps: 100 },
  short: { learningRate: 2e-3, batchSize: 16, decay: 'constant', warmupSteps: 30 },
  wide: { learningRate: 1.5e-3, batchSize: 16, decay: 'constant', warmupSteps: 40 },
  wider: { learningRate: 1.5e-3, batchSize: 16, decay: 'constant', warmupSteps: 40 },
  widest: { learningRate: 1.5e-3, batchSize: 16, decay: 'linear', warmupSteps: 40 },
  distant: { learningRate: 6e-4, batchSize: 6, decay: 'linear', warmupSteps: 20 },
  throughout: { learningRate: 1.2e-3, batchSize: 12, decay: 'constant', warmupSteps: 30 },
  finish: { learningRate: 1.2e-3, batchSize: 12, decay: 'linear', warmupSteps: 10 },
}

/** All that is learned, in this order. */
export const LESSONS: readonly Lesson[] = STAGES.map((stage, place) => {
  const pace = PACES[stage.name]
  if (pace === undefined) throw new RangeError(`Nobody knows how fast "${stage.name}" is learned.`)
  const { sequenceLength } = stage
  return { stage, seed: 11 + place, wishes: { ...USUAL, ...pace, sequenceLength, seed: 1 + place } }
})

/** Talks of each lesson that are looked at: a change of words shows in the first of them. */
const LOOKED_AT = 100
const DIGITS = 12

/** Digits that are others for another recipe: other lessons, another pace, other talks or another shape. */
export function recipeDigits(lessons: readonly Lesson[]): string {
  const hash = createHash('sha256').update(JSON.stringify(SHAPE))
  for (const { stage, seed, wishes } of lessons) {
    const { name, sequenceLength, talks } = stage
    hash.update(JSON.stringify({ name, sequenceLength, talks, seed, wishes }))
    for (const line of linesOf({ ...stage, talks: LOOKED_AT }, seed)) hash.update(line)
  }
  return hash.digest('hex').slice(0, DIGITS)
}

/** Where everything of this recipe lies that is half done: a lesson of another one is none of it. */
export const workFolder = (): string => join(WORK, recipeDigits(LESSONS))

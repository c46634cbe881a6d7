import type { TrainingWishes } from '../../../shared/training.ts'

/** The settings of a run: every value that it uses. */
export interface Settings {
  method: TrainingWishes['method']
  optimizer: 'adamw' | 'muon'
  rank: number
  alpha: number
  /** Null: all linear matrices of a layer. */
  targets: readonly string[] | null
  /** Null: all. */
  layers: readonly number[] | null
  learningRate: number
  decay: 'cosine' | 'linear' | 'constant'
  warmupSteps: number
  weightDecay: number
  beta1: number
  beta2: number
  epsilon: number
  clip: number
  batchSize: number
  epochs: number
  totalSteps: number
  sequenceLength: number
  seed: number
  saveSteps: number | null
  saveEpochs: number | null
  upRatio: number
  noiseAlpha: number
  earlyStoppingPatience: number | null
  dpoBeta: number
}

/** The facts that the wishes' gaps are filled from. */
export interface TrainingFacts {
  /** The model's. */
  width: number
  samples: number
}

const RANK = 16
/** Alpha is twice the rank. */
const ALPHA_PER_RANK = 2
const WARMUP_SHARE = 0.05
const SEQUENCE_LENGTH = 512
const DPO_BETA = 0.1

/** The learning rate of low-rank changes falls with the width: narrow models want more (measured on 128 to 2,048). */
const RATE = { atWidth: 2_000, rate: 5e-4, exponent: 0.78, least: 2e-4, most: 5e-3 }
const FULL_RATE_SHARE = 1 / 10
const DPO_RATE_SHARE = 1 / 20

/** A step sees 0.2 % of the samples, within bounds. */
const BATCH = { share: 0.002, least: 1, most: 16 }

/** Few samples are seen more often, many once. */
const EPOCHS = { usual: 3, most: 25, fewestSteps: 200, manySamples: 25_000 }

const clamp = (value: number, least: number, most: number) => Math.min(most, Math.max(least, value))

/** The learning rate for models of this width. */
export function defaultLearningRate(width: number, method: TrainingWishes['method']): number {
  const rate = clamp(RATE.rate * (RATE.atWidth / width) ** RATE.exponent, RATE.least, RATE.most)
  if (method === 'full') return rate * FULL_RATE_SHARE
  return method === 'dpo' ? rate * DPO_RATE_SHARE : rate
}

function defaultEpochs(samples: number, batchSize: number): number {
  if (samples > EPOCHS.manySamples) return 1
  const steps = Math.ceil(samples / batchSize)
  return clamp(Math.ceil(EPOCHS.fewestSteps / steps), EPOCHS.usual, EPOCHS.most)
}

/** Fills the wishes' gaps. */
export function settle(wishes: TrainingWishes, { width, samples }: TrainingFacts): Settings {
  const rank = wishes.rank ?? RANK
  const alpha = wishes.alpha ?? rank * ALPHA_PER_RANK
  const batchSize = wishes.batchSize ?? clamp(Math.round(samples * BATCH.share), BATCH.least, BATCH.most)
  const perEpoch = Math.ceil(samples / batchSize)
  const epochs =
    wishes.epochs ??
    (wishes.maxSteps === undefined
      ? defaultEpochs(samples, batchSize)
      : Math.ceil(wishes.maxSteps / perEpoch))
  const totalSteps = Math.min(wishes.maxSteps ?? Number.POSITIVE_INFINITY, perEpoch * epochs)
  const warmupShare = wishes.warmupRatio ?? WARMUP_SHARE
  return {
    method: wishes.method,
    optimizer: wishes.optimizer ?? 'adamw',
    rank,
    // Whoever loads an adapter divides by the rank, so that is where the square root goes.
    alpha: wishes.isRankStabilised ? alpha * Math.sqrt(rank) : alpha,
    targets: wishes.targets ?? null,
    layers: wishes.layers ?? null,
    learningRate:
      (wishes.learningRate ?? defaultLearningRate(width, wishes.method)) *
      (wishes.learningRateMultiplier ?? 1),
    decay: wishes.decay ?? 'cosine',
    warmupSteps: Math.min(wishes.warmupSteps ?? Math.round(totalSteps * warmupShare), totalSteps),
    weightDecay: wishes.weightDecay ?? 0,
    beta1: wishes.beta1 ?? 0.9,
    beta2: wishes.beta2 ?? 0.999,
    epsilon: wishes.epsilon ?? 1e-8,
    clip: wishes.clip ?? 1,
    batchSize,
    epochs,
    totalSteps,
    sequenceLength: wishes.sequenceLength ?? SEQUENCE_LENGTH,
    seed: wishes.seed ?? 0,
    saveSteps: wishes.saveSteps ?? null,
    saveEpochs: wishes.saveEpochs ?? null,
    upRatio: wishes.upRatio ?? 1,
    noiseAlpha: wishes.noiseAlpha ?? 0,
    earlyStoppingPatience: wishes.earlyStoppingPatience ?? null,
    dpoBeta: wishes.dpoBeta ?? DPO_BETA,
  }
}

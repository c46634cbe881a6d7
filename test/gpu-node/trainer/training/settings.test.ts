import { describe, expect, it } from 'vitest'
import { learningRateAt } from '../../../../gpu-node/trainer/training/schedule.ts'
import { settle } from '../../../../gpu-node/trainer/training/settings.ts'
import type { TrainingWishes } from '../../../../shared/training.ts'

const settingsOf = (wishes: Partial<TrainingWishes> = {}, facts: { width?: number; samples?: number } = {}) =>
  settle({ method: 'lora', ...wishes }, { width: 512, samples: 1_000, ...facts })

describe('a job that wishes for nothing', () => {
  it('uses what is right from the start', () => {
    expect(settingsOf()).toMatchObject({
      ...{ rank: 16, alpha: 32, targets: null, layers: null },
      ...{ beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0, clip: 1 },
      ...{ decay: 'cosine', upRatio: 1, noiseAlpha: 0, dpoBeta: 0.1, sequenceLength: 512 },
    })
  })

  it.each([
    [128, 4.27e-3],
    [512, 1.45e-3],
    [2_000, 5e-4],
    [4_096, 2.86e-4],
    // Within bounds.
    [64, 5e-3],
    [16_384, 2e-4],
  ])('learns at a rate that falls with the width: %i', (width, rate) => {
    expect(settingsOf({}, { width }).learningRate / rate).toBeCloseTo(1, 2)
    expect(settingsOf({ method: 'full' }, { width }).learningRate / rate).toBeCloseTo(0.1, 2)
    expect(settingsOf({ method: 'dpo' }, { width }).learningRate / rate).toBeCloseTo(0.05, 2)
  })

  it.each([
    // Of few rows a step has one, and they are seen more often: 200 steps, or 25 epochs.
    [4, 1, 25],
    [8, 1, 25],
    [20, 1, 10],
    [67, 1, 3],
    [1_000, 2, 3],
    [5_000, 10, 3],
    [8_000, 16, 3],
    [25_000, 16, 3],
    [25_001, 16, 1],
  ])('sees %i rows in steps of %i, in %i epochs', (samples, batchSize, epochs) => {
    const settings = settingsOf({}, { samples })
    expect(settings).toMatchObject({ batchSize, epochs })
    expect(settings.totalSteps).toBe(Math.ceil(samples / batchSize) * epochs)
    expect(settings.warmupSteps).toBe(Math.round(settings.totalSteps * 0.05))
  })
})

describe('a wish', () => {
  it('multiplies the rate, which otherwise stays what it is', () => {
    const { learningRate } = settingsOf()
    expect(settingsOf({ learningRateMultiplier: 2 }).learningRate).toBe(learningRate * 2)
    expect(settingsOf({ learningRate: 1e-4, learningRateMultiplier: 2 }).learningRate).toBe(2e-4)
  })

  it('for a stable rank divides by its root alone, which stands in alpha', () => {
    expect(settingsOf({ rank: 64, alpha: 32, isRankStabilised: true }).alpha).toBe(32 * 8)
  })

  it('for steps ends the run at these', () => {
    expect(settingsOf({ maxSteps: 30 }, { samples: 20 })).toMatchObject({ totalSteps: 30, epochs: 2 })
    expect(settingsOf({ maxSteps: 10, warmupSteps: 50 }).warmupSteps).toBe(10)
  })
})

describe('the learning rate', () => {
  it.each([
    ['constant', [0.5, 1, 1, 1, 1, 1]],
    ['linear', [0.5, 1, 1, 0.75, 0.5, 0.25]],
    ['cosine', [0.5, 1, 1, 0.8536, 0.5, 0.1464]],
  ] as const)('rises to its peak and goes on %s', (decay, expected) => {
    const rates = expected.map((_, step) =>
      learningRateAt({ peak: 1, decay, warmupSteps: 2, totalSteps: 6 }, step),
    )
    for (const [step, rate] of rates.entries()) expect(rate).toBeCloseTo(expected[step] ?? Number.NaN, 3)
  })
})

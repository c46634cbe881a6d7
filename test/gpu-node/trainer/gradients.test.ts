import { describe, expect, it } from 'vitest'
import { readFloats } from '../../../gpu-node/trainer/ggml/memory.ts'
import { BLOCK_TOKENS } from '../../../gpu-node/trainer/graph/attention.ts'
import type { SupportedDerivatives } from '../../../gpu-node/trainer/graph/derivatives.ts'
import type { Sample } from '../../../gpu-node/trainer/training/window.ts'
import { ARCHITECTURE_NAMES } from './random-model.ts'
import {
  cosine,
  ggml,
  gradientsOf,
  largestIndex,
  lossOf,
  openTrainer,
  randomModel,
  sample,
  slopeAt,
} from './training-world.ts'

const SAMPLES = [sample(20, 6), sample(15, 1, 4)]
const LENGTH = 40

/** Longer than two blocks of queries, and no multiple of them; one sample lies in all three. */
const LONG_SAMPLES = [sample(2 * BLOCK_TOKENS + 10, 2 * BLOCK_TOKENS - 20), sample(18, 3, 4)]
const LONG_LENGTH = 2 * BLOCK_TOKENS + 32

/** Those of a device that has forward operations alone. */
const FORWARD_DERIVATIVES: SupportedDerivatives = { rmsNorm: false, softMax: false, silu: false, rows: false }

/** The worst relative difference between gradients and slopes, over a number of each parameter. */
async function worstDifference(
  path: string,
  options: Parameters<typeof openTrainer>[1],
  [samples, length]: readonly [readonly Sample[], number] = [SAMPLES, LENGTH],
): Promise<number> {
  const trainer = await openTrainer(path, { stirs: true, ...options })
  const gradients = await gradientsOf(trainer, samples, length)
  let worst = 0
  for (const parameter of trainer.parameters.all) {
    const gradient = gradients.get(parameter.name) ?? new Float32Array()
    const index = largestIndex(gradient)
    const slope = await slopeAt(trainer, parameter, index, samples, length)
    const own = gradient[index] ?? Number.NaN
    worst = Math.max(worst, Math.abs(slope - own) / Math.max(0.05, Math.abs(slope), Math.abs(own)))
  }
  trainer.close()
  return worst
}

/** Central differences in 32 bits are this exact. */
const TOLERANCE = 0.03

describe('gradients of low-rank changes are the slopes of the loss', () => {
  it.each(ARCHITECTURE_NAMES)('%s', async (architecture) => {
    const path = await randomModel({ architecture })
    expect(await worstDifference(path, {})).toBeLessThan(TOLERANCE)
  })

  it.each(ARCHITECTURE_NAMES)('%s, on devices with forward operations alone', async (architecture) => {
    const path = await randomModel({ architecture })
    expect(await worstDifference(path, { derivatives: FORWARD_DERIVATIVES })).toBeLessThan(TOLERANCE)
  })

  it.each(ARCHITECTURE_NAMES)('%s, in windows of several blocks of queries', async (architecture) => {
    const path = await randomModel({ architecture })
    expect(await worstDifference(path, {}, [LONG_SAMPLES, LONG_LENGTH])).toBeLessThan(TOLERANCE)
  })

  it('when the output is the embeddings', async () => {
    const path = await randomModel({ architecture: 'llama', isTied: true })
    expect(await worstDifference(path, {})).toBeLessThan(TOLERANCE)
  })
})

describe('gradients of all weights are the slopes of the loss', () => {
  it.each(ARCHITECTURE_NAMES)('%s', async (architecture) => {
    const path = await randomModel({ architecture, layers: 1, isTied: architecture === 'gemma3' })
    expect(await worstDifference(path, { method: { kind: 'full' } })).toBeLessThan(TOLERANCE)
  })
})

describe('gradients are the same', () => {
  it.each(ARCHITECTURE_NAMES)('with layers computed twice: %s', async (architecture) => {
    const path = await randomModel({ architecture })
    const kept = await openTrainer(path, { stirs: true })
    const recomputed = await openTrainer(path, {
      stirs: true,
      thrift: { keepsTransposed: true, recomputes: true },
    })
    const expected = await gradientsOf(kept, SAMPLES, LENGTH)
    for (const [name, gradient] of await gradientsOf(recomputed, SAMPLES, LENGTH)) {
      expect(gradient, name).toEqual(expected.get(name))
    }
    kept.close()
    recomputed.close()
  })

  it('with transposed copies made each time as with those that are kept, up to their rounding', async () => {
    const path = await randomModel({ architecture: 'llama' })
    const kept = await openTrainer(path, { stirs: true })
    const made = await openTrainer(path, {
      stirs: true,
      thrift: { keepsTransposed: false, recomputes: false },
    })
    const expected = await gradientsOf(kept, SAMPLES, LENGTH)
    for (const [name, gradient] of await gradientsOf(made, SAMPLES, LENGTH)) {
      expect(cosine(gradient, expected.get(name) ?? gradient), name).toBeGreaterThan(0.9998)
    }
    kept.close()
    made.close()
  })

  it('and losses, of quantised weights in the form that this CPU is fastest with as of those in the file', async () => {
    for (const weights of ['Q8_0', 'Q4_0'] as const) {
      const path = await randomModel({ architecture: 'llama', weights })
      const packed = await openTrainer(path, { stirs: true })
      const plain = await openTrainer(path, {
        stirs: true,
        thrift: { keepsTransposed: false, recomputes: false },
      })
      const losses = [await lossOf(packed, SAMPLES, LENGTH), await lossOf(plain, SAMPLES, LENGTH)] as const
      expect(losses[0]).toBeCloseTo(losses[1], 1)
      const expected = await gradientsOf(plain, SAMPLES, LENGTH)
      for (const [name, gradient] of await gradientsOf(packed, SAMPLES, LENGTH))
        expect(cosine(gradient, expected.get(name) ?? gradient), name).toBeGreaterThan(0.999)
      packed.close()
      plain.close()
    }
  })

  it('summed over windows as over one window with the same samples', async () => {
    const path = await randomModel({ architecture: 'qwen3' })
    const trainer = await openTrainer(path, { stirs: true })
    const together = await gradientsOf(trainer, SAMPLES, LENGTH)
    trainer.optimizer.forget()
    for (const each of SAMPLES) await trainer.accumulate([each], LENGTH)
    const apart = new Map<string, Float32Array>()
    for (const { name, gradient } of trainer.parameters.all) apart.set(name, readFloats(ggml, gradient))
    for (const [name, gradient] of apart)
      expect(cosine(gradient, together.get(name) ?? gradient), name).toBeGreaterThan(0.99999)
    trainer.close()
  })
})

describe('on quantised weights', () => {
  it.each(['Q8_0', 'Q4_0', 'BF16'] as const)(
    'gradients point where those on the same weights in 32 bits do: %s',
    async (weights) => {
      const quantised = await openTrainer(await randomModel({ architecture: 'llama', weights }), {
        stirs: true,
      })
      const gradients = await gradientsOf(quantised, SAMPLES, LENGTH)
      const same = await randomModel({ architecture: 'llama', weights, isUnpacked: true })
      const floats = await openTrainer(same, { stirs: true })
      for (const [name, gradient] of await gradientsOf(floats, SAMPLES, LENGTH))
        expect(cosine(gradient, gradients.get(name) ?? gradient), name).toBeGreaterThan(0.999)
      quantised.close()
      floats.close()
    },
  )
})

/** As many tokens as one step may well count: what is divided by it before the way back must not be lost in 16 bits. */
const MANY_TOKENS = 100_000

/** The first means of AdamW behind one step: a tenth of the gradient that it was given. */
async function meansOf(path: string, count: number): Promise<Map<string, Float32Array>> {
  const trainer = await openTrainer(path, { stirs: true })
  await trainer.accumulate(SAMPLES, LENGTH)
  await trainer.step({ learningRate: 1e-3, upRatio: 1, count, clip: Number.MAX_VALUE })
  const means = trainer.parameters.all.map(({ name, mean }) => [name, readFloats(ggml, mean)] as const)
  trainer.close()
  return new Map(means)
}

describe('gradients at 1 and at 100,000 counted tokens', () => {
  it.each(['F32', 'F16', 'BF16', 'Q8_0', 'Q4_0'] as const)(
    'point the same way, and are that much shorter: %s',
    async (weights) => {
      const path = await randomModel({ architecture: 'llama', weights })
      const one = await meansOf(path, 1)
      for (const [name, mean] of await meansOf(path, MANY_TOKENS)) {
        expect(cosine(mean, one.get(name) ?? mean), name).toBeGreaterThanOrEqual(0.9999)
        const index = largestIndex(mean)
        const ratio = (one.get(name)?.[index] ?? Number.NaN) / (mean[index] ?? Number.NaN)
        expect(ratio / MANY_TOKENS, name).toBeCloseTo(1, 3)
      }
    },
  )

  it.each(['F32', 'F16', 'BF16', 'Q8_0', 'Q4_0'] as const)(
    'do so where the tokens themselves weigh that little, as those of preferences may: %s',
    async (weights) => {
      const trainer = await openTrainer(await randomModel({ architecture: 'llama', weights }), {
        stirs: true,
      })
      const light = SAMPLES.map((each) => ({
        ...each,
        weights: each.weights.map((weight) => weight / MANY_TOKENS),
      }))
      const heavy = await gradientsOf(trainer, SAMPLES, LENGTH)
      for (const [name, gradient] of await gradientsOf(trainer, light, LENGTH))
        expect(cosine(gradient, heavy.get(name) ?? gradient), name).toBeGreaterThanOrEqual(0.9999)
      trainer.close()
    },
  )
})

describe('a loss', () => {
  it('is that of uniform guessing for a model that knows nothing', async () => {
    const path = await randomModel({ architecture: 'llama', seed: 2 })
    const trainer = await openTrainer(path)
    const rows = await trainer.evaluate([sample(30, 1)], LENGTH)
    const mean = -rows.reduce((sum, { logProbability }) => sum + logProbability, 0) / rows.length
    expect(Math.abs(mean - Math.log(384))).toBeLessThan(1.5)
    trainer.close()
  })

  it('of a sample does not depend on what lies beside it', async () => {
    for (const architecture of ARCHITECTURE_NAMES) {
      const trainer = await openTrainer(await randomModel({ architecture }), { stirs: true })
      const [first, second] = SAMPLES
      if (!first || !second) throw new Error('There are two samples.')
      const together = await lossOf(trainer, SAMPLES, LENGTH)
      const apart = (await lossOf(trainer, [first], LENGTH)) + (await lossOf(trainer, [second], LENGTH))
      expect(together).toBeCloseTo(apart, 3)
      trainer.close()
    }
  })
})

it('gradients of graphs that stay in memory are those of graphs that are made anew', async () => {
  const path = await randomModel({ architecture: 'llama' })
  const summed = async (graphsMiB?: number) => {
    const trainer = await openTrainer(path, { method: { kind: 'full' }, graphsMiB })
    for (const length of [64, 32, 64, 32, 64]) await trainer.accumulate([sample(20, 6)], length)
    const gradients = trainer.parameters.all.map(({ gradient }) => readFloats(ggml, gradient))
    trainer.close()
    return gradients
  }
  expect(await summed(64)).toEqual(await summed())
})

it('gradients of windows side by side are those of one after the other, and each time the same', async () => {
  const path = await randomModel({ architecture: 'llama' })
  const windows = [64, 32, 64, 32, 64].map((length, place) => ({ samples: [sample(20, 6, place)], length }))
  const summed = async (lanes: number) => {
    const trainer = await openTrainer(path, { method: { kind: 'full' }, lanes })
    const rows = await trainer.accumulateAll(windows)
    const gradients = trainer.parameters.all.map(({ gradient }) => readFloats(ggml, gradient))
    trainer.optimizer.forget()
    const again = await trainer.accumulateAll(windows)
    expect(again).toEqual(rows)
    expect(trainer.parameters.all.map(({ gradient }) => readFloats(ggml, gradient))).toEqual(gradients)
    trainer.close()
    return { rows, gradients }
  }
  const [one, three] = [await summed(1), await summed(3)]
  expect(three.rows).toEqual(one.rows)
  for (const [place, gradient] of one.gradients.entries())
    expect(cosine(gradient, three.gradients[place] ?? new Float32Array())).toBeGreaterThan(0.99999)
})

it.each(ARCHITECTURE_NAMES)(
  'gradients by factors of 16 bits point where those of 32 do: %s',
  async (architecture) => {
    const path = await randomModel({ architecture })
    const summed = async (factors: 'F32' | 'BF16') => {
      const trainer = await openTrainer(path, { method: { kind: 'full', factors } })
      const loss = await lossOf(trainer, SAMPLES, LENGTH)
      await trainer.accumulate(SAMPLES, LENGTH)
      const gradients = trainer.parameters.all.map(({ name, gradient }) => ({
        name,
        values: readFloats(ggml, gradient),
      }))
      trainer.close()
      return { loss, gradients }
    }
    const [exact, rounded] = [await summed('F32'), await summed('BF16')]
    expect(rounded.loss).not.toBe(exact.loss)
    expect(Math.abs(rounded.loss / exact.loss - 1)).toBeLessThan(0.002)
    for (const [place, { name, values }] of exact.gradients.entries())
      expect(cosine(rounded.gradients[place]?.values ?? values, values), name).toBeGreaterThan(0.999)
  },
)

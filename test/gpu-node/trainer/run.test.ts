import { createHash } from 'node:crypto'
import { open, readFile, truncate, writeFile } from 'node:fs/promises'
import { describe, expect, it, vi } from 'vitest'
import { readFloats, write } from '../../../gpu-node/trainer/ggml/memory.ts'
import { reckon } from '../../../gpu-node/trainer/opening.ts'
import type { Lesson } from '../../../gpu-node/trainer/samples/lesson.ts'
import {
  BadCheckpoint,
  readCheckpoint,
  writeCheckpoint,
} from '../../../gpu-node/trainer/training/checkpoint.ts'
import { Random } from '../../../gpu-node/trainer/training/random.ts'
import { Diverged, Run } from '../../../gpu-node/trainer/training/run.ts'
import { type Settings, settle } from '../../../gpu-node/trainer/training/settings.ts'
import type { Trainer } from '../../../gpu-node/trainer/training/trainer.ts'
import type { TrainingWishes } from '../../../shared/training.ts'
import { ggml, openTrainer, randomModel, sample, scratchFile } from './training-world.ts'

const LESSONS: readonly Lesson[] = Array.from({ length: 7 }, (_, index) => ({
  sample: sample(12 + index, 4, 100 + index),
}))

const settingsOf = (wishes: Partial<TrainingWishes> = {}): Settings =>
  settle(
    { method: 'lora', batchSize: 2, epochs: 3, learningRate: 2e-3, sequenceLength: 48, ...wishes },
    { width: 64, samples: LESSONS.length },
  )

/** Of a checkpoint, in which its names and shapes stand. */
const HEADER_BYTES = 1_000

const hashOf = ({ parameters }: Trainer): string => {
  const hash = createHash('sha256')
  for (const { tensor } of parameters.all) hash.update(readFloats(ggml, tensor))
  return hash.digest('hex')
}

async function start(wishes: Partial<TrainingWishes> = {}, lessons = LESSONS) {
  const trainer = await openTrainer(await randomModel({ architecture: 'llama' }))
  const run = new Run({ trainer, settings: settingsOf(wishes), lessons, random: new Random(5) })
  return { trainer, run }
}

/** Prompts with two answers each. */
const pairsOf = (count: number): Lesson[] =>
  Array.from({ length: count }, (_, index) => {
    const prompt = sample(8, 8, 200 + index)
    const answer = (seed: number) => {
      const { tokens } = sample(6, 0, seed)
      return {
        tokens: [...prompt.tokens, ...tokens],
        weights: [...prompt.weights, ...tokens.map(() => 1)],
      }
    }
    return { sample: answer(300 + index), rejected: answer(400 + index) }
  })

describe('a run', () => {
  it('sees each lesson once an epoch, in an order that changes, and ends at its last step', async () => {
    const { trainer, run } = await start()
    const epochs: number[] = []
    while (!run.isOver) epochs.push((await run.next()).epoch)
    expect(epochs).toEqual([0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2])
    trainer.close()
  })

  it('learns its lessons: the loss falls', async () => {
    const { trainer, run } = await start({ epochs: 12, learningRate: 5e-3 })
    const first = await run.next()
    let last = first
    while (!run.isOver) last = await run.next()
    expect(last.loss).toBeLessThan(first.loss - 2)
    trainer.close()
  })

  it.each([{}, { noiseAlpha: 5 }])(
    'that goes on from a checkpoint ends bit by bit as one that was not interrupted: %j',
    async (wishes) => {
      const whole = await start(wishes)
      while (!whole.run.isOver) await whole.run.next()
      const interrupted = await start(wishes)
      for (let step = 0; step < 6; step += 1) await interrupted.run.next()
      const path = scratchFile()
      await writeCheckpoint(ggml, path, interrupted.trainer.parameters.all, interrupted.run.progress(1))
      interrupted.trainer.close()
      const resumed = await start(wishes)
      const progress = await readCheckpoint(ggml, path, resumed.trainer.parameters.all)
      resumed.trainer.optimizer.steps = progress.step
      resumed.run.resume(progress)
      while (!resumed.run.isOver) await resumed.run.next()
      expect(hashOf(resumed.trainer)).toBe(hashOf(whole.trainer))
      expect(resumed.run.trainedTokens).toBe(whole.run.trainedTokens)
      whole.trainer.close()
      resumed.trainer.close()
    },
  )

  it.each([
    ['explodes', 20],
    ['is not a number', Number.NaN],
  ])('refuses a step whose loss %s, before that step changes anything', async (_, factor) => {
    const trainer = await openTrainer(await randomModel({ architecture: 'llama' }), {
      method: { kind: 'full' },
    })
    const settings = settingsOf({ method: 'full', epochs: 12, learningRate: 1e-4 })
    const run = new Run({ trainer, settings, lessons: LESSONS, random: new Random(5) })
    for (let step = 0; step < 12; step += 1) await run.next()
    const output = trainer.parameters.all.find(({ name }) => name === 'output.weight')
    if (output === undefined) throw new Error('The model has an output.')
    write(
      ggml,
      output.tensor,
      readFloats(ggml, output.tensor).map((weight) => weight * factor),
    )
    let before = ''
    const goOn = async () => {
      while (!run.isOver) {
        before = hashOf(trainer)
        await run.next()
      }
    }
    await expect(goOn()).rejects.toThrow(Diverged)
    expect(hashOf(trainer)).toBe(before)
    trainer.close()
  })

  it('moves second halves as much faster as is wished (LoRA+), and first ones alike', async () => {
    const changes = async (upRatio: number) => {
      const trainer = await openTrainer(await randomModel({ architecture: 'llama' }), { stirs: true })
      const before = trainer.parameters.all.map(({ tensor }) => readFloats(ggml, tensor))
      await trainer.accumulate([sample(20, 2)], 32)
      await trainer.step({ learningRate: 1e-3, upRatio, count: 18, clip: 1 })
      const most = trainer.parameters.all.map(({ tensor, isUp }, index) => {
        const now = readFloats(ggml, tensor)
        return { isUp, by: Math.max(...now.map((value, at) => Math.abs(value - (before[index]?.[at] ?? 0)))) }
      })
      trainer.close()
      return most
    }
    const [usual, faster] = [await changes(1), await changes(8)]
    for (const [index, { isUp, by }] of faster.entries())
      expect(by / (usual[index]?.by ?? Number.NaN)).toBeCloseTo(isUp ? 8 : 1, 1)
  })

  it('adds noise to what it learns from, as strong as is wished and as a sample is short (NEFTune)', async () => {
    const { trainer, run } = await start({ noiseAlpha: 5, batchSize: 1 })
    const accumulate = vi.spyOn(trainer, 'accumulateAll')
    await run.next()
    const [windows] = accumulate.mock.calls[0] ?? []
    const { samples = [], length = 0, noise = new Float32Array() } = windows?.[0] ?? {}
    const { width } = trainer.places.shape
    const count = (samples[0]?.tokens.length ?? 0) * width
    const bound = 5 / Math.sqrt(count)
    const largest = Math.max(...noise.slice(0, count).map(Math.abs))
    expect(largest / bound).toBeGreaterThan(0.99)
    expect(largest / bound).toBeLessThanOrEqual(1)
    expect(new Set(noise.slice(count))).toEqual(new Set([0]))
    const lossWith = async (given?: Float32Array) => {
      const rows = await trainer.accumulate(samples, length, given)
      return -rows.reduce((sum, { logProbability }) => sum + logProbability, 0)
    }
    expect(Math.abs((await lossWith(noise)) - (await lossWith()))).toBeGreaterThan(0.01)
    trainer.close()
  })

  it('takes memory for the noise, which is reckoned with', async () => {
    const modelPath = await randomModel({ architecture: 'llama' })
    const plan = { modelPath, contextTokens: 128, threads: 1, build: 'cpu' as const }
    const reckoned = ({ noiseAlpha }: Partial<TrainingWishes>) =>
      reckon(ggml, { ...plan, wishes: { method: 'lora', sequenceLength: 8_192, noiseAlpha } })
    const [usual, noisy] = await Promise.all([reckoned({}), reckoned({ noiseAlpha: 5 })])
    expect(noisy.memoryMiB).toBeGreaterThan(usual.memoryMiB)
  })

  it('begins with random first halves, as PEFT’s are, and with second ones that change nothing', async () => {
    const { trainer } = await start()
    for (const { name, tensor, isUp } of trainer.parameters.all) {
      const numbers = readFloats(ggml, tensor)
      const [inputs] = ggml.shapeOf(tensor)
      const squares = numbers.reduce((sum, value) => sum + value * value, 0) / numbers.length
      // Uniform, with a variance of a third over the inputs.
      if (isUp) expect(squares, name).toBe(0)
      else expect(squares * 3 * inputs, name).toBeCloseTo(1, 0)
      expect(Math.max(...numbers.map(Math.abs)), name).toBeLessThanOrEqual(isUp ? 0 : 1 / Math.sqrt(inputs))
    }
    trainer.close()
  })

  it('of preferences makes the preferred answer likelier than the other', async () => {
    const pairs = pairsOf(3)
    const { trainer, run } = await start({ method: 'dpo', learningRate: 2e-3, epochs: 10 }, pairs)
    const evaluate = vi.spyOn(trainer, 'evaluate')
    const first = await run.next()
    expect(first.loss).toBeCloseTo(Math.log(2), 3)
    let last = first
    while (!run.isOver) last = await run.next()
    expect(last.loss).toBeLessThan(0.4)
    expect(last.accuracy).toBe(1)
    // The model as it was says the same of each answer whenever it is asked.
    expect(evaluate.mock.calls.filter(([, , purpose]) => purpose === 'plain')).toHaveLength(2 * pairs.length)
    trainer.close()
  })

  it('of preferences is validated by what it learns: how surely the preferred answer is told from the other', async () => {
    const pairs = pairsOf(3)
    const { trainer, run } = await start({ method: 'dpo', learningRate: 2e-3, epochs: 10 }, pairs)
    expect(await run.validate(pairs)).toMatchObject({
      loss: expect.closeTo(Math.log(2), 3),
      perplexity: expect.closeTo(2, 2),
      accuracy: 0,
    })
    while (!run.isOver) await run.next()
    const { loss, accuracy } = await run.validate(pairs)
    expect(loss).toBeLessThan(0.4)
    expect(accuracy).toBe(1)
    trainer.close()
  })

  it('of preferences can be ended behind every window, also those that only read', async () => {
    const { trainer, run } = await start({ method: 'dpo', batchSize: 1 }, pairsOf(1))
    const told: number[] = []
    const pass = vi.spyOn(trainer, 'evaluate')
    const step = vi.spyOn(trainer, 'accumulate')
    const onWindow = async () => void told.push(pass.mock.calls.length + step.mock.calls.length)
    await run.validate(pairsOf(1), onWindow)
    await run.next(onWindow)
    expect(told).toEqual(told.map((_, index) => index + 1))
    expect(told).toHaveLength(pass.mock.calls.length + step.mock.calls.length)
    trainer.close()
  })

  it('whose loss on what it does not learn from is no number is not validated, and says so', async () => {
    const { trainer, run } = await start()
    await run.next()
    const [first] = trainer.parameters.all
    if (first === undefined) throw new Error('It has parameters.')
    write(ggml, first.tensor, new Float32Array(ggml.ggml_nelements(first.tensor)).fill(Number.NaN))
    await expect(run.validate(LESSONS)).rejects.toThrow('The validation loss of step 1 is NaN.')
    expect(run.validatedStep).toBe(0)
    trainer.close()
  })
})

describe('a checkpoint', () => {
  it('of another shape, cut off, or made up is refused, and changes nothing', async () => {
    const { trainer, run } = await start()
    await run.next()
    const { all } = trainer.parameters
    const path = scratchFile()
    await writeCheckpoint(ggml, path, all, run.progress(1))
    const other = await openTrainer(await randomModel({ architecture: 'llama' }), {
      method: { kind: 'lora', rank: 4, alpha: 8 },
    })
    const before = hashOf(other)
    await expect(readCheckpoint(ggml, path, other.parameters.all)).rejects.toThrow(BadCheckpoint)
    expect(hashOf(other)).toBe(before)
    const mine = hashOf(trainer)
    await truncate(path, 20_000)
    await expect(readCheckpoint(ggml, path, all)).rejects.toThrow(BadCheckpoint)
    await writeFile(path, 'GGUF and nothing else')
    await expect(readCheckpoint(ggml, path, all)).rejects.toThrow(BadCheckpoint)
    expect(hashOf(trainer)).toBe(mine)
    trainer.close()
    other.close()
  })

  it('or any of 2,000 that somebody has tampered with, but in words of its own', async () => {
    const { trainer, run } = await start()
    const path = scratchFile('checkpoint')
    const { all } = trainer.parameters
    await writeCheckpoint(ggml, path, all, run.progress(1))
    const whole = await readFile(path)
    const random = new Random(17)
    await using file = await open(path, 'r+')
    let refused = 0
    for (let round = 0; round < 2_000; round += 1) {
      const at = Array.from({ length: 1 + random.below(4) }, () => random.below(HEADER_BYTES))
      for (const place of at) await file.write(Buffer.of(random.below(256)), 0, 1, place)
      const outcome = await readCheckpoint(ggml, path, all).catch((thrown: unknown) => thrown)
      if (outcome instanceof Error) {
        expect(outcome).toBeInstanceOf(BadCheckpoint)
        refused += 1
      }
      for (const place of at) await file.write(whole, place, 1, place)
    }
    expect(refused).toBeGreaterThan(1_000)
    trainer.close()
  })
})

import { createHash } from 'node:crypto'
import { expect, it } from 'vitest'
import { type BackendOptions, openBackends } from '../../../gpu-node/trainer/ggml/backends.ts'
import { allocate, openContext, readFloats, write } from '../../../gpu-node/trainer/ggml/memory.ts'
import { Type } from '../../../gpu-node/trainer/ggml/signatures.ts'
import { Computation } from '../../../gpu-node/trainer/graph/computation.ts'
import type { Factors } from '../../../gpu-node/trainer/graph/sheet.ts'
import { UntrainableWish } from '../../../gpu-node/trainer/model/metadata.ts'
import { reckon } from '../../../gpu-node/trainer/opening.ts'
import {
  readCheckpoint,
  readNumbers,
  writeCheckpoint,
} from '../../../gpu-node/trainer/training/checkpoint.ts'
import { drawMuon, MUON_NODES } from '../../../gpu-node/trainer/training/muon.ts'
import { Random } from '../../../gpu-node/trainer/training/random.ts'
import { Run } from '../../../gpu-node/trainer/training/run.ts'
import { settle } from '../../../gpu-node/trainer/training/settings.ts'
import type { Trainer } from '../../../gpu-node/trainer/training/trainer.ts'
import { ggml, openTrainer, randomModel, sample, scratchFile } from './training-world.ts'

const CPU: BackendOptions = { threads: 1, gpu: false }
const RATE = 0.01

const numbers = (random: Random, count: number): Float32Array =>
  Float32Array.from({ length: count }, () => random.next() * 2 - 1)

/** The change that a first step makes to a matrix of zeros, in units of AdamW's usual one. */
async function changeOf(
  inputs: number,
  outputs: number,
  gradient: Float32Array,
  factors?: Factors,
): Promise<Float32Array> {
  const backends = openBackends(ggml, CPU)
  const context = openContext(ggml, 5)
  const matrix = () => ggml.ggml_new_tensor_2d(context, Type.F32, inputs, outputs)
  const [weights, given, mean] = [matrix(), matrix(), matrix()]
  const number = () => ggml.ggml_new_tensor_1d(context, Type.F32, 1)
  const [negativeRate, kept] = [number(), number()]
  const store = allocate(ggml, context, backends.primary)
  const zeros = new Float32Array(inputs * outputs)
  write(ggml, weights, zeros)
  write(ggml, mean, zeros)
  write(ggml, given, gradient)
  write(ggml, negativeRate, new Float32Array([-RATE]))
  write(ggml, kept, new Float32Array([1]))
  const step = new Computation(
    ggml,
    backends,
    MUON_NODES + 8,
    (sheet, compute) => drawMuon(sheet, compute, { weights, gradient: given, mean, negativeRate, kept }),
    factors,
  )
  step.allocate()
  await step.compute()
  const unit = -RATE * 0.2 * Math.sqrt(Math.max(inputs, outputs))
  const change = readFloats(ggml, weights).map((value) => value / unit)
  step.close()
  store.close()
  backends.close()
  return change
}

/** The length of rows summed with these factors. */
function stretched(rows: Float32Array, inputs: number, factors: Float32Array): number {
  const sum = new Float32Array(inputs)
  for (const [place, value] of rows.entries())
    sum[place % inputs] = (sum[place % inputs] ?? 0) + value * (factors[Math.floor(place / inputs)] ?? 0)
  return Math.hypot(...sum) / Math.hypot(...factors)
}

it.each(['F32', 'BF16'] as const)(
  'a step is as long in every direction, however loud a few are, with factors of %s',
  async (factors) => {
    const random = new Random(3)
    const [inputs, outputs] = [40, 12]
    const gradient = numbers(random, inputs * outputs)
    // One row is thirty times as loud as the rest.
    for (let at = 0; at < inputs; at += 1) gradient[at] = (gradient[at] ?? 0) * 30
    const change = await changeOf(inputs, outputs, gradient, factors)
    const lengths = Array.from({ length: 50 }, () => stretched(change, inputs, numbers(random, outputs)))
    const before = Array.from({ length: 50 }, () => stretched(gradient, inputs, numbers(random, outputs)))
    expect(Math.max(...before) / Math.min(...before)).toBeGreaterThan(5)
    expect(Math.min(...lengths)).toBeGreaterThan(0.65)
    expect(Math.max(...lengths)).toBeLessThan(1.25)
  },
)

it('a matrix is moved as its transpose is: the shorter side does not matter', async () => {
  const [inputs, outputs] = [24, 10]
  const gradient = numbers(new Random(5), inputs * outputs)
  const turn = (rows: Float32Array, row: number) =>
    rows.map(
      (_, place) => rows[(place % (rows.length / row)) * row + Math.floor(place / (rows.length / row))] ?? 0,
    )
  const change = await changeOf(inputs, outputs, gradient)
  const turned = await changeOf(outputs, inputs, turn(gradient, inputs))
  for (const [place, value] of turn(change, inputs).entries()) expect(turned[place]).toBeCloseTo(value, 5)
})

it('a gradient of zeros moves nothing', async () => {
  expect((await changeOf(8, 6, new Float32Array(48))).every((value) => value === 0)).toBe(true)
})

const LESSONS = Array.from({ length: 6 }, (_, index) => ({ sample: sample(24, 6, 40 + index) }))

async function start(
  optimizer: 'adamw' | 'muon',
  learningRate: number,
): Promise<{ trainer: Trainer; run: Run }> {
  const trainer = await openTrainer(await randomModel({ architecture: 'llama', isTied: true }), {
    method: { kind: 'full', isMuon: optimizer === 'muon' },
  })
  const settings = settle(
    {
      method: 'full',
      optimizer,
      batchSize: 2,
      epochs: 5,
      learningRate,
      decay: 'constant',
      sequenceLength: 48,
    },
    { width: 64, samples: LESSONS.length },
  )
  return { trainer, run: new Run({ trainer, settings, lessons: LESSONS, random: new Random(5) }) }
}

async function ended(optimizer: 'adamw' | 'muon', learningRate: number): Promise<number> {
  const { trainer, run } = await start(optimizer, learningRate)
  while (!run.isOver) await run.next()
  const { loss } = await run.validate(LESSONS)
  trainer.close()
  return loss
}

it('the loss falls more than twice as far as by AdamW at the best of its rates', async () => {
  const adamW = [await ended('adamw', 4e-3), await ended('adamw', 8e-3), await ended('adamw', 1.6e-2)]
  expect(await ended('muon', 1.6e-2)).toBeLessThan(Math.min(...adamW) / 2)
})

it('a run that goes on from a checkpoint ends bit by bit as one that was not interrupted', async () => {
  const hashOf = ({ parameters }: Trainer): string => {
    const hash = createHash('sha256')
    for (const { tensor } of parameters.all) hash.update(readFloats(ggml, tensor))
    return hash.digest('hex')
  }
  const whole = await start('muon', 2e-3)
  while (!whole.run.isOver) await whole.run.next()
  const interrupted = await start('muon', 2e-3)
  for (let step = 0; step < 7; step += 1) await interrupted.run.next()
  const path = scratchFile()
  await writeCheckpoint(ggml, path, interrupted.trainer.parameters.all, interrupted.run.progress(1))
  const [embeddings] = interrupted.trainer.parameters.all
  if (embeddings === undefined) throw new Error('A model has parameters.')
  const stored = await readNumbers(path, (name) => name === embeddings.name)
  expect([...stored.keys()]).toEqual([embeddings.name])
  expect(stored.get(embeddings.name)).toEqual(readFloats(ggml, embeddings.tensor))
  interrupted.trainer.close()
  const resumed = await start('muon', 2e-3)
  const progress = await readCheckpoint(ggml, path, resumed.trainer.parameters.all)
  resumed.trainer.optimizer.steps = progress.step
  resumed.run.resume(progress)
  while (!resumed.run.isOver) await resumed.run.next()
  expect(hashOf(resumed.trainer)).toBe(hashOf(whole.trainer))
  whole.trainer.close()
  resumed.trainer.close()
})

it('low-rank changes cannot wish for it', async () => {
  const modelPath = await randomModel({ architecture: 'llama' })
  const plan = { modelPath, contextTokens: 128, threads: 1, build: 'cpu' as const }
  await expect(reckon(ggml, { ...plan, wishes: { method: 'lora', optimizer: 'muon' } })).rejects.toThrow(
    UntrainableWish,
  )
})

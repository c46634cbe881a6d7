import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { libraryFolder } from '../../../gpu-node/trainer/ggml/folder.ts'
import { loadGgml } from '../../../gpu-node/trainer/ggml/library.ts'
import { readFloats, write } from '../../../gpu-node/trainer/ggml/memory.ts'
import type { Parameter } from '../../../gpu-node/trainer/training/parameters.ts'
import { Random } from '../../../gpu-node/trainer/training/random.ts'
import { Trainer, type TrainerOptions } from '../../../gpu-node/trainer/training/trainer.ts'
import type { Sample } from '../../../gpu-node/trainer/training/window.ts'
import { type RandomModelOptions, writeRandomModel } from './random-model.ts'

const folder = await libraryFolder('cpu')
if (folder === undefined) throw new Error('The libraries of node-llama-cpp are not installed.')

/** The ggml of this process. */
export const ggml = loadGgml(folder)

const scratch = mkdtempSync(join(tmpdir(), 'switchyard-trainer-'))
process.once('exit', () => rmSync(scratch, { recursive: true, force: true }))

let files = 0

/** A file that is removed with the test's. */
export const scratchFile = (end = 'gguf'): string => {
  files += 1
  return join(scratch, `${files}.${end}`)
}

/** The file of a random model. */
export async function randomModel(options: RandomModelOptions): Promise<string> {
  const path = scratchFile()
  await writeRandomModel(ggml, path, options)
  return path
}

const USUAL: Omit<TrainerOptions, 'path'> = {
  ggml,
  devices: { threads: 1, gpu: false },
  contextTokens: 128,
  method: { kind: 'lora', rank: 8, alpha: 16 },
  adam: { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0 },
  seed: 7,
  sequenceLength: 64,
  thrift: { keepsTransposed: true, recomputes: false },
}

/** A trainer on one thread. `stirs`: its second halves are no longer zero, so that every gradient counts. */
export async function openTrainer(
  path: string,
  options: Partial<TrainerOptions> & { stirs?: boolean } = {},
): Promise<Trainer> {
  const { stirs = false, ...own } = options
  const trainer = await Trainer.open({ ...USUAL, path, ...own })
  if (stirs) stir(trainer)
  return trainer
}

function stir(trainer: Trainer): void {
  const random = new Random(11)
  for (const { tensor, isUp } of trainer.parameters.all) {
    if (!isUp) continue
    write(
      ggml,
      tensor,
      Float32Array.from({ length: ggml.ggml_nelements(tensor) }, () => (random.next() * 2 - 1) * 0.2),
    )
  }
}

/** Tokens that are the same in each run; loss from `lossFrom` on. */
export function sample(length: number, lossFrom: number, seed = 3, vocabulary = 384): Sample {
  const random = new Random(seed)
  const tokens = Array.from({ length }, () => random.below(vocabulary))
  return { tokens, weights: tokens.map((_, index) => (index >= lossFrom ? 1 : 0)) }
}

/** The loss of samples, summed over their tokens. */
export async function lossOf(trainer: Trainer, samples: readonly Sample[], length: number): Promise<number> {
  const rows = await trainer.evaluate(samples, length)
  return -rows.reduce((sum, { logProbability }) => sum + logProbability, 0)
}

/** The gradients of samples, by parameter. */
export async function gradientsOf(
  trainer: Trainer,
  samples: readonly Sample[],
  length: number,
): Promise<Map<string, Float32Array>> {
  trainer.optimizer.forget()
  await trainer.accumulate(samples, length)
  return new Map(trainer.parameters.all.map(({ name, gradient }) => [name, readFloats(ggml, gradient)]))
}

/** As long as this, since ggml looks GELU up in a table of 16-bit numbers: shorter steps measure the table's. */
const STEP = 4e-2

/** The slope of the loss along one number of a parameter, by central differences. */
export async function slopeAt(
  trainer: Trainer,
  { tensor }: Parameter,
  index: number,
  samples: readonly Sample[],
  length: number,
): Promise<number> {
  const before = readFloats(ggml, tensor)
  const at = async (change: number) => {
    const changed = before.slice()
    changed[index] = (changed[index] ?? 0) + change
    write(ggml, tensor, changed)
    return lossOf(trainer, samples, length)
  }
  const slope = ((await at(STEP)) - (await at(-STEP))) / (2 * STEP)
  write(ggml, tensor, before)
  return slope
}

/** The cosine of the angle between two lists of numbers. */
export function cosine(a: Float32Array, b: Float32Array): number {
  let [dot, aa, bb] = [0, 0, 0]
  for (const [index, x] of a.entries()) {
    const y = b[index] ?? 0
    dot += x * y
    aa += x * x
    bb += y * y
  }
  return dot / Math.sqrt(aa * bb)
}

export const largestIndex = (numbers: Float32Array): number =>
  numbers.reduce((best, value, index) => (Math.abs(value) > Math.abs(numbers[best] ?? 0) ? index : best), 0)

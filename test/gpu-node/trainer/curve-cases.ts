import type { StepOptions } from '../../../gpu-node/trainer/training/optimizer.ts'
import type { Trainer } from '../../../gpu-node/trainer/training/trainer.ts'
import type { Sample } from '../../../gpu-node/trainer/training/window.ts'
import type { RandomModelOptions } from './random-model.ts'
import { sample } from './training-world.ts'

/** The models whose training is held against PyTorch's. */
export const CURVE_MODELS: ReadonlyMap<string, RandomModelOptions> = new Map([
  ['llama', { architecture: 'llama', headSize: 16 }],
  ['qwen2', { architecture: 'qwen2' }],
  ['qwen3', { architecture: 'qwen3' }],
  ['tied', { architecture: 'llama', headSize: 16, isTied: true }],
])

export const CURVE_ADAM = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.01 }
export const CURVE_CLIP = 1
const STEPS = 40

/** Warmed up, and calm: past a spike of the loss two right trainers part. */
export const CURVE_RATES: readonly number[] = Array.from(
  { length: STEPS },
  (_, step) => 6e-4 * Math.min(1, (step + 1) / 5),
)

/** Two windows of two samples each; a part of their tokens carries loss. */
export const CURVE_WINDOWS: readonly (readonly Sample[])[] = [
  [sample(18, 7, 21), sample(22, 5, 22)],
  [sample(25, 12, 23), sample(14, 3, 24)],
]
export const CURVE_LENGTH = 48

/** Loss and gradient norm of each step. */
export async function curveOf(trainer: Trainer): Promise<{ losses: number[]; norms: number[] }> {
  const curve = { losses: [] as number[], norms: [] as number[] }
  for (const learningRate of CURVE_RATES) {
    let [total, count] = [0, 0]
    for (const window of CURVE_WINDOWS) {
      const rows = await trainer.accumulate(window, CURVE_LENGTH)
      total -= rows.reduce((sum, { logProbability }) => sum + logProbability, 0)
      count += rows.length
    }
    const options: StepOptions = { learningRate, upRatio: 1, count, clip: CURVE_CLIP }
    curve.losses.push(total / count)
    curve.norms.push(await trainer.step(options))
  }
  return curve
}

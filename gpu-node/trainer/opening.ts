import { partsOf } from '../model-files/parts.ts'
import type { Ggml } from './ggml/library.ts'
import type { TrainerPlan } from './messages.ts'
import { UntrainableWish } from './model/metadata.ts'
import { type Settings, settle } from './training/settings.ts'
import type { Reckoned } from './training/thrift.ts'
import { Trainer, type TrainerOptions } from './training/trainer.ts'

/** Opens a model as a plan wants it trained on so many samples. `reckoned`: of the same plan. */
export async function openTrainer(
  ggml: Ggml,
  plan: TrainerPlan & { reckoned?: Reckoned | undefined },
  samples: number,
): Promise<{ trainer: Trainer; settings: Settings }> {
  const { settings, options } = await optionsOf(ggml, plan, samples)
  const { reckoned } = plan
  return { trainer: await Trainer.open(reckoned ? { ...options, ...reckoned } : options), settings }
}

/** The memory that a plan takes, reckoned without reading a weight. Throws what stands in the way of it. */
export async function reckon(ggml: Ggml, plan: TrainerPlan): Promise<Reckoned> {
  const { options } = await optionsOf(ggml, plan, 1)
  return Trainer.reckon(options)
}

async function optionsOf(
  ggml: Ggml,
  {
    modelPath: path,
    wishes,
    threads,
    build,
    contextTokens,
    memoryMiB,
    graphsMiB,
    lanes,
    factors,
  }: TrainerPlan,
  samples: number,
): Promise<{ settings: Settings; options: TrainerOptions }> {
  if (wishes.method === 'full' && partsOf(path).length > 1)
    throw new UntrainableWish('All weights can be trained only of a model that is one file.')
  if (wishes.method !== 'full' && wishes.optimizer === 'muon')
    throw new UntrainableWish('Muon moves whole matrices: it trains all weights, and no low-rank changes.')
  const settings = settle(wishes, { width: await Trainer.widthOf(path), samples })
  const { beta1, beta2, epsilon, weightDecay, rank, alpha, targets, layers, seed, sequenceLength } = settings
  return {
    settings,
    options: {
      ggml,
      path,
      devices: { threads, gpu: build !== 'cpu' },
      contextTokens,
      method:
        settings.method === 'full'
          ? { kind: 'full', isMuon: settings.optimizer === 'muon', ...(factors && { factors }) }
          : { kind: 'lora', rank, alpha, ...(targets && { targets }), ...(layers && { layers }) },
      adam: { beta1, beta2, epsilon, weightDecay },
      seed,
      memoryMiB,
      graphsMiB,
      lanes,
      sequenceLength,
      hasNoise: settings.noiseAlpha > 0,
    },
  }
}

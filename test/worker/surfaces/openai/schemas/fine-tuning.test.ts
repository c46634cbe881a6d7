import { describe, expect, it } from 'vitest'
import {
  CreateJob,
  EstimateJob,
  wishesOf,
} from '../../../../../worker/surfaces/openai/schemas/fine-tuning.ts'

const asked = { model: 'starter', training_file: 'file-1' }
const faultsOf = (over: object) =>
  (CreateJob.safeParse({ ...asked, ...over }).error?.issues ?? []).map(({ path }) => path.join('.'))

describe('the config of a fine-tuning job', () => {
  it('is what the training wishes for, its last epochs saved where it says nothing of steps', () => {
    const config = { lora_r: 4, micro_batch_size: 2, gradient_accumulation_steps: 3, learning_rate: 1e-3 }
    const wishes = { method: 'lora', rank: 4, batchSize: 6, learningRate: 1e-3 }
    expect(wishesOf(CreateJob.parse({ ...asked, config, seed: 7 }))).toEqual({
      ...wishes,
      saveEpochs: 3,
      seed: 7,
    })
    expect(wishesOf(CreateJob.parse({ ...asked, config: { ...config, save_steps: 5 } }))).toEqual({
      ...wishes,
      saveSteps: 5,
    })
    const preferences = { rl: 'dpo', rl_beta: 0.2 }
    expect(wishesOf(CreateJob.parse({ ...asked, config: preferences }))).toMatchObject({
      method: 'dpo',
      dpoBeta: 0.2,
    })
  })

  it.each<[name: string, over: object, path: string]>([
    ['stands beside a method', { config: {}, method: { type: 'supervised' } }, 'config'],
    ['stands beside hyperparameters', { config: {}, hyperparameters: { n_epochs: 1 } }, 'config'],
    ['names the seed once more', { config: { seed: 1 }, seed: 1 }, 'config.seed'],
    [
      'measures on two kinds of rows',
      { config: { val_set_size: 0.1 }, validation_file: 'f' },
      'config.val_set_size',
    ],
    ['stops early by nothing', { config: { early_stopping_patience: 1 } }, 'config.early_stopping_patience'],
    ['warms up twice', { config: { warmup_steps: 1, warmup_ratio: 0.1 } }, 'config.warmup_steps'],
    ['names another matrix', { config: { lora_target_modules: ['x'] } }, 'config.lora_target_modules.0'],
    ['has a rank of 257', { config: { lora_r: 257 } }, 'config.lora_r'],
    ['names a model', { config: { base_model: 'starter' } }, 'config'],
  ])('is refused where it %s', (_name, over, path) => {
    expect(faultsOf(over)).toEqual([path])
  })

  it.each<[name: string, over: object, path: string]>([
    ['of the other method', { method: { type: 'supervised', dpo: {} } }, 'method.dpo'],
    ['of the other method, once more', { method: { type: 'dpo', supervised: {} } }, 'method.supervised'],
    [
      'that are said twice',
      {
        hyperparameters: { n_epochs: 1 },
        method: { type: 'supervised', supervised: { hyperparameters: { n_epochs: 2 } } },
      },
      'hyperparameters',
    ],
  ])('hyperparameters %s are refused by name, and not passed over', (_name, over, path) => {
    expect(faultsOf(over)).toEqual([path])
  })

  it('stops early on the rows of a validation file, or on a share of those that it trains on', () => {
    const early_stopping_patience = 2
    expect(faultsOf({ config: { early_stopping_patience }, validation_file: 'file-2' })).toEqual([])
    expect(faultsOf({ config: { early_stopping_patience, val_set_size: 0.1, lora_r: 256 } })).toEqual([])
    expect(EstimateJob.safeParse({ model: 'starter', config: { early_stopping_patience } }).success).toBe(
      true,
    )
  })
})

import type { Recipe } from './job.ts'

/** A key of the config, as the form asks for it. */
export interface RecipeField {
  label: string
  /** `lines`: a text on each line. */
  kind: 'whole' | 'number' | 'flag' | 'words' | 'lines' | readonly string[]
  /** The value of a job that leaves it out. */
  usual: string
  group: 'Length' | 'Learning' | 'Adapter' | 'Rows' | 'Checks' | 'Preferences'
}

/** Every key of the config: one that the edge learns and that is missing here does not compile. */
export const RECIPE: Readonly<Record<keyof Recipe, RecipeField>> = {
  num_epochs: {
    label: 'Epochs',
    kind: 'whole',
    usual: '3 to 25, by how many rows there are',
    group: 'Length',
  },
  max_steps: { label: 'Steps at most', kind: 'whole', usual: 'all of the epochs', group: 'Length' },
  micro_batch_size: {
    label: 'Rows of a step',
    kind: 'whole',
    usual: '1 to 16, 0.2 % of the rows',
    group: 'Length',
  },
  gradient_accumulation_steps: { label: 'Times that many', kind: 'whole', usual: '1', group: 'Length' },
  max_hours: { label: 'Hours at most', kind: 'number', usual: '24', group: 'Length' },
  learning_rate: {
    label: 'Learning rate',
    kind: 'number',
    usual: '2e-4 to 5e-3, by the model’s width',
    group: 'Learning',
  },
  lr_scheduler: {
    label: 'It falls',
    kind: ['cosine', 'linear', 'constant'],
    usual: 'cosine',
    group: 'Learning',
  },
  warmup_steps: { label: 'Warm-up steps', kind: 'whole', usual: '5 % of the steps', group: 'Learning' },
  warmup_ratio: { label: 'Warm-up as a share', kind: 'number', usual: '0.05', group: 'Learning' },
  weight_decay: { label: 'Weight decay', kind: 'number', usual: '0', group: 'Learning' },
  adam_beta1: { label: 'Adam β₁', kind: 'number', usual: '0.9', group: 'Learning' },
  adam_beta2: { label: 'Adam β₂', kind: 'number', usual: '0.999', group: 'Learning' },
  adam_epsilon: { label: 'Adam ε', kind: 'number', usual: '1e-8', group: 'Learning' },
  max_grad_norm: { label: 'Longest gradient', kind: 'number', usual: '1', group: 'Learning' },
  neftune_noise_alpha: { label: 'Noise on embeddings', kind: 'number', usual: '0', group: 'Learning' },
  seed: { label: 'Seed', kind: 'whole', usual: '0', group: 'Learning' },
  lora_r: { label: 'Rank', kind: 'whole', usual: '16', group: 'Adapter' },
  lora_alpha: { label: 'Alpha', kind: 'number', usual: 'twice the rank', group: 'Adapter' },
  lora_target_modules: { label: 'Matrices', kind: 'words', usual: 'all linear ones', group: 'Adapter' },
  lora_target_linear: { label: 'All linear matrices', kind: 'flag', usual: 'yes', group: 'Adapter' },
  peft_use_rslora: { label: 'Stabilised by rank', kind: 'flag', usual: 'no', group: 'Adapter' },
  loraplus_lr_ratio: { label: 'Second halves learn faster by', kind: 'number', usual: '1', group: 'Adapter' },
  sequence_len: { label: 'Tokens of a sample', kind: 'whole', usual: '512', group: 'Rows' },
  excess_length_strategy: {
    label: 'Longer rows',
    kind: ['drop', 'truncate', 'raise'],
    usual: 'drop',
    group: 'Rows',
  },
  train_on_inputs: { label: 'Learns the questions too', kind: 'flag', usual: 'no', group: 'Rows' },
  val_set_size: { label: 'Share to measure on', kind: 'number', usual: '0', group: 'Checks' },
  early_stopping_patience: {
    label: 'Measurements without progress',
    kind: 'whole',
    usual: 'goes on',
    group: 'Checks',
  },
  save_steps: {
    label: 'Saved every so many steps',
    kind: 'whole',
    usual: 'at the end of the last 3 epochs',
    group: 'Checks',
  },
  sample_prompts: { label: 'Prompts that checkpoints answer', kind: 'lines', usual: 'none', group: 'Checks' },
  rl: { label: 'Learns from', kind: ['dpo'], usual: 'answers', group: 'Preferences' },
  rl_beta: { label: 'Strength (β) of preferences', kind: 'number', usual: '0.1', group: 'Preferences' },
}

/** The keys as they are typed; what is empty is left to the trainer. */
export type TypedRecipe = Readonly<Record<string, string>>

const LIST_BREAK = { words: /[\s,]+/, lines: /\n/ }

function meant(kind: RecipeField['kind'], typed: string): unknown {
  if (kind === 'whole' || kind === 'number') return Number(typed)
  if (kind === 'flag') return typed === 'true'
  if (kind === 'words' || kind === 'lines')
    return typed
      .split(LIST_BREAK[kind])
      .map((one) => one.trim())
      .filter((one) => one !== '')
  return typed
}

/** The config of what is typed. Whether it can be is the edge's to say, which names the key. */
export function configOf(typed: TypedRecipe): Recipe {
  const entries = Object.entries(RECIPE).flatMap(([key, { kind }]) => {
    const text = typed[key]?.trim() ?? ''
    return text === '' ? [] : [[key, meant(kind, text)] as const]
  })
  return Object.fromEntries(entries)
}

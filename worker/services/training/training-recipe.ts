import { z } from 'zod'
import type { TrainingWishes } from '../../../shared/training.ts'
import { MAX_JOB_HOURS, MAX_SAMPLE_PROMPT_LENGTH, MAX_SAMPLE_PROMPTS } from './training-limits.ts'

/** The linear matrices by PEFT's names and by those of GGUF; phi3 has two of them fused. */
const TARGETS: ReadonlyMap<string, string> = new Map([
  ['q_proj', 'attn_q'],
  ['k_proj', 'attn_k'],
  ['v_proj', 'attn_v'],
  ['qkv_proj', 'attn_qkv'],
  ['o_proj', 'attn_output'],
  ['gate_proj', 'ffn_gate'],
  ['up_proj', 'ffn_up'],
  ['gate_up_proj', 'ffn_up'],
  ['down_proj', 'ffn_down'],
])

const Share = z.number().min(0).max(1)

/** How a model is trained, in the words of Axolotl and PEFT (design.md §5). Bounds of numbers are those of `TrainingWishes`. */
export const RECIPE_KEYS = {
  lora_r: z.int().min(1).max(256).optional(),
  lora_alpha: z.number().positive().max(4_096).optional(),
  lora_target_modules: z.array(z.string().max(64)).min(1).max(16).optional(),
  lora_target_linear: z.boolean().optional(),
  peft_use_rslora: z.boolean().optional(),
  loraplus_lr_ratio: z.number().min(1).max(64).optional(),
  num_epochs: z.int().min(1).max(100).optional(),
  max_steps: z.int().min(1).max(1_000_000).optional(),
  micro_batch_size: z.int().min(1).max(1_024).optional(),
  gradient_accumulation_steps: z.int().min(1).max(1_024).optional(),
  learning_rate: z.number().positive().max(1).optional(),
  lr_scheduler: z.enum(['cosine', 'linear', 'constant']).optional(),
  warmup_steps: z.int().min(0).optional(),
  warmup_ratio: Share.optional(),
  weight_decay: Share.optional(),
  adam_beta1: z.number().min(0).max(0.9999).optional(),
  adam_beta2: z.number().min(0).max(0.99999).optional(),
  adam_epsilon: z.number().positive().max(1e-2).optional(),
  max_grad_norm: z.number().positive().max(1_000).optional(),
  neftune_noise_alpha: z.number().min(0).max(100).optional(),
  sequence_len: z.int().min(32).max(32_768).optional(),
  excess_length_strategy: z.enum(['drop', 'truncate', 'raise']).optional(),
  val_set_size: z.number().min(0).max(0.5).optional(),
  early_stopping_patience: z.int().min(1).max(100).optional(),
  train_on_inputs: z.boolean().optional(),
  seed: z
    .int()
    .min(0)
    .max(2 ** 32 - 1)
    .optional(),
  save_steps: z.int().min(1).optional(),
  sample_prompts: z.array(z.string().min(1).max(MAX_SAMPLE_PROMPT_LENGTH)).max(MAX_SAMPLE_PROMPTS).optional(),
  max_hours: z.number().positive().max(MAX_JOB_HOURS).optional(),
  rl: z.literal('dpo', { error: 'only dpo is done' }).optional(),
  rl_beta: z.number().positive().max(10).optional(),
}

/** Those keys as they were checked. */
export type Recipe = { [Key in keyof typeof RECIPE_KEYS]?: z.output<(typeof RECIPE_KEYS)[Key]> | undefined }

/** Tells the keys that cannot stand beside each other. `hasRows`: there are rows to measure on, besides a share of those to train on. */
export function checkRecipe(
  config: Recipe,
  { addIssue }: Pick<z.RefinementCtx, 'addIssue'>,
  hasRows: boolean,
): void {
  const conflict = (one: keyof typeof config, other: keyof typeof config, reason: string) => {
    if (config[one] !== undefined && config[other] !== undefined)
      addIssue({ code: 'custom', path: [one], message: `cannot stand beside "${other}": ${reason}` })
  }
  conflict('warmup_steps', 'warmup_ratio', 'each says how long the warm-up is')
  conflict('lora_target_modules', 'lora_target_linear', 'each says which matrices are changed')
  if (config.rl_beta !== undefined && config.rl === undefined)
    addIssue({ code: 'custom', path: ['rl_beta'], message: 'needs "rl: dpo"' })
  if (config.lora_target_linear === false)
    addIssue({
      code: 'custom',
      path: ['lora_target_linear'],
      message: 'names no other matrices: write "lora_target_modules"',
    })
  const isMeasured = hasRows || (config.val_set_size ?? 0) > 0
  if (config.early_stopping_patience !== undefined && !isMeasured)
    addIssue({
      code: 'custom',
      path: ['early_stopping_patience'],
      message: 'needs rows to measure on: "val_set_size" or "test_datasets"',
    })
  for (const [index, name] of (config.lora_target_modules ?? []).entries()) {
    if (!TARGETS.has(name) && ![...TARGETS.values()].includes(name))
      addIssue({
        code: 'custom',
        path: ['lora_target_modules', index],
        message: `is none of ${[...TARGETS.keys()].join(', ')}`,
      })
  }
}

/** The wishes of a config. `full`: every weight. */
export function wishesOf(config: Recipe, method: TrainingWishes['method']): TrainingWishes {
  const { micro_batch_size: micro, gradient_accumulation_steps: accumulation } = config
  const batchSize =
    micro === undefined && accumulation === undefined ? undefined : (micro ?? 1) * (accumulation ?? 1)
  const wishes: { [Name in keyof TrainingWishes]: TrainingWishes[Name] | undefined } = {
    method,
    rank: config.lora_r,
    alpha: config.lora_alpha,
    isRankStabilised: config.peft_use_rslora,
    targets: config.lora_target_modules && [
      ...new Set(config.lora_target_modules.map((name) => TARGETS.get(name) ?? name)),
    ],
    learningRate: config.learning_rate,
    decay: config.lr_scheduler,
    warmupSteps: config.warmup_steps,
    warmupRatio: config.warmup_ratio,
    weightDecay: config.weight_decay,
    beta1: config.adam_beta1,
    beta2: config.adam_beta2,
    epsilon: config.adam_epsilon,
    clip: config.max_grad_norm,
    batchSize,
    epochs: config.num_epochs,
    maxSteps: config.max_steps,
    sequenceLength: config.sequence_len,
    seed: config.seed,
    saveSteps: config.save_steps,
    upRatio: config.loraplus_lr_ratio,
    noiseAlpha: config.neftune_noise_alpha,
    earlyStoppingPatience: config.early_stopping_patience,
    dpoBeta: config.rl_beta,
  }
  // Those that are not wished for stay absent.
  return Object.fromEntries(Object.entries(wishes).filter(([, wish]) => wish !== undefined)) as TrainingWishes
}

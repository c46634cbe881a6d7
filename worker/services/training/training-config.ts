import { isAlias, isNode, isScalar, parseAllDocuments, visit } from 'yaml'
import { z } from 'zod'
import { AppError } from '../../../shared/errors.ts'
import { MAX_MODEL_ID_LENGTH } from '../../../shared/node.ts'
import type { TrainingWishes } from '../../../shared/training.ts'
import { ROW_TYPES } from '../../../shared/training-rows.ts'
import { MAX_SAMPLE_PROMPT_LENGTH } from './new-job.ts'
import { MAX_JOB_HOURS, MAX_SAMPLE_PROMPTS, MAX_SOURCES } from './training-limits.ts'

/** Largest training config, in bytes. */
export const MAX_CONFIG_BYTES = 64 * 1_024

/** Faults of a config that are told at once. */
const MAX_FAULTS = 10

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

const Path = z.string().min(1).max(1_024)
const Share = z.number().min(0).max(1)

/** Words that are known and whose meaning is not honoured: refused for what they would do, not as unknown. */
const NOT_HONOURED = {
  lora_dropout: z.literal(0, { error: 'dropout is not done: leave it out, or write 0' }).optional(),
  peft_use_dora: z.literal(false, { error: 'DoRA is not done: leave it out, or write false' }).optional(),
  sample_packing: z
    .literal(true, { error: 'rows are always packed, each seeing itself alone: leave it out, or write true' })
    .optional(),
  load_in_8bit: z
    .literal(false, { error: 'a file is trained as it is kept: leave it out, or write false' })
    .optional(),
  load_in_4bit: z
    .literal(false, { error: 'a file is trained as it is kept: leave it out, or write false' })
    .optional(),
  optimizer: z
    .enum(['adamw', 'adamw_torch', 'adamw_torch_fused'], { error: 'only adamw is done' })
    .optional(),
}

const Rows = z.strictObject({ path: Path, type: z.enum(ROW_TYPES).optional() })

/** A job's config in the words of Axolotl and PEFT (design.md §5). Bounds of numbers are those of `TrainingWishes`. */
const Config = z
  .strictObject({
    base_model: z.string().min(1).max(MAX_MODEL_ID_LENGTH),
    adapter: z.enum(['lora', 'qlora']).optional(),
    lora_model_dir: Path.optional(),
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
    /** The share of an earlier job's rows that is mixed in. */
    replay: Share.optional(),
    sample_prompts: z
      .array(z.string().min(1).max(MAX_SAMPLE_PROMPT_LENGTH))
      .max(MAX_SAMPLE_PROMPTS)
      .optional(),
    max_hours: z.number().positive().max(MAX_JOB_HOURS).optional(),
    rl: z.literal('dpo', { error: 'only dpo is done' }).optional(),
    rl_beta: z.number().positive().max(10).optional(),
    datasets: z.array(Rows).min(1).max(MAX_SOURCES).optional(),
    /** Rows that are not learned from. */
    test_datasets: z.array(Rows).min(1).max(MAX_SOURCES).optional(),
    ...NOT_HONOURED,
  })
  .superRefine((config, { addIssue }) => {
    const conflict = (one: keyof typeof config, other: keyof typeof config, reason: string) => {
      if (config[one] !== undefined && config[other] !== undefined)
        addIssue({ code: 'custom', path: [one], message: `cannot stand beside "${other}": ${reason}` })
    }
    conflict('warmup_steps', 'warmup_ratio', 'each says how long the warm-up is')
    conflict('lora_target_modules', 'lora_target_linear', 'each says which matrices are changed')
    if (config.test_datasets !== undefined && (config.val_set_size ?? 0) > 0)
      addIssue({
        code: 'custom',
        path: ['val_set_size'],
        message: 'cannot stand beside "test_datasets": each says which rows the job is measured on',
      })
    if (config.rl_beta !== undefined && config.rl === undefined)
      addIssue({ code: 'custom', path: ['rl_beta'], message: 'needs "rl: dpo"' })
    if (config.lora_target_linear === false)
      addIssue({
        code: 'custom',
        path: ['lora_target_linear'],
        message: 'names no other matrices: write "lora_target_modules"',
      })
    const isMeasured = config.test_datasets !== undefined || (config.val_set_size ?? 0) > 0
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
  })
export type TrainingConfig = z.infer<typeof Config>

const faulty = (message: string, param = 'config_path'): AppError =>
  new AppError('invalid_request', message, { param })

/** The value of YAML text that stands for itself: no aliases, anchors or tags, which can make much of little. */
function plainValue(text: string): unknown {
  const documents = parseAllDocuments(text, {
    version: '1.2',
    schema: 'core',
    stringKeys: true,
    logLevel: 'silent',
  })
  const [document, ...others] = Array.isArray(documents) ? documents : []
  if (document === undefined) throw faulty('The training config is empty.')
  if (others.length > 0) throw faulty('The training config holds more than one document.')
  const [error] = document.errors
  if (error) {
    const line = error.linePos?.[0].line
    throw faulty(
      `The training config is not YAML${line === undefined ? '' : `: line ${line}`} (${error.code}).`,
    )
  }
  visit(document, (_key, node) => {
    if (isAlias(node) || (isNode(node) && 'anchor' in node && node.anchor))
      throw faulty('The training config has an anchor or an alias: write the value where it is meant.')
    if (isNode(node) && node.tag !== undefined)
      throw faulty('The training config has a tag: write the value alone.')
    if (isScalar(node) && typeof node.value === 'string' && !node.value.isWellFormed())
      throw faulty('The training config holds half of a surrogate pair, which is no character.')
  })
  return document.toJS({ maxAliasCount: 0 })
}

/**
 * Reads a training config. Throws `invalid_request` with the first mistakes, each by its key, or with the reason for which it
 * cannot be read.
 */
export function parseTrainingConfig(bytes: Uint8Array): TrainingConfig {
  if (bytes.length > MAX_CONFIG_BYTES)
    throw faulty(`The training config is larger than ${MAX_CONFIG_BYTES / 1_024} KB.`)
  let value: unknown
  try {
    value = plainValue(new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(bytes))
  } catch (thrown) {
    if (thrown instanceof AppError) throw thrown
    throw faulty('The training config cannot be read: it is no UTF-8, or nested too deeply.')
  }
  const result = Config.safeParse(value)
  if (result.success) return result.data
  const faults = result.error.issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys'
      ? issue.keys.map((key) => `${[...issue.path, key].join('.')}: is not known`)
      : [`${issue.path.join('.') || 'config'}: ${issue.message}`],
  )
  const [first = ''] = faults
  throw faulty(
    `The training config has mistakes. ${faults.slice(0, MAX_FAULTS).join('; ')}.`,
    `config.${first.slice(0, first.indexOf(':'))}`,
  )
}

/** The wishes of a config. `full`: every weight. */
export function wishesOf(config: TrainingConfig, method: TrainingWishes['method']): TrainingWishes {
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

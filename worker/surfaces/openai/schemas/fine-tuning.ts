import { z } from '@hono/zod-openapi'
import { MAX_MODEL_ID_LENGTH } from '../../../../shared/node.ts'
import type { TrainingWishes } from '../../../../shared/training.ts'
import type { JobState, ServedCheckpoint, TrainingJob } from '../../../services/training/training-job.ts'
import {
  checkRecipe,
  RECIPE_KEYS,
  wishesOf as wishesOfConfig,
} from '../../../services/training/training-recipe.ts'
import type { LoggedEvent } from '../../../services/training/training-run.ts'
import { FILE_PREFIX } from './file.ts'

/** The spellings of ids. */
export const JOB_PREFIX = 'ftjob-'
export const EVENT_PREFIX = 'ftevent-'
export const CHECKPOINT_PREFIX = 'ftckpt-'

/** Pairs of a job's metadata, and the longest of them: OpenAI's documented limits. */
export const MAX_METADATA_PAIRS = 16
export const MAX_METADATA_KEY_LENGTH = 64
export const MAX_METADATA_VALUE_LENGTH = 512

const auto = <Schema extends z.ZodType>(schema: Schema) => z.union([z.literal('auto'), schema]).optional()

const common = {
  batch_size: auto(z.int().min(1).max(1_024)),
  learning_rate_multiplier: auto(z.number().positive().max(100)),
  n_epochs: auto(z.int().min(1).max(100)),
}
const Hyperparameters = z.strictObject(common)
const DpoHyperparameters = z.strictObject({ ...common, beta: auto(z.number().positive().max(10)) })

const METHOD_ERROR = "expected 'supervised' or 'dpo': 'reinforcement' is not supported"
const Method = z.strictObject({
  type: z.enum(['supervised', 'dpo'], { error: METHOD_ERROR }),
  supervised: z.strictObject({ hyperparameters: Hyperparameters.optional() }).optional(),
  dpo: z.strictObject({ hyperparameters: DpoHyperparameters.optional() }).optional(),
})

export const Metadata = z
  .record(z.string().max(MAX_METADATA_KEY_LENGTH), z.string().max(MAX_METADATA_VALUE_LENGTH))
  .refine((pairs) => Object.keys(pairs).length <= MAX_METADATA_PAIRS, {
    error: `expected at most ${MAX_METADATA_PAIRS} pairs`,
  })

/** The model and how it is trained: all that memory depends on. */
const recipe = {
  model: z
    .string()
    .min(1)
    .max(MAX_MODEL_ID_LENGTH + 100)
    .openapi({
      description:
        'A model of the pool, or one of yours that was trained on it: training goes on from there.',
    }),
  hyperparameters: Hyperparameters.optional().openapi({ deprecated: true }),
  method: Method.nullish(),
  seed: z
    .int()
    .min(0)
    .max(2 ** 32 - 1)
    .nullish(),
  config: z.strictObject(RECIPE_KEYS).optional().openapi({
    description:
      'Extension, instead of `method` and `hyperparameters`: how it is trained, by the keys that Axolotl and PEFT have for it.',
  }),
}

interface Asked {
  config?: z.infer<typeof recipe.config>
  method?: z.infer<typeof recipe.method>
  hyperparameters?: unknown
  seed?: number | null | undefined
  validation_file?: string | null | undefined
}

/** Tells hyperparameters that would be passed over: those of the other method, and those that stand in two places. */
function checkMethod({ method, hyperparameters }: Asked, { addIssue }: z.RefinementCtx): void {
  if (method == null) return
  const other = method.type === 'dpo' ? 'supervised' : 'dpo'
  if (method[other] !== undefined)
    addIssue({
      code: 'custom',
      path: ['method', other],
      message: `cannot stand beside "type": "${method.type}"`,
    })
  if (hyperparameters != null && method[method.type]?.hyperparameters !== undefined)
    addIssue({ code: 'custom', path: ['hyperparameters'], message: 'cannot stand beside those of "method"' })
}

/** Tells a config that says what another field says, and what it says twice by itself. */
function checkConfig(asked: Asked, context: z.RefinementCtx, hasRows: boolean): void {
  checkMethod(asked, context)
  const { config } = asked
  if (config === undefined) return
  const addIssue = (path: string[], message: string) =>
    context.addIssue({ code: 'custom', path: ['config', ...path], message })
  for (const other of ['method', 'hyperparameters'] as const) {
    if (asked[other] != null)
      addIssue([], `cannot stand beside "${other}": each says how the model is trained`)
  }
  if (asked.seed != null && config.seed !== undefined) addIssue(['seed'], 'cannot stand beside "seed"')
  if (asked.validation_file != null && (config.val_set_size ?? 0) > 0)
    addIssue(
      ['val_set_size'],
      'cannot stand beside "validation_file": each says which rows it is measured on',
    )
  checkRecipe(
    config,
    {
      addIssue: (issue) =>
        typeof issue === 'object' && context.addIssue({ ...issue, path: ['config', ...(issue.path ?? [])] }),
    },
    hasRows,
  )
}

export const CreateJob = z
  .strictObject({
    ...recipe,
    training_file: z.string().max(64),
    validation_file: z.string().max(64).nullish(),
    suffix: z.string().max(64).nullish(),
    metadata: Metadata.nullish(),
    integrations: z
      .union([z.null(), z.tuple([])], { error: 'integrations are not supported: leave them out' })
      .optional(),
  })
  .superRefine((asked, context) => checkConfig(asked, context, asked.validation_file != null))
  .openapi('CreateFineTuningJob')
export type CreateJob = z.infer<typeof CreateJob>

export const EstimateJob = z
  .strictObject(recipe)
  // Rows take no memory of their own: whether there are any is not asked here.
  .superRefine((asked, context) => checkConfig(asked, context, true))
  .openapi('EstimateFineTuningJob')

export const Estimate = z
  .object({
    object: z.literal('fine_tuning.estimate'),
    model: z.string(),
    memory_mib: z.int().openapi({ description: 'As a node of the pool reckons.' }),
  })
  .openapi('FineTuningEstimate')

/** Epochs that are saved of a job, each at its end: the last three, as OpenAI does it. */
export const SAVED_EPOCHS = 3

const number = (value: 'auto' | number | undefined): number | undefined =>
  value === 'auto' ? undefined : value

/** The wishes of a request. */
export function wishesOf({
  method,
  hyperparameters,
  seed,
  config,
}: z.infer<typeof EstimateJob>): TrainingWishes {
  if (config) {
    const wishes = wishesOfConfig(config, config.rl === 'dpo' ? 'dpo' : 'lora')
    return {
      ...(wishes.saveSteps === undefined && { saveEpochs: SAVED_EPOCHS }),
      ...(seed != null && { seed }),
      ...wishes,
    }
  }
  const isDpo = method?.type === 'dpo'
  const { batch_size, learning_rate_multiplier, n_epochs } =
    (isDpo ? method.dpo?.hyperparameters : method?.supervised?.hyperparameters) ?? hyperparameters ?? {}
  const wishes: { [Name in keyof TrainingWishes]: TrainingWishes[Name] | undefined } = {
    method: isDpo ? 'dpo' : 'lora',
    batchSize: number(batch_size),
    learningRateMultiplier: number(learning_rate_multiplier),
    epochs: number(n_epochs),
    dpoBeta: isDpo ? number(method.dpo?.hyperparameters?.beta) : undefined,
    seed: seed ?? undefined,
    saveEpochs: SAVED_EPOCHS,
  }
  // Those that are not wished for stay absent.
  return Object.fromEntries(Object.entries(wishes).filter(([, wish]) => wish !== undefined)) as TrainingWishes
}

/** The words of a request that are kept to be shown again. */
const KeptRequest = z.object({
  model: z.string(),
  training_file: z.string(),
  validation_file: z.string().nullable(),
})
export type KeptRequest = z.infer<typeof KeptRequest>

const Value = z.union([z.literal('auto'), z.number()])
const UsedHyperparameters = z.object({
  batch_size: Value,
  learning_rate_multiplier: Value,
  n_epochs: Value,
  beta: Value.optional(),
})

const STATUSES = ['validating_files', 'queued', 'running', 'succeeded', 'failed', 'cancelled'] as const
type Status = (typeof STATUSES)[number]
const STATUS_OF: { readonly [State in JobState]: Status } = {
  pending: 'validating_files',
  queued: 'queued',
  paused: 'queued',
  running: 'running',
  pausing: 'running',
  completed: 'succeeded',
  failed: 'failed',
  cancelling: 'cancelled',
  cancelled: 'cancelled',
}

export const Job = z
  .object({
    id: z.string(),
    object: z.literal('fine_tuning.job'),
    created_at: z.int(),
    finished_at: z.int().nullable(),
    estimated_finish: z.int().nullable(),
    model: z.string(),
    fine_tuned_model: z.string().nullable(),
    organization_id: z.string(),
    status: z.enum(STATUSES),
    paused: z.boolean().openapi({ description: 'It is queued, and waits until it is resumed.' }),
    training_file: z.string(),
    validation_file: z.string().nullable(),
    result_files: z.array(z.string()),
    trained_tokens: z.int().nullable(),
    hyperparameters: UsedHyperparameters,
    method: z.object({
      type: z.enum(['supervised', 'dpo']),
      supervised: z.object({ hyperparameters: UsedHyperparameters }).optional(),
      dpo: z.object({ hyperparameters: UsedHyperparameters }).optional(),
    }),
    seed: z.int(),
    metadata: z.record(z.string(), z.string()).nullable(),
    integrations: z.null(),
    error: z.object({ code: z.string(), message: z.string(), param: z.string().nullable() }).nullable(),
    settings: z
      .record(z.string(), z.unknown())
      .nullable()
      .openapi({ description: 'Every value that the training uses; null before it has begun.' }),
    progress: z
      .object({ step: z.int(), total_steps: z.int(), percent: z.number(), loss: z.number().nullable() })
      .nullable(),
    waits_for: z.string().nullable().openapi({ description: 'Why no node runs it yet.' }),
  })
  .openapi('FineTuningJob')

const seconds = (ms: number): number => Math.floor(ms / 1_000)
const secondsOrNull = (ms: number | null): number | null => (ms === null ? null : seconds(ms))

function usedHyperparameters({ settings, wishes }: TrainingJob): z.infer<typeof UsedHyperparameters> {
  const used = (name: 'batchSize' | 'epochs' | 'dpoBeta'): 'auto' | number => {
    const value = settings?.[name]
    return typeof value === 'number' ? value : (wishes[name] ?? 'auto')
  }
  return {
    batch_size: used('batchSize'),
    learning_rate_multiplier: wishes.learningRateMultiplier ?? (settings === null ? 'auto' : 1),
    n_epochs: used('epochs'),
    ...(wishes.method === 'dpo' && { beta: used('dpoBeta') }),
  }
}

function seedOf({ settings, wishes }: TrainingJob): number {
  const used = settings?.seed
  return typeof used === 'number' ? used : (wishes.seed ?? 0)
}

/** A job as OpenAI's clients know it. */
export function showJob(job: TrainingJob): z.input<typeof Job> {
  const { state, progress } = job
  const hyperparameters = usedHyperparameters(job)
  const type = job.wishes.method === 'dpo' ? ('dpo' as const) : ('supervised' as const)
  return {
    id: JOB_PREFIX + job.id,
    object: 'fine_tuning.job',
    created_at: seconds(job.createdAt),
    finished_at: secondsOrNull(job.finishedAt),
    estimated_finish: secondsOrNull(job.estimatedFinishAt),
    ...KeptRequest.parse(job.request),
    fine_tuned_model: job.resultModel,
    organization_id: job.accountId,
    status: STATUS_OF[state],
    paused: state === 'paused',
    result_files: job.resultFileId === null ? [] : [FILE_PREFIX + job.resultFileId],
    trained_tokens: state === 'completed' ? job.trainedTokens : null,
    hyperparameters,
    method: { type, [type]: { hyperparameters } },
    seed: seedOf(job),
    metadata: job.metadata,
    integrations: null,
    error: job.error,
    settings: job.settings,
    progress: progress && {
      step: progress.step,
      total_steps: progress.totalSteps,
      percent: progress.percent,
      loss: progress.loss,
    },
    waits_for: job.blocked?.message ?? null,
  }
}

export const Event = z
  .object({
    id: z.string(),
    object: z.literal('fine_tuning.job.event'),
    created_at: z.int(),
    level: z.enum(['info', 'warn', 'error']),
    message: z.string(),
    type: z.enum(['message', 'metrics']),
    data: z.record(z.string(), z.unknown()),
  })
  .openapi('FineTuningEvent')

/** A job's event; its id is the job's and its place. */
export const showEvent = (
  jobId: string,
  { id, at, level, kind, message, data }: LoggedEvent,
): z.input<typeof Event> => ({
  id: `${EVENT_PREFIX}${jobId}-${id}`,
  object: 'fine_tuning.job.event',
  created_at: seconds(at),
  level,
  message,
  type: kind === 'metrics' ? 'metrics' : 'message',
  data: { ...data },
})

export const Checkpoint = z
  .object({
    id: z.string(),
    object: z.literal('fine_tuning.job.checkpoint'),
    created_at: z.int(),
    fine_tuning_job_id: z.string(),
    fine_tuned_model_checkpoint: z.string(),
    step_number: z.int(),
    metrics: z.object({
      step: z.int(),
      train_loss: z.number().optional(),
      train_mean_token_accuracy: z.number().optional(),
      full_valid_loss: z.number().optional(),
      full_valid_mean_token_accuracy: z.number().optional(),
    }),
  })
  .openapi('FineTuningCheckpoint')

export function showCheckpoint({
  id,
  jobId,
  step,
  modelName,
  loss,
  createdAt,
}: ServedCheckpoint): z.input<typeof Checkpoint> {
  const { train, trainAccuracy, validation, validationAccuracy } = loss ?? {}
  return {
    id: CHECKPOINT_PREFIX + id,
    object: 'fine_tuning.job.checkpoint',
    created_at: seconds(createdAt),
    fine_tuning_job_id: JOB_PREFIX + jobId,
    fine_tuned_model_checkpoint: modelName,
    step_number: step,
    metrics: {
      step,
      ...(train != null && { train_loss: train }),
      ...(trainAccuracy != null && { train_mean_token_accuracy: trainAccuracy }),
      ...(validation != null && { full_valid_loss: validation }),
      ...(validationAccuracy != null && { full_valid_mean_token_accuracy: validationAccuracy }),
    },
  }
}

export const listOf = <Item extends z.ZodType>(item: Item) =>
  z.object({
    object: z.literal('list'),
    data: z.array(item),
    has_more: z.boolean(),
    first_id: z.string().nullable(),
    last_id: z.string().nullable(),
  })

/** A page as OpenAI's clients turn it. */
export const pageOf = <Item extends { id: string }>(data: Item[], hasMore: boolean) => ({
  object: 'list' as const,
  data,
  has_more: hasMore,
  first_id: data[0]?.id ?? null,
  last_id: data.at(-1)?.id ?? null,
})

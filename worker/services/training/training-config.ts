import { isAlias, isNode, isScalar, parseAllDocuments, visit } from 'yaml'
import { z } from 'zod'
import { AppError } from '../../../shared/errors.ts'
import { MAX_MODEL_ID_LENGTH } from '../../../shared/node.ts'
import { ROW_TYPES } from '../../../shared/training-rows.ts'
import { isTable } from './rows/row-source.ts'
import { TableColumns } from './rows/table-columns.ts'
import { MAX_SOURCES } from './training-limits.ts'
import { checkRecipe, RECIPE_KEYS } from './training-recipe.ts'

/** Largest training config, in bytes. */
export const MAX_CONFIG_BYTES = 64 * 1_024

/** Faults of a config that are told at once. */
const MAX_FAULTS = 10

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

const Rows = z
  .strictObject({ path: Path, type: z.enum(ROW_TYPES).optional(), columns: TableColumns.optional() })
  .refine(({ path, columns }) => columns === undefined || isTable(path), {
    error: 'are those of a table: the path of one ends in .csv',
    path: ['columns'],
  })

/** A job's config: how it is trained, and on what. */
const Config = z
  .strictObject({
    base_model: z.string().min(1).max(MAX_MODEL_ID_LENGTH),
    adapter: z.enum(['lora', 'qlora']).optional(),
    lora_model_dir: Path.optional(),
    ...RECIPE_KEYS,
    /** The share of an earlier job's rows that is mixed in. */
    replay: Share.optional(),
    datasets: z.array(Rows).min(1).max(MAX_SOURCES).optional(),
    /** Rows that are not learned from. */
    test_datasets: z.array(Rows).min(1).max(MAX_SOURCES).optional(),
    ...NOT_HONOURED,
  })
  .superRefine((config, context) => {
    if (config.test_datasets !== undefined && (config.val_set_size ?? 0) > 0)
      context.addIssue({
        code: 'custom',
        path: ['val_set_size'],
        message: 'cannot stand beside "test_datasets": each says which rows the job is measured on',
      })
    checkRecipe(config, context, config.test_datasets !== undefined)
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

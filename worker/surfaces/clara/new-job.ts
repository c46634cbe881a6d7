import { AppError, toAppError } from '../../../shared/errors.ts'
import { AdapterSuffix } from '../../../shared/node.ts'
import type { TrainingWishes } from '../../../shared/training.ts'
import type { Account } from '../../services/accounts/account-row.ts'
import { isTable } from '../../services/training/rows/row-source.ts'
import { mappingOf } from '../../services/training/rows/table-columns.ts'
import { ADAPTER_FILE, type UploadedAdapter } from '../../services/training/starting/uploaded-adapters.ts'
import {
  MAX_CONFIG_BYTES,
  parseTrainingConfig,
  type TrainingConfig,
} from '../../services/training/training-config.ts'
import type { NewTrainingJob, TrainingJob, TrainingSource } from '../../services/training/training-job.ts'
import { wishesOf } from '../../services/training/training-recipe.ts'
import { fromRoot } from '../../services/workspace/path.ts'
import { ClaraError } from './errors.ts'
import { type CreateJob, MODEL_FILE } from './training-schemas.ts'

/** The share of an earlier job's rows that a continued one mixes in. */
const USUAL_REPLAY_SHARE = 0.1

/** The folder of results whose job names none. */
const OUTPUTS = '/data/outputs'

/** The workspace and the other jobs, as a job of this contract asks them. */
export interface JobFiles {
  /** At most so many bytes of a file, undefined where there is none. */
  read: (accountId: string, path: string, maxBytes: number) => Promise<Uint8Array | undefined>
  /** The last completed job whose adapter lies there. */
  jobOfAdapter: (accountId: string, path: string) => Promise<TrainingJob | undefined>
  /** The adapter's file at a path, or in the folder with this path. Throws where it is not clear which one is meant. */
  uploadedAdapter: (accountId: string, path: string) => Promise<UploadedAdapter | undefined>
}

/** A path as this contract writes it, in the workspace. Throws `invalid_request` with the field. */
function workspacePath(path: string, param: string): string {
  try {
    return fromRoot(path)
  } catch (thrown) {
    throw new AppError('invalid_request', toAppError(thrown).message, { param })
  }
}

async function readConfig(asked: CreateJob, accountId: string, files: JobFiles): Promise<TrainingConfig> {
  const path = workspacePath(asked.config_path, 'config_path')
  const bytes = await files.read(accountId, path, MAX_CONFIG_BYTES + 1)
  if (bytes === undefined) {
    throw new ClaraError('invalid_request', `Config not found: ${asked.config_path}`, {
      errorCode: 'CONFIG_NOT_FOUND',
      details: { config_path: asked.config_path },
    })
  }
  return parseTrainingConfig(bytes)
}

type RowsOf = NonNullable<TrainingConfig['datasets']>[number]

function sourcesOf({ dataset_path: asked }: CreateJob, config: TrainingConfig): TrainingSource[] {
  const source = (
    role: TrainingSource['role'],
    path: string,
    param: string,
    { type, columns }: Partial<RowsOf> = {},
  ) => ({
    role,
    kind: 'workspace' as const,
    name: workspacePath(path, param),
    type: type ?? ('guess' as const),
    ...(columns && isTable(path) && { columns: mappingOf(columns) }),
  })
  const train =
    asked == null
      ? (config.datasets ?? []).map(({ path, ...rows }, index) =>
          source('train', path, `config.datasets.${index}.path`, rows),
        )
      : [source('train', asked, 'dataset_path', config.datasets?.[0])]
  if (train.length === 0) {
    throw new AppError(
      'invalid_request',
      'There are no rows: write dataset_path, or "datasets" in the config.',
      {
        param: 'dataset_path',
      },
    )
  }
  const validation = (config.test_datasets ?? []).map(({ path, ...rows }, index) =>
    source('validation', path, `config.test_datasets.${index}.path`, rows),
  )
  return [...train, ...validation]
}

type Method = Pick<NewTrainingJob, 'precisions' | 'continueFrom' | 'startFrom'> & {
  method: TrainingWishes['method']
  earlier?: TrainingJob
}

const mismatch = (key: string, message: string) =>
  new AppError('invalid_request', message, { param: `config.${key}` })

/**
 * The adapter that a continuous job goes on from: the file that lies in the folder, and where that is gone the model of the job
 * that has left it. The rows of that job are mixed in, unless somebody has put another file there since.
 */
async function startOf(
  { base_model: base, lora_model_dir: named }: TrainingConfig,
  outputFolder: string,
  {
    jobOfAdapter,
    uploadedAdapter,
  }: { [Name in 'jobOfAdapter' | 'uploadedAdapter']: (path: string) => ReturnType<JobFiles[Name]> },
): Promise<Pick<Method, 'continueFrom' | 'startFrom' | 'earlier'> | undefined> {
  const folder = (named ?? outputFolder).replace(/\/+$/, '')
  const usual = workspacePath(`${folder}/${ADAPTER_FILE}`, 'config.lora_model_dir')
  const file = await uploadedAdapter(
    named === undefined ? usual : workspacePath(folder, 'config.lora_model_dir'),
  )
  const earlier = await jobOfAdapter(file?.path ?? usual)
  if (!file)
    return earlier?.resultModelId == null ? undefined : { continueFrom: earlier.resultModelId, earlier }
  const isOfJob = earlier && file.modifiedAt <= (earlier.finishedAt ?? 0)
  if (isOfJob && earlier.baseModel !== base)
    throw mismatch(
      'lora_model_dir',
      `It is an adapter of another model: of '${earlier.baseModel}', not of '${base}'.`,
    )
  return { startFrom: file.path, ...(isOfJob && { earlier }) }
}

/** The way of training that `trainer_type` and the config mean together. */
async function methodOf(
  { trainer_type: trainer }: CreateJob,
  config: TrainingConfig,
  startsWith: () => ReturnType<typeof startOf>,
): Promise<Method> {
  const lowRank = config.rl === 'dpo' ? ('dpo' as const) : ('lora' as const)
  if (trainer !== 'continuous') {
    if (config.adapter !== undefined && config.adapter !== trainer)
      throw mismatch(
        'adapter',
        `The config says "adapter: ${config.adapter}", and trainer_type is ${trainer}.`,
      )
    if (config.lora_model_dir !== undefined)
      throw mismatch('lora_model_dir', 'An earlier adapter is gone on from by the trainer_type continuous.')
    return { method: lowRank, precisions: trainer === 'lora' ? ['f32', 'f16'] : ['quantised'] }
  }
  const start = await startsWith()
  if (start) return { method: lowRank, precisions: ['f32', 'f16', 'quantised'], ...start }
  if (config.lora_model_dir !== undefined)
    throw mismatch(
      'lora_model_dir',
      `There is no adapter in GGUF under ${config.lora_model_dir}; convert_lora_to_gguf.py of llama.cpp makes one of PEFT’s.`,
    )
  if (config.adapter !== undefined)
    throw mismatch('adapter', 'There is no earlier adapter to go on from: write "lora_model_dir".')
  if (config.rl !== undefined)
    throw mismatch('rl', 'Preferences are learned by an adapter: it needs an earlier one.')
  return { method: 'full', precisions: ['f32'] }
}

/** The model's name for callers is taken from the folder of its adapter, where that can be a name. */
function suffixOf(folder: string): string | null {
  const last = folder.split('/').at(-1) ?? ''
  return AdapterSuffix.safeParse(last).success ? last : null
}

/** The service's names of what was asked for, as this contract calls them. */
const PARAMS: ReadonlyMap<string, string> = new Map([
  ['baseModel', 'config.base_model'],
  ['precisions', 'trainer_type'],
  ['sources', 'dataset_path'],
  ['continueFrom', 'config.lora_model_dir'],
  ['startFrom', 'config.lora_model_dir'],
  ['wishes.rank', 'config.lora_r'],
  ['wishes.alpha', 'config.lora_alpha'],
  ['wishes.targets', 'config.lora_target_modules'],
  ['suffix', 'output_dir'],
  ['outputPath', 'output_dir'],
])

/** A refusal of the service in this contract's words. */
export function inClarasWords(thrown: unknown): AppError {
  const error = toAppError(thrown)
  if (error.code === 'not_found' && error.param === 'sources') {
    return new ClaraError('invalid_request', error.message, {
      errorCode: 'DATASET_NOT_FOUND',
      details: { field: 'dataset_path' },
    })
  }
  const param = error.param && PARAMS.get(error.param)
  if (param === undefined) return error
  const { code, message, retryAfterSeconds, cause } = error
  // A base that no node has is a mistake of the config, not of the address.
  return new AppError(code === 'model_not_found' ? 'invalid_request' : code, message, {
    param,
    retryAfterSeconds,
    cause,
  })
}

/** A job as the service takes it. Throws what is wrong with the config and its files, by field. */
export async function newJobOf(asked: CreateJob, account: Account, files: JobFiles): Promise<NewTrainingJob> {
  const config = await readConfig(asked, account.id, files)
  const folder = (asked.output_dir ?? `${OUTPUTS}/${crypto.randomUUID()}`).replace(/\/+$/, '')
  const outputAt = (name: string) => workspacePath(`${folder}/${name}`, 'output_dir')
  outputAt(ADAPTER_FILE) // a folder that is none is told first
  const { method, precisions, continueFrom, startFrom, earlier } = await methodOf(asked, config, () =>
    startOf(config, folder, {
      jobOfAdapter: (path) => files.jobOfAdapter(account.id, path),
      uploadedAdapter: (path) =>
        files.uploadedAdapter(account.id, path).catch((thrown: unknown) => {
          throw inClarasWords(thrown)
        }),
    }),
  )
  const replay: TrainingSource[] =
    earlier && config.replay !== 0 ? [{ role: 'replay', kind: 'job', name: earlier.id, type: 'guess' }] : []
  return {
    account,
    surface: 'clara',
    baseModel: config.base_model,
    precisions,
    wishes: wishesOf(config, method),
    sources: [...sourcesOf(asked, config), ...replay],
    ...(continueFrom && { continueFrom }),
    ...(startFrom !== undefined && { startFrom }),
    suffix: suffixOf(folder),
    trainsOnInputs: config.train_on_inputs ?? false,
    excess: config.excess_length_strategy ?? 'drop',
    validationShare: config.val_set_size ?? 0,
    replayShare: replay.length > 0 ? (config.replay ?? USUAL_REPLAY_SHARE) : null,
    ...(config.max_hours !== undefined && { maxHours: config.max_hours }),
    samplePrompts: config.sample_prompts ?? [],
    outputPath: outputAt(method === 'full' ? MODEL_FILE : ADAPTER_FILE),
    priority: asked.priority,
    tags: asked.tags,
    request: {
      trainer_type: asked.trainer_type,
      config_path: asked.config_path,
      dataset_path: asked.dataset_path ?? null,
      output_dir: folder,
      created_by: account.email ?? account.username ?? account.id,
    },
  }
}

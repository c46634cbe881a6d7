import { AppError } from '../../../../shared/errors.ts'
import { MAX_ADAPTER_PARTS } from '../../../../shared/generation.ts'
import { MAX_PART_BYTES, TrainingWishes } from '../../../../shared/training.ts'
import type { TrainingPlan } from '../../../db/tables/training.ts'
import { versionKey } from '../../workspace/workspace.ts'
import {
  type AdapterSettings,
  adapterSettings,
  type BaseFacts,
  type ResultFile,
} from '../results/adapter-check.ts'
import { MAX_HEADER_BYTES } from '../results/gguf-header.ts'
import type { NewTrainingJob } from '../training-job.ts'
import type { TunedModelFile, TunedModels } from '../tuned-models.ts'
import type { UploadedAdapters } from './uploaded-adapters.ts'

/** The largest adapter that a job goes on from: as large as one that comes out may be. */
export const MAX_ADAPTER_BYTES = MAX_ADAPTER_PARTS * MAX_PART_BYTES

/** Alphas that are the same but for the rounding of a 32-bit number. */
const SAME_ALPHA = 1e-4

export interface StartingOptions {
  bucket: Pick<R2Bucket, 'get'>
  tunedModels: Pick<TunedModels, 'find'>
  uploadedAdapters: Pick<UploadedAdapters, 'find'>
}

export type Starting = ReturnType<typeof createStarting>

/** The part of a job that says what it begins with. */
export type Beginning = Pick<
  NewTrainingJob,
  'account' | 'baseModel' | 'wishes' | 'continueFrom' | 'startFrom'
>

/** The part of a plan that says with which adapter the job begins. */
type Start = Pick<TrainingPlan, 'wishes' | 'startFrom'>

const invalid = (param: string, message: string) => new AppError('invalid_request', message, { param })

/** The wishes of a job that goes on from an adapter: what it says nothing of is as that was made. */
function takenOver(
  wishes: TrainingWishes,
  { rank, alpha, targets, layers }: AdapterSettings,
  shape: BaseFacts['shape'],
): TrainingWishes {
  const refuse = (name: 'rank' | 'alpha' | 'targets', value: string) =>
    invalid(
      `wishes.${name}`,
      `The adapter was made with ${name} ${value}, with which it goes on: leave it out.`,
    )
  // Whoever loads an adapter divides by the rank: the square root is in its alpha already.
  const own = alpha / (wishes.isRankStabilised ? Math.sqrt(rank) : 1)
  if (wishes.rank !== undefined && wishes.rank !== rank) throw refuse('rank', String(rank))
  if (wishes.alpha !== undefined && Math.abs(wishes.alpha / own - 1) > SAME_ALPHA)
    throw refuse('alpha', String(own))
  const asked = wishes.targets && new Set(wishes.targets)
  if (asked && (asked.size !== targets.length || !targets.every((name) => asked.has(name))))
    throw refuse('targets', targets.join(', '))
  const areAll = shape?.matrices.every(({ name }) => targets.includes(name))
  const isEachLayer = layers.length === shape?.layers
  return {
    ...{ ...wishes, rank, alpha: wishes.alpha ?? own },
    ...(!areAll && { targets }),
    ...(!isEachLayer && { layers }),
  }
}

/** The adapters that jobs begin with: models that were trained here, and files that accounts bring along. */
export function createStarting({ bucket, tunedModels, uploadedAdapters }: StartingOptions) {
  async function read(key: string | undefined, sizeBytes: number): Promise<ResultFile> {
    const length = Math.min(sizeBytes, MAX_HEADER_BYTES)
    const object = key === undefined ? null : await bucket.get(key, { range: { offset: 0, length } })
    return { head: new Uint8Array((await object?.arrayBuffer()) ?? new ArrayBuffer(0)), sizeBytes }
  }

  async function tunedOf({ account, baseModel }: Beginning, id: string): Promise<TunedModelFile> {
    const tuned = await tunedModels.find(account.id, id)
    if (!tuned)
      throw new AppError('model_not_found', 'There is no such tuned model.', { param: 'continueFrom' })
    if (tuned.base === baseModel) return tuned
    const message = `'${tuned.name}' is an adapter of '${tuned.base}', not of '${baseModel}'.`
    throw invalid('continueFrom', message)
  }

  async function settle(
    { baseModel, wishes }: Beginning,
    base: BaseFacts | undefined,
    file: ResultFile,
    { name, param }: { name: string; param: 'continueFrom' | 'startFrom' },
  ): Promise<TrainingWishes> {
    const settings = adapterSettings(file, base)
    if ('fault' in settings)
      throw invalid(
        param,
        `'${name}' is no adapter that training of '${baseModel}' can go on from: ${settings.fault}.`,
      )
    const parsed = TrainingWishes.safeParse(takenOver(wishes, settings, base?.shape))
    if (parsed.success) return parsed.data
    const [issue] = parsed.error.issues
    throw invalid(
      param,
      `'${name}' cannot be gone on from, by its ${issue?.path.join('.')}: ${issue?.message}.`,
    )
  }

  return {
    /** Checks the adapter that a job is to begin with. Throws `model_not_found`, `not_found`, `invalid_request`, `too_large`. */
    async startOf(given: Beginning, base: BaseFacts | undefined): Promise<Start> {
      const { account, continueFrom, startFrom, wishes } = given
      if (continueFrom != null) {
        const { name, file, objectKeys } = await tunedOf(given, continueFrom)
        const result = await read(objectKeys[0], file.bytes)
        return { wishes: await settle(given, base, result, { name, param: 'continueFrom' }) }
      }
      if (startFrom == null) return { wishes }
      const found = await uploadedAdapters.find(account.id, startFrom)
      if (!found) throw new AppError('not_found', `There is no file '${startFrom}'.`, { param: 'startFrom' })
      const { path, versionId, sizeBytes } = found
      if (sizeBytes > MAX_ADAPTER_BYTES)
        throw new AppError('too_large', `The adapter '${path}' has more than ${MAX_ADAPTER_BYTES} bytes.`, {
          param: 'startFrom',
        })
      const file = await read(versionKey(versionId), sizeBytes)
      const settled = await settle(given, base, file, { name: path, param: 'startFrom' })
      return { wishes: settled, startFrom: { path, versionId, sizeBytes } }
    },
  }
}

import type { StoredFile } from '../../../shared/training.ts'
import type { Viewer } from '../inference/tuned-target.ts'

/** The result of a job, or of one of its checkpoints, that is to be served. */
export interface NewTunedModel {
  jobId: string
  accountId: string
  base: string
  /** As the job asked for it; without one, one is made of the job's id. */
  suffix: string | null
  /** Of a checkpoint; null of the result. */
  step: number | null
  file: StoredFile
  /** Where its parts lie in R2. */
  objectKeys: string[]
  visibility: 'account' | 'clara'
  /** A file of all weights is no adapter. Absent: an adapter. */
  kind?: 'adapter' | 'weights'
}

/** A tuned model, as jobs need it. */
export interface TunedModelFile {
  id: string
  accountId: string
  /** As callers know it. */
  name: string
  base: string
  jobId: string | null
  file: StoredFile
  objectKeys: string[]
}

/** The results of jobs as models. */
export interface TunedModels {
  /** Makes a model of it. The same job and step again are the same model. */
  publish(model: NewTunedModel): Promise<{ id: string; name: string }>
  /** One of the account's own, by its id. */
  find(accountId: string, id: string): Promise<TunedModelFile | undefined>
  /** One that the viewer may use, by the name that callers have for it. */
  findByName(name: string, viewer: Viewer): Promise<TunedModelFile | undefined>
  /** Takes back the model of a result whose job has not completed in the end; there may be none. */
  removeResult(jobId: string): Promise<void>
  /** The objects of a job that are models, and stay. */
  objectKeysOf(jobId: string): Promise<string[]>
}

/** Before there is a service of tuned models: none is known, and none is made. */
export const NO_TUNED_MODELS: TunedModels = {
  publish: async ({ base, suffix, step, jobId }) => ({
    id: jobId,
    name: `${base}:${suffix ?? jobId}${step === null ? '' : `.step-${step}`}`,
  }),
  find: async () => undefined,
  findByName: async () => undefined,
  removeResult: async () => {},
  objectKeysOf: async () => [],
}

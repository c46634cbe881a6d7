import { AppError } from '../../../shared/errors.ts'
import type { Account } from '../accounts/account-row.ts'
import type { SettingsService } from '../administration/settings.ts'
import type { Inference } from '../inference/inference.ts'
import { modelFor } from './model-binding.ts'
import type { ModelRecords } from './model-records.ts'

/** Who has a say in which model answers, besides the caller's key and the deployment. */
export interface ModelWish {
  /** By the request, as its caller knows the model. */
  named?: string | null | undefined
  /** The record of the model that the conversation is held with. */
  recordId?: string | null | undefined
  /** The model that the conversation has otherwise. */
  kept?: string | null | undefined
}

export interface ChosenModel {
  /** The pool's. */
  id: string
  /** As the caller knows it. */
  name: string
}

type Models = Pick<Inference, 'listModels'>

/** The model of a request that names none: what the deployment has set, or else the first that the pool holds. */
export const defaultModel = async (
  chosen: string | null | undefined,
  { listModels }: Models,
): Promise<string | undefined> => chosen ?? (await listModels())[0]?.id

export type ChooseModel = ReturnType<typeof createModelChoice>

/**
 * Which model answers: the one that the request names, the only one of the caller's key, the conversation's, the
 * deployment's default. Throws `forbidden` for a name that the key does not know, `not_found` for a record that is gone, and
 * `no_capacity` when there is none.
 */
export function createModelChoice({
  modelRecords,
  settings,
  inference,
}: {
  modelRecords: Pick<ModelRecords, 'get'>
  settings: Pick<SettingsService, 'get'>
  inference: Models
}) {
  return async (
    account: Pick<Account, 'id' | 'key'>,
    { named, recordId, kept }: ModelWish,
  ): Promise<ChosenModel> => {
    if (named) return { id: modelFor(account, named), name: named }
    const bound = account.key?.model
    if (bound) return { id: bound.baseModel, name: bound.name }
    const ofRecord = recordId ? (await modelRecords.get(account.id, recordId)).baseModel : undefined
    const id = ofRecord ?? kept ?? (await defaultModel((await settings.get()).defaultModel, inference))
    if (id !== undefined) return { id, name: id }
    throw new AppError('no_capacity', 'No node that holds a model is connected.', { retryAfterSeconds: 2 })
  }
}

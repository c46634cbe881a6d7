import { AppError } from '../../../shared/errors.ts'
import type { Account } from '../accounts/account-row.ts'
import type { Inference, ListedModel } from '../inference/inference.ts'
import type { Viewer } from '../inference/tuned-target.ts'
import { modelFor, namedFor } from './model-binding.ts'
import type { ListedTunedModel, TunedModels } from './tuned-models.ts'

/** A model as a caller knows it. */
export interface NamedModel extends Omit<ListedModel, 'contextTokens'> {
  /** Null where no node that is known holds what it is made of. */
  contextTokens: number | null
  /** The account that it belongs to; absent for what the pool's nodes brought along. */
  ownerId?: string
}

type Asking = Pick<Account, 'id' | 'key'>

const tunedFrom = (
  { name, base, accountId, createdAt }: ListedTunedModel,
  contextTokens: number | null,
): NamedModel => ({ id: name, parent: base, ownerId: accountId, createdAt, contextTokens })

export type ModelList = ReturnType<typeof createModelList>

/** The models of which a caller knows: the pool's, and those that were trained on it and that it may use. */
export function createModelList({
  inference,
  tunedModels,
}: {
  inference: Pick<Inference, 'listModels'>
  tunedModels: Pick<TunedModels, 'list' | 'find'>
}) {
  return {
    /** Those that can be served now, each once, by name. A name that a caller's own model has is that model's. */
    async list(account: Asking, viewer: Viewer): Promise<NamedModel[]> {
      const [pooled, tuned] = await Promise.all([inference.listModels(), tunedModels.list(viewer)])
      const bases = new Map(pooled.map(({ id, contextTokens }) => [id, contextTokens]))
      const models = new Map<string, NamedModel>(pooled.map((model) => [model.id, model]))
      for (const model of tuned) {
        const contextTokens = bases.get(model.base)
        if (contextTokens === undefined || model.kind !== 'adapter') models.delete(model.name)
        else models.set(model.name, tunedFrom(model, contextTokens))
      }
      const named = namedFor(account, [...models.values()])
      return named.toSorted((a, b) => (a.id < b.id ? -1 : 1))
    },

    /** One of them, by a name that the caller has for it, also while it cannot be served. Throws `model_not_found`. */
    async get(account: Asking, name: string, viewer: Viewer): Promise<NamedModel> {
      const asked = modelFor(account, name)
      const [tuned, pooled] = await Promise.all([tunedModels.find(asked, viewer), inference.listModels()])
      const contextOf = (id: string) => pooled.find((model) => model.id === id)?.contextTokens ?? null
      const model = tuned ? tunedFrom(tuned, contextOf(tuned.base)) : pooled.find(({ id }) => id === asked)
      if (model) return { ...model, id: name }
      throw new AppError('model_not_found', `The model '${name}' does not exist.`, { param: 'model' })
    },
  }
}

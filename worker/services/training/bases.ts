import { AppError } from '../../../shared/errors.ts'
import { adapterNamed, type ModelHolding, tunedBaseOf } from '../../../shared/node.ts'
import type { Viewer } from '../inference/tuned-target.ts'
import type { NodeView } from '../pool/node-view.ts'
import type { BaseFacts } from './results/adapter-check.ts'
import type { NewTrainingJob } from './training-job.ts'
import type { TunedModels } from './tuned-models.ts'

/** A base as a job names it: a model of the pool, with the tuned model whose adapter it goes on from. */
export type Base = Pick<NewTrainingJob, 'baseModel' | 'continueFrom' | 'held'>

export interface BasesOptions {
  /** Every node, also those that are away. */
  snapshot: () => Promise<readonly Pick<NodeView, 'hello'>[]>
  tunedModels: Pick<TunedModels, 'findByName'>
}

export type Bases = ReturnType<typeof createBases>

/** The facts by which adapters of a model are checked, of those that hold it; undefined where nobody does. */
export const factsIn = (held: readonly ModelHolding[]): BaseFacts | undefined =>
  held.find(({ shape }) => shape) ?? held[0]

/** The models that jobs begin with, by the names that callers have for them. */
export function createBases({ snapshot, tunedModels }: BasesOptions) {
  const holdings = async () => (await snapshot()).flatMap(({ hello }) => hello.models)

  /** The pool's models with this id, as its nodes hold them. */
  const holdingsOf = async (model: string): Promise<ModelHolding[]> =>
    (await holdings()).filter(({ id }) => id === model)

  return {
    holdingsOf,

    /** The facts by which adapters of a model are checked; undefined where no node is known that has it. */
    async factsOf(model: string): Promise<BaseFacts | undefined> {
      return factsIn(await holdingsOf(model))
    },

    /**
     * The base behind a caller's name: one of the pool, one of the viewer's own that was trained on it. Undefined where the
     * pool serves none of this name. Throws `model_not_found` for a name that is nobody's to call, `forbidden` for another's model,
     * and `invalid_request` for an adapter that nodes were started with.
     */
    async baseOf(viewer: Viewer, name: string): Promise<Base | undefined> {
      if (tunedBaseOf(name) !== undefined)
        throw new AppError('model_not_found', `The model '${name}' does not exist.`, { param: 'baseModel' })
      const held = await holdings()
      const of = (base: string) => ({ baseModel: base, held: held.filter(({ id }) => id === base) })
      if (held.some(({ id }) => id === name)) return of(name)
      const parent = held.find((holding) => adapterNamed(holding, name))
      if (parent) {
        const message = `'${name}' is an adapter that nodes were started with, which is not trained further: train '${parent.id}'.`
        throw new AppError('invalid_request', message, { param: 'baseModel' })
      }
      const tuned = await tunedModels.findByName(name, viewer)
      if (!tuned) return undefined
      if (tuned.accountId !== viewer.accountId) {
        // Its weights are its owner's: one step of training would be a copy of them to download.
        const message = `The model '${name}' belongs to another account: you may talk to it, and not train it further.`
        throw new AppError('forbidden', message, { param: 'baseModel' })
      }
      return { ...of(tuned.base), continueFrom: tuned.id }
    },
  }
}

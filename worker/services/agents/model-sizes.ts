import type { ModelHolding } from '../../../shared/node.ts'
import type { Directory } from '../pool/directory.ts'
import { Recent } from '../recent.ts'

/** From so many weights on, models decide for themselves which tool they need, unless the operator says otherwise. */
export const DECIDING_WEIGHTS = 1_000_000_000

/** Bytes of a weight where a file says nothing of its matrices: of the common formats, those that take least. */
const BYTES_OF_A_WEIGHT = 0.5

/** How long a look at the pool is good for: the size of a model does not change. */
const LOOK_MS = 30_000

/** The weights of a model's layers, as its file describes them, or as its size lets one guess. */
export function weightsOf({ shape, sizeBytes }: Pick<ModelHolding, 'shape' | 'sizeBytes'>): number {
  if (!shape) return sizeBytes / BYTES_OF_A_WEIGHT
  return shape.layers * shape.matrices.reduce((sum, { inputs, outputs }) => sum + inputs * outputs, 0)
}

export type ModelSizes = ReturnType<typeof createModelSizes>

/** Which models of the pool are large enough to decide for themselves. */
export function createModelSizes(directory: Pick<Directory, 'snapshot'>, decidingWeights = DECIDING_WEIGHTS) {
  const recent = new Recent<ReadonlyMap<string, number>>(LOOK_MS, 1)
  const look = async (): Promise<ReadonlyMap<string, number>> =>
    new Map(
      (await directory.snapshot()).flatMap(({ hello }) =>
        hello.models.map((model) => [model.id, weightsOf(model)] as const),
      ),
    )
  return {
    /** Whether a model decides for itself; one that nobody knows is taken for one that cannot. */
    async decides(model: string): Promise<boolean> {
      const known = (await recent.get('pool', look)).get(model)
      // A model that joined since is not held for a small one.
      const weights = known ?? (await look()).get(model) ?? 0
      return weights >= decidingWeights
    },
  }
}

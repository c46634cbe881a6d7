import { adapterModelId, type ModelHolding } from '../../../shared/node.ts'
import { embeddingKey } from '../../services/pool/node-view.ts'

/** The names of a node's models and adapters that are not in its memory, as calls name them or are counted under. */
export function unloadedModels(models: readonly ModelHolding[]): ReadonlySet<string> {
  const unloaded = new Set<string>()
  for (const { id, residence = 'loaded', adapters = [] } of models) {
    if (residence !== 'loaded') unloaded.add(id).add(embeddingKey(id))
    for (const { suffix, residence: own = 'loaded' } of adapters) {
      if (residence !== 'loaded' || own !== 'loaded') unloaded.add(adapterModelId(id, suffix))
    }
  }
  return unloaded
}

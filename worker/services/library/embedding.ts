import type { Inference } from '../inference/inference.ts'
import type { PoolView } from '../pool/pool-view.ts'
import { prefixesOf } from './embedding-prefixes.ts'
import { vectorsOf } from './pool-vectors.ts'
import type { Embedder, Embedding } from './vector-models.ts'

/** Embeds with a model of the pool that is made for it: its file says how vectors are pooled, or its operator that it is. */
export function createEmbedding({
  pool,
  inference,
}: {
  pool: Pick<PoolView, 'all'>
  inference: Pick<Inference, 'embed'>
}): Embedding {
  async function embedders(): Promise<Embedder[]> {
    const found = new Map<string, Embedder>()
    for (const region of await pool.all()) {
      for (const { id, linked, embedding, sha256 } of region.models.values()) {
        if (!linked || !embedding || found.has(id)) continue
        const known = prefixesOf(id)
        found.set(id, {
          model: id,
          sha256,
          queryPrefix: embedding.queryPrefix ?? known.query,
          passagePrefix: embedding.passagePrefix ?? known.passage,
        })
      }
    }
    return [...found.values()].toSorted((one, other) => (one.model < other.model ? -1 : 1))
  }

  return {
    async current(known) {
      const all = await embedders()
      return all.find(({ model }) => model === known) ?? all[0]
    },

    embed: (model, texts, accountId, limitMs) =>
      vectorsOf(inference, { model, input: [...texts] }, accountId, limitMs),
  }
}

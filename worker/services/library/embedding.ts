import { AppError } from '../../../shared/errors.ts'
import type { Inference } from '../inference/inference.ts'
import type { PoolView } from '../pool/pool-view.ts'
import { prefixesOf } from './embedding-prefixes.ts'
import type { Embedder, Embedding } from './vector-models.ts'

const toFloats = (base64: string): Float32Array => {
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))
  const view = new DataView(bytes.buffer)
  return Float32Array.from({ length: bytes.length >> 2 }, (_, index) => view.getFloat32(index * 4, true))
}

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

  async function read(
    model: string,
    texts: readonly string[],
    accountId: string,
    signal: AbortSignal,
  ): Promise<Float32Array[]> {
    const caller = { requestId: crypto.randomUUID(), accountId, sessionId: accountId }
    const vectors = new Map<number, Float32Array>()
    for await (const events of await inference.embed({ model, input: [...texts] }, caller, signal)) {
      for (const event of events) {
        if (event.type !== 'vectors') continue
        for (const [offset, vector] of event.vectors.entries()) {
          vectors.set(event.start + offset, toFloats(vector))
        }
      }
    }
    return texts.map((_, index) => {
      const vector = vectors.get(index)
      if (!vector || vector.length === 0) throw new AppError('node_failed', 'The node has left a vector out.')
      return vector
    })
  }

  return {
    async current(known) {
      const all = await embedders()
      return all.find(({ model }) => model === known) ?? all[0]
    },

    async embed(model, texts, accountId, limitMs) {
      // Not `AbortSignal.timeout`: its timer would go on, and keep the library's object in memory.
      const limit = new AbortController()
      const timer = setTimeout(() => limit.abort(new AppError('no_capacity', 'It took too long.')), limitMs)
      try {
        return await read(model, texts, accountId, limit.signal)
      } finally {
        clearTimeout(timer)
      }
    },
  }
}

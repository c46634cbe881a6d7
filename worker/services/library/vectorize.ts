import { AppError } from '../../../shared/errors.ts'
import type { VectorMirror } from './vector-mirror.ts'

/** Vectors of one call to Vectorize, of one answer, and bytes of an id, as its documentation limits them. */
export const MAX_VECTORIZE_BATCH = 1_000
export const MAX_VECTORIZE_RESULTS = 100
export const MAX_VECTORIZE_ID_BYTES = 64

/** How long a call may take: a search that waited longer would be slower than comparing all vectors. */
const CALL_LIMIT_MS = 3_000

/** The calls of the binding that are used. */
export type VectorizeIndex = Pick<Vectorize, 'describe' | 'query' | 'upsert' | 'deleteByIds' | 'getByIds'>

async function inTime<Result>(call: Promise<Result>, limitMs: number): Promise<Result> {
  const { promise: over, reject } = Promise.withResolvers<never>()
  // A binding takes no signal: what is late is not waited for.
  const timer = setTimeout(() => reject(new AppError('no_capacity', 'Vectorize took too long.')), limitMs)
  try {
    return await Promise.race([call, over])
  } finally {
    clearTimeout(timer)
  }
}

/**
 * Vectors in an index of Cloudflare Vectorize. Each account has a namespace, and its id before the ids of its vectors: a
 * query sees no other one's, and neither does a deletion, which knows no namespaces.
 */
export function createVectorize(index: VectorizeIndex, limitMs = CALL_LIMIT_MS): VectorMirror {
  let dimensions: Promise<number> | undefined
  const prefixOf = (accountId: string): string => `${accountId}:`
  const idOf = (accountId: string, key: string): string => prefixOf(accountId) + key

  return {
    async takes(wanted) {
      dimensions ??= inTime(index.describe(), limitMs).then((told) => told.dimensions)
      try {
        return (await dimensions) === wanted
      } catch (thrown) {
        dimensions = undefined // the next one asks again
        throw thrown
      }
    },

    async put(accountId, vectors) {
      const rows = vectors.map(({ key, vector }) => ({
        id: idOf(accountId, key),
        namespace: accountId,
        values: vector,
      }))
      for (let from = 0; from < rows.length; from += MAX_VECTORIZE_BATCH)
        await inTime(index.upsert(rows.slice(from, from + MAX_VECTORIZE_BATCH)), limitMs)
    },

    async finds(accountId, key) {
      const id = idOf(accountId, key)
      const found = await inTime(index.getByIds([id]), limitMs)
      return found.some((vector) => vector.id === id)
    },

    async remove(accountId, keys) {
      const ids = keys.map((key) => idOf(accountId, key))
      for (let from = 0; from < ids.length; from += MAX_VECTORIZE_BATCH)
        await inTime(index.deleteByIds(ids.slice(from, from + MAX_VECTORIZE_BATCH)), limitMs)
    },

    async nearest(accountId, question) {
      const options = { topK: MAX_VECTORIZE_RESULTS, namespace: accountId }
      const { matches } = await inTime(index.query(question, options), limitMs)
      const prefix = prefixOf(accountId)
      return matches.flatMap(({ id }) => (id.startsWith(prefix) ? [id.slice(prefix.length)] : []))
    },
  }
}

import {
  MAX_VECTORIZE_BATCH,
  MAX_VECTORIZE_ID_BYTES,
  MAX_VECTORIZE_RESULTS,
  type VectorizeIndex,
} from '../../worker/services/library/vectorize.ts'

interface Kept {
  namespace: string | undefined
  values: number[]
}

const cosine = (one: readonly number[], other: readonly number[]): number => {
  let [product, mine, its] = [0, 0, 0]
  for (const [at, value] of one.entries()) {
    product += value * (other[at] ?? 0)
    mine += value * value
    its += (other[at] ?? 0) ** 2
  }
  return product / (Math.sqrt(mine * its) || 1)
}

/**
 * An index of Vectorize as its documentation tells of it: changes are taken at once and found later, when `process` is
 * called; ids are unique in the whole index; a query that names a namespace sees no other one. Limits are refused with an error.
 */
export function fakeVectorize(dimensions: number) {
  const kept = new Map<string, Kept>()
  let changes: (() => void)[] = []
  const asked: { namespace: string | undefined; results: number }[] = []
  const state = { failure: undefined as Error | undefined, isSilent: false }

  async function called<Result>(work: () => Result): Promise<Result> {
    if (state.isSilent) await new Promise<never>(() => {})
    if (state.failure) throw state.failure
    return work()
  }
  const change = (apply: () => void) =>
    called(() => {
      changes.push(apply)
      return { mutationId: crypto.randomUUID() }
    })
  const within = (count: number, what: string, most: number) => {
    if (count > most) throw new Error(`VECTOR_ERROR: ${count} ${what}, at most ${most}.`)
  }

  const index: VectorizeIndex = {
    describe: () =>
      called(() => ({
        vectorCount: kept.size,
        dimensions,
        processedUpToDatetime: 0,
        processedUpToMutation: 0,
      })),
    async upsert(vectors) {
      within(vectors.length, 'vectors', MAX_VECTORIZE_BATCH)
      for (const { id, values, namespace = '' } of vectors) {
        within(new TextEncoder().encode(id).length, 'bytes of an id', MAX_VECTORIZE_ID_BYTES)
        within(new TextEncoder().encode(namespace).length, 'bytes of a namespace', 64)
        if (values.length !== dimensions) throw new Error('VECTOR_UPSERT_ERROR: invalid dimensions')
      }
      return await change(() => {
        for (const { id, namespace, values } of vectors) kept.set(id, { namespace, values: [...values] })
      })
    },
    async deleteByIds(ids) {
      within(ids.length, 'ids', MAX_VECTORIZE_BATCH)
      return await change(() => {
        for (const id of ids) kept.delete(id)
      })
    },
    getByIds: (ids) =>
      called(() => ids.flatMap((id) => (kept.has(id) ? [{ id, values: kept.get(id)?.values ?? [] }] : []))),
    query: (question, { topK = 5, namespace } = {}) =>
      called(() => {
        within(topK, 'results', MAX_VECTORIZE_RESULTS)
        const matches = [...kept]
          .filter(([, vector]) => namespace === undefined || vector.namespace === namespace)
          .map(([id, { values }]) => ({ id, score: cosine([...question], values) }))
          .toSorted((one, other) => other.score - one.score)
          .slice(0, topK)
        asked.push({ namespace, results: matches.length })
        return { count: matches.length, matches }
      }),
  }

  return {
    index,
    /** The queries so far. */
    asked,
    /** The ids that are found now. */
    ids: () => [...kept.keys()].toSorted(),
    /** Has all changes found from now on. */
    process() {
      for (const apply of changes.splice(0)) apply()
    },
    /** As another index behind the same binding. */
    empty() {
      kept.clear()
      changes = []
    },
    /** Every call throws this from now on; undefined: none does. */
    fail(failure: Error | undefined) {
      state.failure = failure
    },
    /** No call is answered from now on. */
    silence() {
      state.isSilent = true
    },
  }
}

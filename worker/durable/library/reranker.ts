import { causeOf } from '../../../shared/failure-cause.ts'
import type { Logger } from '../../../shared/log.ts'
import type { FoundBy, SearchResult } from '../../services/library/search-request.ts'
import type { Reranking } from '../../services/library/vector-models.ts'

/** Passages that are judged at least, where there are so many: those whom a better judge may bring to the top. */
export const RERANKED_PASSAGES = 50

/** How long a search waits for it: without it, what was found stays in its order. */
const RERANK_LIMIT_MS = 20_000

/** Passages in the order of a model that ranks, with its scores. */
export interface Reranked {
  by: FoundBy
  results: SearchResult[]
}

export interface RerankerOptions {
  reranking: () => Reranking
  accountId: string
  log: () => Logger
}

/** Has what a search found judged by a model of the pool; undefined where none can be asked. */
export async function rerank(
  { reranking, accountId, log }: RerankerOptions,
  question: string,
  results: readonly SearchResult[],
): Promise<Reranked | undefined> {
  if (results.length === 0) return undefined
  try {
    const model = await reranking().current()
    if (model === undefined) return undefined
    const passages = results.map(({ text }) => text)
    const scores = await reranking().scores(model, question, passages, accountId, RERANK_LIMIT_MS)
    const judged = results.map((result, index) => ({ ...result, score: scores[index] ?? 0 }))
    // A stable sort: equals stay as they were found.
    return { by: `ranking:${model}`, results: judged.toSorted((one, other) => other.score - one.score) }
  } catch (thrown) {
    log().error('library.not_reranked', { cause: causeOf(thrown) })
    return undefined
  }
}

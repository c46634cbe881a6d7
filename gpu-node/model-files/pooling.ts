import type { GgufFileInfo } from 'node-llama-cpp'
import type { EmbeddingOffer } from '../../shared/node.ts'

/** Numbers of llama.cpp's `pooling_type` that make one vector of a text. 0 is none; 4 ranks, which makes no vector. */
const POOLINGS: ReadonlyMap<number, EmbeddingOffer['pooling']> = new Map([
  [1, 'mean'],
  [2, 'cls'],
  [3, 'last'],
])

/** A model is made for embeddings where its file says how they are pooled. A chat model's file says nothing of it. */
export function embeddingOf({ architectureMetadata }: Pick<GgufFileInfo, 'architectureMetadata'>): {
  embedding?: EmbeddingOffer
} {
  const pooling = POOLINGS.get(Number(architectureMetadata.pooling_type ?? 0))
  return pooling === undefined ? {} : { embedding: { pooling } }
}

const RANK = 4

/** A model is made to rank where its file says so, in place of how vectors are pooled. */
export const ranksOf = ({
  architectureMetadata,
}: Pick<GgufFileInfo, 'architectureMetadata'>): { ranks?: true } =>
  Number(architectureMetadata.pooling_type ?? 0) === RANK ? { ranks: true } : {}

import type { Inference } from '../inference/inference.ts'
import type { PoolView } from '../pool/pool-view.ts'
import { vectorsOf } from './pool-vectors.ts'
import type { Reranking } from './vector-models.ts'

/** Ranks with a model of the pool whose file is made for it. */
export const createReranking = ({
  pool,
  inference,
}: {
  pool: Pick<PoolView, 'all'>
  inference: Pick<Inference, 'embed'>
}): Reranking => ({
  async current() {
    const models = (await pool.all()).flatMap((region) => [...region.models.values()])
    return models
      .filter(({ linked, ranks }) => linked && ranks)
      .map(({ id }) => id)
      .toSorted()[0]
  },

  async scores(model, question, passages, accountId, limitMs) {
    const request = { model, input: [...passages], rankedFor: question }
    const scores = await vectorsOf(inference, request, accountId, limitMs)
    return scores.map(([score = 0]) => Math.min(1, Math.max(0, score)))
  },
})

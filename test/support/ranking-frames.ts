import { MAX_RANKED_FOR_LENGTH } from '../../shared/generation.ts'
import type { ModelHolding } from '../../shared/node.ts'

/** Words of a model about what it is made for beside writing. */
export const madeFor: readonly Partial<ModelHolding>[] = [
  { embedding: { pooling: 'cls', queryPrefix: 'query: ', passagePrefix: '' } },
  { ranks: true },
]

const ranking = (rankedFor: string) => ({
  type: 'embedding.start',
  callId: '0a1b2c3d-2',
  request: { model: 'ranker', input: ['a'], rankedFor },
})

/** Passages that are ranked for the longest question. */
export const goodRanking: [what: string, frame: object] = [
  'embedding.start of passages that are ranked for the longest question',
  ranking('q'.repeat(MAX_RANKED_FOR_LENGTH)),
]

/** Passages that are ranked for nothing, and for too long a question. */
export const badRankings = ['', 'q'.repeat(MAX_RANKED_FOR_LENGTH + 1)].map(
  (rankedFor): [what: string, frame: object, reason: RegExp] => [
    `an embedding of passages for a question of ${rankedFor.length} characters`,
    ranking(rankedFor),
    /rankedFor/,
  ],
)

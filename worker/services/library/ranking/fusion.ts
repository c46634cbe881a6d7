/** A passage with how well it fits, in whatever its list counts in; the higher, the better. */
export interface Scored {
  id: number
  score: number
}

/** Passages of each list that are put together. */
export const FUSED_PASSAGES = 200

/** Passages of fewer words than this say too little for their vector to be trusted as much as others'. */
export const FULL_TRUST_WORDS = 60

/**
 * The share of vectors in the fused score. Where words single one passage out (its BM25 score stands high above the next
 * nine), the question has the passage's own words, and words are trusted more. Chosen on Cranfield and XQuAD, see
 * `npm run bench -- retrieval`.
 */
const SHARE_WHEN_FLAT = 0.55
const SHARE_WHEN_PEAKED = 0.3
const FLAT = 0.3
const PEAKED = 0.6
const PEAK_PASSAGES = 10

/** Scores moved to 0…1, by the lowest and the highest. */
function byId(list: readonly Scored[]): Map<number, number> {
  const highest = list[0]?.score ?? 0
  const lowest = list.at(-1)?.score ?? 0
  const range = highest - lowest
  return new Map(list.map(({ id, score }) => [id, range > 0 ? (score - lowest) / range : 1]))
}

/** How far the best of a list stands above those behind it, 0…1; a single one stands above all. */
function peakOf(list: readonly Scored[]): number {
  const [best, ...rest] = list.slice(0, PEAK_PASSAGES)
  if (!best || rest.length === 0 || best.score <= 0) return 1
  const mean = rest.reduce((sum, { score }) => sum + score, 0) / rest.length
  return (best.score - mean) / best.score
}

/** The share of vectors beside this list of BM25. */
export function vectorShare(words: readonly Scored[]): number {
  const peak = Math.min(1, Math.max(0, (peakOf(words) - FLAT) / (PEAKED - FLAT)))
  return SHARE_WHEN_FLAT + (SHARE_WHEN_PEAKED - SHARE_WHEN_FLAT) * peak
}

/**
 * Two lists, each from its best on, as one: weighted sums of their scores between lowest and highest, over all that either
 * names. `trustOf` says how much a passage's vector counts, 0…1.
 */
export function fuse(
  words: readonly Scored[],
  vectors: readonly Scored[],
  trustOf: (id: number) => number,
): Scored[] {
  // Words found nothing, or nothing else was asked: the other list stands for itself.
  const share = words.length === 0 ? 1 : vectors.length === 0 ? 0 : vectorShare(words)
  const byWords = byId(words)
  const byVectors = byId(vectors)
  const ids = new Set([...byWords.keys(), ...byVectors.keys()])
  return [...ids]
    .map((id) => ({
      id,
      score: (1 - share) * (byWords.get(id) ?? 0) + share * (byVectors.get(id) ?? 0) * trustOf(id),
    }))
    .sort((one, other) => other.score - one.score || one.id - other.id)
}

/** The trust in a passage's vector, by its words. */
export const trustOfLength = (words: number): number => Math.min(1, words / FULL_TRUST_WORDS)

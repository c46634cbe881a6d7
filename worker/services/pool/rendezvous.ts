/** Things of one weight, by their hashes. */
export interface WeightedGroup {
  weight: number
  hashes: Uint32Array
  /** The index of the group's first thing among all. */
  first: number
}

/** Mixes 32 bits so that every bit of the input changes about half of the output: `lowbias32` of hash-prospector. */
export function mix32(value: number): number {
  let x = value | 0
  x = Math.imul(x ^ (x >>> 16), 0x7feb352d)
  x = Math.imul(x ^ (x >>> 15), 0x846ca68b)
  return (x ^ (x >>> 16)) >>> 0
}

/** 32 bits of a text, to go on with in the next piece of it: FNV-1a over UTF-16 code units. */
export function hashText(text: string, seed = 0x811c9dc5): number {
  let hash = seed
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  }
  return hash >>> 0
}

/** The places of a group's `count` highest scores for a key, best first. */
function highest(hashes: Uint32Array, key: number, count: number): number[] {
  const scores: number[] = []
  const places: number[] = []
  let bar = -1
  for (let place = 0; place < hashes.length; place += 1) {
    // `mix32` without its last line, which is only needed where the first 16 bits are equal, and without its sign: this is
    // the one loop that a request runs over all nodes, and V8 keeps small integers out of memory.
    let x = (hashes[place] ?? 0) ^ key
    x = Math.imul(x ^ (x >>> 16), 0x7feb352d)
    x = Math.imul(x ^ (x >>> 15), 0x846ca68b)
    if (x >>> 1 <= bar) continue
    const score = x >>> 1
    let rank = Math.min(scores.length, count - 1)
    for (; rank > 0 && score > (scores[rank - 1] ?? 0); rank -= 1) {
      scores[rank] = scores[rank - 1] ?? 0
      places[rank] = places[rank - 1] ?? 0
    }
    scores[rank] = score
    places[rank] = place
    if (scores.length === count) bar = scores[count - 1] ?? 0
  }
  return places
}

/**
 * The first `count` things in a key's own order, each as often first over all keys as its weight says. Adding or removing
 * a thing moves only the keys that it wins or won: rendezvous hashing (Thaler and Ravishankar 1998), weighted by
 * `-weight / ln(score)` (Schindelhauer and Schomaker 2005). Things of one weight keep their order under the logarithm, so
 * that it is taken for the best of each group alone and not for every thing.
 */
export function rendezvous(groups: readonly WeightedGroup[], key: number, count: number): number[] {
  const best: { index: number; score: number }[] = []
  for (const { weight, hashes, first } of groups) {
    for (const place of highest(hashes, key, count)) {
      const share = (mix32((hashes[place] ?? 0) ^ key) + 0.5) / 2 ** 32
      best.push({ index: first + place, score: -weight / Math.log(share) })
    }
  }
  return best
    .toSorted((a, b) => b.score - a.score || a.index - b.index)
    .slice(0, count)
    .map(({ index }) => index)
}

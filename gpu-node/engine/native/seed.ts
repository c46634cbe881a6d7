import { RANDOM_SEED, samplerSeed } from '../../../shared/sampler-seed.ts'

/** The finaliser of MurmurHash3: every bit of the input moves half of the bits of the result. */
function mix(value: number): number {
  let hash = value
  hash = Math.imul(hash ^ (hash >>> 16), 0x85eb_ca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2_ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}

/**
 * The seed of an answer. Numbers that were drawn are not drawn again: a resumed answer has random numbers of its own. Answers
 * of other seeds have other ones: `mix` gives no two numbers the same, and where it gives the one that may not be, the next in
 * its cycle is what no seed is given.
 */
export function seedOf(seed: number, resumed: number): number {
  const given = samplerSeed(seed)
  if (resumed === 0) return given
  const own = mix(given ^ mix(resumed))
  return own === RANDOM_SEED ? mix(RANDOM_SEED ^ mix(resumed)) : own
}

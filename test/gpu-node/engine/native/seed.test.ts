import { describe, expect, it } from 'vitest'
import { seedOf } from '../../../../gpu-node/engine/native/seed.ts'
import { RANDOM_SEED } from '../../../../shared/sampler-seed.ts'

/** `mix` of gpu-node/engine/native/seed.ts, backwards. */
function unmixed(hash: number): number {
  const inverseOf = (odd: number): number => {
    let inverse = odd
    for (let round = 0; round < 5; round += 1) inverse = Math.imul(inverse, 2 - Math.imul(odd, inverse))
    return inverse
  }
  let value = hash ^ (hash >>> 16)
  value = Math.imul(value, inverseOf(0xc2b2_ae35))
  value = value ^ (value >>> 13) ^ (value >>> 26)
  value = Math.imul(value, inverseOf(0x85eb_ca6b))
  return (value ^ (value >>> 16)) >>> 0
}

describe('the seed of an answer', () => {
  it('is the one that was asked for, but for the one by which llama.cpp draws its own', () => {
    for (const seed of [0, 1, 7, 0xffff_fffe]) expect(seedOf(seed, 0)).toBe(seed)
    for (const resumed of [0, 1, 50]) expect(seedOf(RANDOM_SEED, resumed)).not.toBe(RANDOM_SEED)
  })

  it('is another one behind tokens of another node, and no two answers share it', () => {
    for (const resumed of [1, 7, 1_000]) {
      const seeds = [0, 0xffff_ff7f, 0x7fff_ffff].flatMap((first) =>
        Array.from({ length: 128 }, (_, choice) => (first + choice) % 2 ** 32),
      )
      expect(new Set(seeds.map((seed) => seedOf(seed, resumed))).size).toBe(seeds.length)
      expect(seedOf(7, resumed)).not.toBe(7)
    }
  })

  it('is none that is drawn also where the mixture would be, nor then one that another seed has', () => {
    const resumed = 5
    const behind = seedOf(0, resumed)
    // What resuming adds: known from the seed 0, which it turns into `mix(added)`.
    const added = unmixed(behind)
    const unlucky = (unmixed(RANDOM_SEED) ^ added) >>> 0
    const own = seedOf(unlucky, resumed)
    expect(own).not.toBe(RANDOM_SEED)
    expect((unmixed(own) ^ added) >>> 0).toBe(RANDOM_SEED)
  })
})

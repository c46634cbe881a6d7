import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  hashText,
  mix32,
  rendezvous,
  type WeightedGroup,
} from '../../../../worker/services/pool/rendezvous.ts'

/** Things named by numbers, one group for each weight. */
function groupsOf(...groups: readonly { weight: number; names: readonly number[] }[]) {
  const all = groups.flatMap(({ names }) => names)
  let first = 0
  const weighted = groups.map(({ weight, names }): WeightedGroup => {
    const group = { weight, hashes: Uint32Array.from(names, (name) => mix32(name)), first }
    first += names.length
    return group
  })
  return (key: number, count: number) => rendezvous(weighted, mix32(key), count).map((index) => all[index])
}
const names = fc.uniqueArray(fc.nat(100_000), { minLength: 1, maxLength: 40 })

describe('rendezvous', () => {
  it('gives as many as were asked for, or all, each once', () => {
    fc.assert(
      fc.property(names, fc.nat(), fc.integer({ min: 1, max: 8 }), (things, key, count) => {
        const order = groupsOf({ weight: 3, names: things })(key, count)
        expect(order).toHaveLength(Math.min(count, things.length))
        expect(new Set(order).size).toBe(order.length)
      }),
    )
  })

  it('has no order of nothing', () => {
    expect(rendezvous([], 1, 3)).toEqual([])
  })

  it('moves only the keys of a thing that is gone, and each to its second', () => {
    fc.assert(
      fc.property(names, fc.nat(), fc.nat(), (things, key, pick) => {
        const [home, second] = groupsOf({ weight: 1, names: things })(key, 2)
        const gone = things[pick % things.length]
        const left = things.filter((name) => name !== gone)
        const [after] = groupsOf({ weight: 1, names: left })(key, 1)
        expect(after).toBe(home === gone ? second : home)
      }),
    )
  })

  it('does not depend on the order of the things', () => {
    fc.assert(
      fc.property(names, fc.nat(), (things, key) => {
        const order = groupsOf({ weight: 1, names: things })(key, 4)
        expect(groupsOf({ weight: 1, names: things.toReversed() })(key, 4)).toEqual(order)
      }),
    )
  })

  it('gives each thing as many keys as its weight says', () => {
    const light = Array.from({ length: 10 }, (_, index) => index)
    const heavy = Array.from({ length: 10 }, (_, index) => 10 + index)
    const order = groupsOf({ weight: 1, names: light }, { weight: 3, names: heavy })
    const won = new Map<number, number>()
    for (let key = 0; key < 40_000; key += 1) {
      const [home = -1] = order(key, 1)
      won.set(home, (won.get(home) ?? 0) + 1)
    }
    // 1,000 and 3,000 are expected; five standard deviations are 160 and 265.
    for (const name of light) expect(Math.abs((won.get(name) ?? 0) - 1_000)).toBeLessThan(160)
    for (const name of heavy) expect(Math.abs((won.get(name) ?? 0) - 3_000)).toBeLessThan(265)
  })
})

describe('mix32', () => {
  it('gives every number another 32 bits', () => {
    const mixed = new Set(Array.from({ length: 10_000 }, (_, index) => mix32(index)))
    expect(mixed.size).toBe(10_000)
    for (const value of mixed) expect(value).toBe(value >>> 0)
  })
})

describe('hashText', () => {
  it('goes on with what came before', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (a, b) => {
        expect(hashText(b, hashText(a))).toBe(hashText(a + b))
      }),
    )
  })
})

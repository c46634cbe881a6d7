import { describe, expect, it } from 'vitest'
import { HALF_LIFE_MS, Heat, MAX_KEYS } from '../../../../worker/services/pool/heat.ts'

/** A sample of `total` requests, `count` of which have the affinity 1 and the rest none. */
function heatOf(count: number, total: number): Heat {
  const heat = new Heat()
  for (let index = 0; index < count; index += 1) heat.add(1, 0)
  for (let index = count; index < total; index += 1) heat.add(undefined, 0)
  return heat
}

describe('Heat', () => {
  it.each([
    ['knows nothing of what it has not seen', 0, 100, 0],
    ['takes no single request for a fashion', 1, 1, 0],
    ['nor two of three', 2, 3, 0],
    ['estimates carefully from a small sample', 16, 100, 0.11],
    ['estimates well from a large one', 10_000, 20_000, 0.495],
  ])('%s', (_rule, count, total, expected) => {
    expect(heatOf(count, total).shareOf(1)).toBeCloseTo(expected, 2)
  })

  it('keeps a share that lasts, and forgets one that does not', () => {
    const heat = heatOf(1_000, 2_000)
    for (let index = 0; index < 1_000; index += 1) heat.add(undefined, HALF_LIFE_MS)
    expect(heat.shareOf(1)).toBeCloseTo(0.24, 2)
    heat.add(undefined, HALF_LIFE_MS * 20)
    expect(heat.shareOf(1)).toBe(0)
  })

  it('counts no more beginnings than it may, and new ones again after a while', () => {
    const heat = new Heat()
    for (let key = 0; key < MAX_KEYS; key += 1) heat.add(key, 0)
    for (let time = 0; time < MAX_KEYS; time += 1) heat.add(-1, 0)
    expect(heat.shareOf(-1)).toBe(0)
    for (let time = 0; time < MAX_KEYS; time += 1) heat.add(-1, HALF_LIFE_MS)
    expect(heat.shareOf(-1)).toBeGreaterThan(0.4)
  })
})

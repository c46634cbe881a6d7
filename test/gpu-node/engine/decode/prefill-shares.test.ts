import { describe, expect, it } from 'vitest'
import { prefillShares } from '../../../../gpu-node/engine/decode/prefill-shares.ts'

describe('prefillShares', () => {
  it('gives everybody all when there is room', () => {
    expect(prefillShares([24, 30, 10], 64)).toEqual([24, 30, 10])
  })

  it('gives equal pieces to prompts that two steps can finish, since unequal ones are computed one by one', () => {
    expect(prefillShares([24, 24, 24, 24, 24, 24, 24, 24], 96)).toEqual([12, 12, 12, 12, 12, 12, 12, 12])
  })

  it('takes the short ones whole where pieces are equal, and shares what they leave', () => {
    expect(prefillShares([100, 8, 60], 100)).toEqual([46, 8, 46])
  })

  it('computes long prompts one after the other, in the order of arrival', () => {
    expect(prefillShares([4_000, 4_000, 4_000], 128)).toEqual([128, 0, 0])
    expect(prefillShares([20, 4_000, 4_000], 128)).toEqual([20, 108, 0])
  })

  it('lets short prompts past a long one, in half of the room, the shortest first', () => {
    expect(prefillShares([4_000, 60, 24, 30], 128)).toEqual([74, 0, 24, 30])
  })

  it('leaves at least half of the room to the oldest, whoever comes', () => {
    const many = Array.from({ length: 100 }, () => 1)
    const [oldest] = prefillShares([4_000, ...many], 100)
    expect(oldest).toBe(50)
  })

  it('never gives more than there is room for, nor more than is needed, and wastes none', () => {
    for (let seed = 1; seed <= 2_000; seed += 1) {
      const random = (most: number, salt: number) => ((seed * 7_919 + salt * 104_729) % 65_521) % most
      const room = 1 + random(512, 0)
      const left = Array.from({ length: 1 + random(8, 1) }, (_, index) => 1 + random(1_000, index + 2))
      const shares = prefillShares(left, room)
      const sum = (counts: readonly number[]) => counts.reduce((total, count) => total + count, 0)
      expect(sum(shares)).toBe(Math.min(room, sum(left)))
      expect(shares.every((share, place) => share >= 0 && share <= (left[place] ?? 0))).toBe(true)
      expect(shares[0]).toBeGreaterThan(0)
    }
  })
})

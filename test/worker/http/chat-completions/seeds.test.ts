import { describe, expect, it } from 'vitest'
import { samplingFields } from '../../../../worker/http/chat-completions/sampling-fields.ts'
import { GREATEST_SEED, LEAST_SEED, seedOfChoice } from '../../../../worker/http/chat-completions/seeds.ts'

describe('a seed', () => {
  it.each([
    [0, 0],
    [5, 5],
    [0xffff_ffff, 0xffff_ffff],
    [-1, 0xffff_ffff],
    [-5, 0xffff_fffb],
  ])('that is small stays as it is: %i', (seed, expected) => {
    expect(seedOfChoice(seed, 0)).toBe(expected)
  })

  it.each([0, -1, 2 ** 53, GREATEST_SEED, LEAST_SEED, 0xffff_fffe])(
    'of %i gives every choice of a prompt a stream of its own',
    (seed) => {
      const seeds = Array.from({ length: 8 }, (_, choice) => seedOfChoice(seed, choice))
      expect(new Set(seeds).size).toBe(8)
      for (const each of seeds) expect(Number.isInteger(each) && each >= 0 && each < 2 ** 32).toBe(true)
    },
  )

  it('that differs in its high bits alone is another one', () => {
    expect(seedOfChoice(2 ** 40 + 7, 0)).not.toBe(seedOfChoice(2 ** 41 + 7, 0))
    expect(seedOfChoice(2 ** 40 + 7, 0)).not.toBe(seedOfChoice(7, 0))
  })

  it.each([
    [9223372036854775807n, true],
    [-9223372036854775808n, true],
    [18446744073709551616n, false],
  ])('of 64 bits is taken, and of more is not: %s', (seed, isTaken) => {
    expect(samplingFields.seed.safeParse(Number(seed)).success).toBe(isTaken)
  })

  it.each([1.5, '5', Number.NaN])('that is no whole number is refused: %s', (seed) => {
    expect(samplingFields.seed.safeParse(seed).success).toBe(false)
  })
})

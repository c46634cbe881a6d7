import { describe, expect, it } from 'vitest'
import { readJson } from '../../../../shared/json-text.ts'
import { RANDOM_SEED } from '../../../../shared/sampler-seed.ts'
import { samplingFields } from '../../../../worker/http/chat-completions/sampling-fields.ts'
import {
  GREATEST_SEED,
  LEAST_SEED,
  seedIn,
  seedOfChoice,
} from '../../../../worker/http/chat-completions/seeds.ts'

describe('a seed', () => {
  it.each([
    [0, 0],
    [5, 5],
    [0xffff_fffe, 0xffff_fffe],
    [-5, 0xffff_fffb],
  ])('that is small stays as it is: %i', (seed, expected) => {
    expect(seedOfChoice(seed, 0)).toBe(expected)
  })

  it.each<number | bigint>([
    ...[0, 1, -1, -64, -128, 2 ** 53, GREATEST_SEED, LEAST_SEED, 0x9e37_79b0],
    ...[0xffff_ffff, 0xffff_fffe, 0xffff_ff80, 2 ** 32],
    ...[2n ** 63n - 1n, -(2n ** 63n), 2n ** 53n + 1n, 9_007_199_254_740_993n],
  ])('of %s gives every choice of a prompt a stream of its own, and none that is drawn', (seed) => {
    const seeds = Array.from({ length: 128 }, (_, choice) => seedOfChoice(seed, choice))
    expect(new Set(seeds).size).toBe(128)
    expect(seeds).not.toContain(RANDOM_SEED)
    for (const each of seeds) expect(Number.isInteger(each) && each >= 0 && each < 2 ** 32).toBe(true)
  })

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

  it.each([
    ['9007199254740992', 2n ** 53n],
    ['9007199254740993', 2n ** 53n + 1n],
    ['9223372036854775807', 2n ** 63n - 1n],
    ['-9223372036854775807', -(2n ** 63n) + 1n],
    ['9.007199254740992e15', 2n ** 53n],
    ['7', 7n],
    ['null', undefined],
  ])('is taken to the last digit: %s', (spelling, seed) => {
    const { value, size, exact } = readJson(`{"seed": ${spelling}}`, 'The body')
    const { seed: read } = value as { seed: number | null }
    expect(seedIn({ value, size: size.values, exact }, read)).toBe(seed)
  })

  it.each([1.5, '5', Number.NaN])('that is no whole number is refused: %s', (seed) => {
    expect(samplingFields.seed.safeParse(seed).success).toBe(false)
  })
})

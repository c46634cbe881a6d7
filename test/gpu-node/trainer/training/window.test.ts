import { describe, expect, it } from 'vitest'
import {
  longestWindow,
  packBatch,
  SHARED_TOKENS,
  windowLengths,
} from '../../../../gpu-node/trainer/training/packing.ts'
import { packWindow, type Sample } from '../../../../gpu-node/trainer/training/window.ts'

const sampleOf = (tokens: readonly number[], lossFrom = 1): Sample => ({
  tokens,
  weights: tokens.map((_, index) => (index >= lossFrom ? 1 : 0)),
})

const LIMITS = { length: 8, rows: 8, vocabulary: 10, attentionWindow: undefined }

/** The places that a token sees. */
const seenBy = (mask: Float32Array, place: number, length = LIMITS.length): number[] =>
  [...mask.subarray(place * length, (place + 1) * length)].flatMap((value, index) =>
    value === 0 ? [index] : [],
  )

describe('a window', () => {
  it('has samples side by side, each of which sees itself alone and counts from 0', () => {
    const data = packWindow([sampleOf([1, 2, 3]), sampleOf([4, 5])], LIMITS)
    expect([...data.tokens]).toEqual([1, 2, 3, 4, 5, 0, 0, 0])
    expect([...data.positions.subarray(0, 5)]).toEqual([0, 1, 2, 0, 1])
    expect([0, 1, 2, 3, 4, 5].map((place) => seenBy(data.mask, place))).toEqual([
      ...[[0], [0, 1], [0, 1, 2]],
      ...[[3], [3, 4]],
      [5],
    ])
  })

  it('asks for the token behind each that carries loss, and for none across the end of a sample', () => {
    const data = packWindow([sampleOf([1, 2, 3], 2), sampleOf([4, 5])], LIMITS)
    expect(data.lossRows).toBe(2)
    expect([...data.rows.subarray(0, 2)]).toEqual([1, 3])
    expect([...data.targets.subarray(0, 2)]).toEqual([3, 5])
    expect([...data.weights]).toEqual([1, 1, 0, 0, 0, 0, 0, 0])
    expect(new Set(data.rows).size).toBe(LIMITS.rows)
  })

  it('lets a layer of a short view see so many tokens and no more', () => {
    const { mask, windowMask = mask } = packWindow([sampleOf([1, 2, 3, 4])], {
      ...LIMITS,
      attentionWindow: 2,
    })
    expect([0, 1, 2, 3].map((place) => seenBy(windowMask, place))).toEqual([[0], [0, 1], [1, 2], [2, 3]])
    expect(seenBy(mask, 3)).toEqual([0, 1, 2, 3])
  })

  it.each<[name: string, samples: Sample[], over: Partial<typeof LIMITS>, message: RegExp]>([
    ['a token that is none', [sampleOf([1, 10])], {}, /no token 10/],
    ['a token below all', [sampleOf([-1, 1])], {}, /no token -1/],
    ['more tokens than it is long', [sampleOf([1, 2, 3, 4, 5, 6, 7, 8, 9])], {}, /longer than their window/],
    ['more loss than it has rows for', [sampleOf([1, 2, 3, 4])], { rows: 2 }, /has rows for/],
  ])('refuses %s, which would end its process', (_, samples, over, message) => {
    expect(() => packWindow(samples, { ...LIMITS, ...over })).toThrow(message)
  })

  it('takes the last token, as many as it is long, and as many rows as it has', () => {
    const most = sampleOf([1, 2, 3, 4, 5, 6, 7, 9])
    expect(packWindow([most], { ...LIMITS, rows: 7 }).lossRows).toBe(7)
  })
})

describe('a batch', () => {
  it('is packed into few windows of a few lengths, with all of its samples', () => {
    const lengths = [100, 30, 60, 90, 10, 128]
    const samples = lengths.map((length) => sampleOf(Array.from({ length }, (_, index) => index % 7)))
    const windows = packBatch(samples, 128)
    expect(windows.flatMap((window) => window.samples)).toHaveLength(samples.length)
    expect(windows).toHaveLength(4)
    for (const { tokens, length } of windows) {
      expect(windowLengths(128)).toContain(length)
      expect(tokens).toBeLessThanOrEqual(length)
    }
    expect(windowLengths(512)).toEqual([32, 64, 128, 256, 512])
    expect(longestWindow(100)).toBe(128)
  })

  it('that may have windows of many lengths shares only those of half the longest, and leaves little of any free', () => {
    const lengths = [512, 300, 200, 130, 100, 20]
    const samples = lengths.map((length) => sampleOf(Array.from({ length }, (_, index) => index % 7)))
    const windows = packBatch(samples, 512, true)
    const shared = windows.filter((window) => window.samples.length > 1)
    expect(windows.flatMap((window) => window.samples)).toHaveLength(samples.length)
    expect(shared.map(({ tokens }) => tokens)).toEqual([220, 230])
    for (const { tokens, length } of windows) expect(length - tokens).toBeLessThan(64)
    expect(windowLengths(160, true)).toEqual([64, 128, 160])
  })

  it('shares no window of many lengths that is longer than is computed fast', () => {
    const sharing = (first: number, second: number) =>
      packBatch([sampleOf(Array(first).fill(1)), sampleOf(Array(second).fill(1))], 2_048, true).length === 1
    expect(sharing(200, SHARED_TOKENS - 200)).toBe(true)
    expect(sharing(200, SHARED_TOKENS - 199)).toBe(false)
  })

  it('refuses a sample that is longer than the longest window', () => {
    expect(() => packBatch([sampleOf([1, 2, 3])], 2)).toThrow(RangeError)
  })
})

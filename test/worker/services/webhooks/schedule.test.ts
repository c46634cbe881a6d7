import { describe, expect, it } from 'vitest'
import { DAY_MS } from '../../../../shared/units.ts'
import {
  MAX_ATTEMPTS,
  MAX_RETRY_AFTER_MS,
  RETRY_DELAYS_MS,
  retryAfterMs,
  retryDelayMs,
} from '../../../../worker/services/webhooks/schedule.ts'

const NOW = Date.UTC(2026, 10, 29, 10)
const delaysWith = (random: () => number) =>
  RETRY_DELAYS_MS.map((_delay, index) => retryDelayMs(index + 1, { random }) ?? 0)
const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0)

describe('the attempts of a message', () => {
  it('are nine within a day, each wait longer than the one before, jitter and all', () => {
    expect(MAX_ATTEMPTS).toBe(9)
    const [longest, shortest] = [delaysWith(() => 0), delaysWith(() => 1)]
    expect(sum(longest)).toBeLessThanOrEqual(DAY_MS)
    expect(sum(shortest)).toBeGreaterThan(DAY_MS * 0.75)
    for (const [index, delay] of shortest.entries())
      expect(delay).toBeGreaterThan(index === 0 ? 0 : (longest[index - 1] ?? 0))
  })

  it('end after the ninth', () => {
    expect(retryDelayMs(MAX_ATTEMPTS - 1)).toBeDefined()
    expect(retryDelayMs(MAX_ATTEMPTS)).toBeUndefined()
  })

  it('wait for as long as the receiver asks, up to the limit, and never less than by themselves', () => {
    const waitAfter = (asked: number) => retryDelayMs(1, { retryAfterMs: asked, random: () => 0 })
    expect(waitAfter(60_000)).toBe(60_000)
    expect(waitAfter(1)).toBe(RETRY_DELAYS_MS[0])
    expect(waitAfter(MAX_RETRY_AFTER_MS)).toBe(MAX_RETRY_AFTER_MS)
    expect(waitAfter(MAX_RETRY_AFTER_MS + 1)).toBe(MAX_RETRY_AFTER_MS)
  })
})

describe('Retry-After', () => {
  it.each([
    ['120', 120_000],
    [' 0 ', 0],
    ['Sun, 29 Nov 2026 10:00:30 GMT', 30_000],
    ['Sun, 29 Nov 2026 09:00:00 GMT', 0],
    ['soon', undefined],
    ['-5', undefined],
    ['1e9', undefined],
    ['2027', 2_027_000],
    ['99999999999999', undefined],
    ['', undefined],
    [null, undefined],
  ])('%j asks for %j ms', (header, asked) => {
    expect(retryAfterMs(header, NOW)).toBe(asked)
  })
})

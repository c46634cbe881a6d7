import { describe, expect, it } from 'vitest'
import { siraLimits } from '../../../../worker/surfaces/sira/limits.ts'
import { answer, state } from '../../limit-samples.ts'

describe("SIRA's headers", () => {
  it('are the minute and the hour', () => {
    const windows = [
      state('sira-hour', 3_600, { limit: 2_000, remaining: 1_847 }),
      state('sira-minute', 60, { limit: 120, remaining: 95 }),
    ]
    expect(siraLimits.headers(answer(windows), 0)).toEqual({
      'X-RateLimit-Limit-Minute': '120',
      'X-RateLimit-Remaining-Minute': '95',
      'X-RateLimit-Limit-Hour': '2000',
      'X-RateLimit-Remaining-Hour': '1847',
    })
  })

  it('have the names that are listed', () => {
    const windows = [state('sira-minute', 60), state('sira-hour', 3_600)]
    expect(Object.keys(siraLimits.headers(answer(windows), 0)).toSorted()).toEqual(
      siraLimits.headerNames.toSorted(),
    )
  })
})

import { describe, expect, it } from 'vitest'
import { limitError, X_RATE_LIMIT_HEADERS, xRateLimit } from '../../../worker/http/limits.ts'
import type { LimitAnswer, LimitState } from '../../../worker/services/limits/limiter.ts'
import { answer, state } from '../limit-samples.ts'

const NOW = 1_800_000_000_250

const minute = state('a-minute', 60)
const day = state('a-day', 86_400, { limit: 1_000, remaining: 990, resetSeconds: 5_000 })
const tokens = state('tokens', 86_400, { limit: 10_000, remaining: 9_000, resetSeconds: 3_600 })
const refused = (refusedBy: LimitState, over: Partial<LimitAnswer> = {}) =>
  answer([minute], { refusedBy, retryAfterSeconds: 7, ...over })

describe('the refusal', () => {
  it.each([
    [state('w', 1, { limit: 20 }), 'Rate limit exceeded: 20 requests per second'],
    [state('w', 60, { limit: 120 }), 'Rate limit exceeded: 120 requests per minute'],
    [state('w', 3_600, { limit: 2_000 }), 'Rate limit exceeded: 2000 requests per hour'],
    [state('w', 86_400, { limit: 1_000 }), 'Rate limit exceeded: 1000 requests per day'],
    [state('w', 90, { limit: 5 }), 'Rate limit exceeded: 5 requests per 90 seconds'],
  ])('of %j says %j', (refusedBy, message) => {
    expect(limitError(refused(refusedBy))).toMatchObject({
      code: 'limit_exceeded',
      message,
      retryAfterSeconds: 7,
    })
  })

  it('of a budget speaks of tokens', () => {
    expect(limitError(refused(tokens, { budget: tokens })).message).toBe(
      'Rate limit exceeded: 10000 tokens per day',
    )
  })
})

describe('X-RateLimit', () => {
  it('is the window with the least left; reset is a time in unix seconds', () => {
    expect(xRateLimit(answer([day, minute]), NOW)).toEqual({
      'X-RateLimit-Limit': '100',
      'X-RateLimit-Remaining': '95',
      'X-RateLimit-Reset': '1800000043',
    })
    const spentDay = { ...day, remaining: 3 }
    expect(xRateLimit(answer([minute, spentDay]), NOW)).toMatchObject({ 'X-RateLimit-Limit': '1000' })
  })

  it('is what refuses, whatever it is', () => {
    const burst = state('burst', 1, { limit: 20, remaining: 0 })
    expect(xRateLimit(refused(burst), NOW)).toMatchObject({
      'X-RateLimit-Limit': '20',
      'X-RateLimit-Remaining': '0',
    })
  })

  it('is not a burst that lets through', () => {
    const burst = state('burst', 1, { limit: 20, remaining: 19 })
    expect(xRateLimit(answer([burst, minute]), NOW)).toMatchObject({ 'X-RateLimit-Limit': '100' })
  })

  it('says nothing to who is not limited', () => {
    expect(xRateLimit(answer([]), NOW)).toEqual({})
  })

  it('has the names that are listed', () => {
    expect(Object.keys(xRateLimit(answer([minute]), NOW))).toEqual([...X_RATE_LIMIT_HEADERS])
  })
})

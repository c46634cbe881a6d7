import { describe, expect, it } from 'vitest'
import {
  ietfRateLimit,
  limitError,
  openaiRateLimit,
  siraRateLimit,
  xRateLimit,
} from '../../../worker/http/limits.ts'
import type { LimitAnswer, LimitState } from '../../../worker/services/limits/limiter.ts'

const NOW = 1_800_000_000_250

const state = (name: string, seconds: number, over: Partial<LimitState> = {}): LimitState => ({
  name,
  limit: 100,
  remaining: 95,
  resetSeconds: 42,
  seconds,
  ...over,
})
const answer = (windows: LimitState[], over: Partial<LimitAnswer> = {}): LimitAnswer => ({
  retryAfterSeconds: 0,
  windows,
  ...over,
})
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
    expect(openaiRateLimit(answer([]), NOW)).toEqual({})
  })
})

describe("SIRA's headers", () => {
  it('are the minute and the hour', () => {
    const windows = [
      state('sira-hour', 3_600, { limit: 2_000, remaining: 1_847 }),
      state('sira-minute', 60, { limit: 120, remaining: 95 }),
    ]
    expect(siraRateLimit(answer(windows))).toEqual({
      'X-RateLimit-Limit-Minute': '120',
      'X-RateLimit-Remaining-Minute': '95',
      'X-RateLimit-Limit-Hour': '2000',
      'X-RateLimit-Remaining-Hour': '1847',
    })
  })
})

describe('RateLimit and RateLimit-Policy', () => {
  it('list every window and the budget', () => {
    expect(ietfRateLimit(answer([minute, day], { budget: tokens }))).toEqual({
      'RateLimit-Policy': '"minute";q=100;w=60, "day";q=1000;w=86400, "tokens";q=10000;qu="tokens";w=86400',
      RateLimit: '"minute";r=95;t=42, "day";r=990;t=5000, "tokens";r=9000;t=3600',
    })
  })

  it('end what refuses when Retry-After does', () => {
    const full = { ...minute, remaining: 0 }
    expect(ietfRateLimit(answer([full], { refusedBy: full, retryAfterSeconds: 7 })).RateLimit).toBe(
      '"minute";r=0;t=7',
    )
  })
})

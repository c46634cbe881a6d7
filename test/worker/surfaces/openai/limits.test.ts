import { describe, expect, it } from 'vitest'
import { ietfRateLimit, openaiLimits } from '../../../../worker/surfaces/openai/limits.ts'
import { answer, state } from '../../limit-samples.ts'

const minute = state('a-minute', 60)
const day = state('a-day', 86_400, { limit: 1_000, remaining: 990, resetSeconds: 5_000 })
const tokens = state('tokens', 86_400, { limit: 10_000, remaining: 9_000, resetSeconds: 3_600 })

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

  it('stand beside the headers that most clients know, under the names that are listed', () => {
    const names = Object.keys(openaiLimits.headers(answer([minute]), 0))
    expect(names.toSorted()).toEqual(openaiLimits.headerNames.toSorted())
  })

  it('say nothing to who is not limited', () => {
    expect(openaiLimits.headers(answer([]), 0)).toEqual({})
  })
})

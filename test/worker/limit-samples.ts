import type { LimitAnswer, LimitState } from '../../worker/services/limits/limiter.ts'

/** A window of a limit that has room. */
export const state = (name: string, seconds: number, over: Partial<LimitState> = {}): LimitState => ({
  name,
  limit: 100,
  remaining: 95,
  resetSeconds: 42,
  seconds,
  ...over,
})

/** The word of a limiter on a request that it lets through. */
export const answer = (windows: LimitState[], over: Partial<LimitAnswer> = {}): LimitAnswer => ({
  retryAfterSeconds: 0,
  windows,
  ...over,
})

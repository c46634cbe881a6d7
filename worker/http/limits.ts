import { AppError } from '../../shared/errors.ts'
import type { LimitAnswer, LimitState } from '../services/limits/limiter.ts'

const MINUTE_SECONDS = 60
const HOUR_SECONDS = 60 * MINUTE_SECONDS

const PERIODS: Record<number, string> = {
  1: 'second',
  [MINUTE_SECONDS]: 'minute',
  [HOUR_SECONDS]: 'hour',
  [24 * HOUR_SECONDS]: 'day',
}
/** A window's length in words: `minute`. */
export const periodOf = (seconds: number): string => PERIODS[seconds] ?? `${seconds} seconds`

const isBudget = (answer: LimitAnswer, { name }: LimitState): boolean => answer.budget?.name === name

/** The refusal of a caller who asked too often, in a contract's own words, or those that SIRA documents. */
export function limitError(answer: LimitAnswer, wordsOf?: (refusedBy: LimitState) => string): AppError {
  const { refusedBy, retryAfterSeconds } = answer
  if (refusedBy && wordsOf) return new AppError('limit_exceeded', wordsOf(refusedBy), { retryAfterSeconds })
  const unit = refusedBy && isBudget(answer, refusedBy) ? 'tokens' : 'requests'
  const detail = refusedBy ? `: ${refusedBy.limit} ${unit} per ${periodOf(refusedBy.seconds)}` : ''
  return new AppError('limit_exceeded', `Rate limit exceeded${detail}`, { retryAfterSeconds })
}

/** What refuses; otherwise the window with the least left. A burst's window is shown only when it refuses: it is over at once. */
function tightestOf({ refusedBy, windows }: LimitAnswer): LimitState | undefined {
  if (refusedBy) return refusedBy
  const lasting = windows.filter(({ seconds }) => seconds >= MINUTE_SECONDS)
  return lasting.toSorted((a, b) => a.remaining - b.remaining || b.resetSeconds - a.resetSeconds)[0]
}

/** The three headers that Rajora and Agentic document. Reset is when everything is free again, in unix seconds. */
export function xRateLimit(answer: LimitAnswer, now: number): Record<string, string> {
  const state = tightestOf(answer)
  if (!state) return {}
  return {
    'X-RateLimit-Limit': String(state.limit),
    'X-RateLimit-Remaining': String(state.remaining),
    'X-RateLimit-Reset': String(Math.ceil(now / 1_000) + state.resetSeconds),
  }
}

/** The four headers that SIRA documents. */
export function siraRateLimit({ windows }: LimitAnswer): Record<string, string> {
  const named = { Minute: MINUTE_SECONDS, Hour: HOUR_SECONDS }
  return Object.fromEntries(
    Object.entries(named).flatMap(([name, seconds]) => {
      const state = windows.find((window) => window.seconds === seconds)
      if (!state) return []
      return [
        [`X-RateLimit-Limit-${name}`, String(state.limit)],
        [`X-RateLimit-Remaining-${name}`, String(state.remaining)],
      ]
    }),
  )
}

/**
 * `RateLimit` and `RateLimit-Policy` as in draft-ietf-httpapi-ratelimit-headers-11, lists of structured fields (RFC 9651).
 * Tokens have no registered quota unit there; they are named all the same, because without `qu` they would be requests.
 */
export function ietfRateLimit(answer: LimitAnswer): Record<string, string> {
  const { refusedBy, windows, budget, retryAfterSeconds } = answer
  const named = [
    ...windows.map((state) => ({ key: periodOf(state.seconds), unit: '', state })),
    ...(budget ? [{ key: budget.name, unit: ';qu="tokens"', state: budget }] : []),
  ]
  if (named.length === 0) return {}
  // §6: `Retry-After` is not to be earlier than the end of what refuses.
  const windowOf = (state: LimitState) =>
    state.name === refusedBy?.name ? retryAfterSeconds : state.resetSeconds
  const policies = named.map(({ key, unit, state }) => `"${key}";q=${state.limit}${unit};w=${state.seconds}`)
  const limits = named.map(({ key, state }) => `"${key}";r=${state.remaining};t=${windowOf(state)}`)
  return { 'RateLimit-Policy': policies.join(', '), RateLimit: limits.join(', ') }
}

/** What `/v1` sends: what most clients know, and what is to be the standard. */
export const openaiRateLimit = (answer: LimitAnswer, now: number): Record<string, string> => ({
  ...xRateLimit(answer, now),
  ...ietfRateLimit(answer),
})

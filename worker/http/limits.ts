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

/** The refusal of a caller who asked too often, in the words of a contract that has its own. */
export function limitError(answer: LimitAnswer, wordsOf?: (refusedBy: LimitState) => string): AppError {
  const { refusedBy, retryAfterSeconds } = answer
  if (refusedBy && wordsOf) return new AppError('limit_exceeded', wordsOf(refusedBy), { retryAfterSeconds })
  const unit = refusedBy && isBudget(answer, refusedBy) ? 'tokens' : 'requests'
  const detail = refusedBy ? `: ${refusedBy.limit} ${unit} per ${periodOf(refusedBy.seconds)}` : ''
  return new AppError('limit_exceeded', `Rate limit exceeded${detail}`, { retryAfterSeconds })
}

/**
 * The window that refuses; otherwise the one with the least left. A burst's window is shown only when it refuses: it is over
 * at once.
 */
function tightestOf({ refusedBy, windows }: LimitAnswer): LimitState | undefined {
  if (refusedBy) return refusedBy
  const lasting = windows.filter(({ seconds }) => seconds >= MINUTE_SECONDS)
  return lasting.toSorted((a, b) => a.remaining - b.remaining || b.resetSeconds - a.resetSeconds)[0]
}

/** The names of the headers of `xRateLimit`. */
export const X_RATE_LIMIT_HEADERS = [
  'X-RateLimit-Limit',
  'X-RateLimit-Remaining',
  'X-RateLimit-Reset',
] as const

/** The three headers that most APIs have for their limits. Reset is when everything is free again, in unix seconds. */
export function xRateLimit(answer: LimitAnswer, now: number): Record<string, string> {
  const state = tightestOf(answer)
  if (!state) return {}
  const [limit, remaining, reset] = X_RATE_LIMIT_HEADERS
  return {
    [limit]: String(state.limit),
    [remaining]: String(state.remaining),
    [reset]: String(Math.ceil(now / 1_000) + state.resetSeconds),
  }
}

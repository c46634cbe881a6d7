import { DAY_MS, HOUR_MS } from '../../../shared/units.ts'

const SECOND_MS = 1_000
const MINUTE_MS = 60 * SECOND_MS

/** The waits between attempts: nine attempts within a day. */
export const RETRY_DELAYS_MS = [
  5 * SECOND_MS,
  MINUTE_MS,
  5 * MINUTE_MS,
  30 * MINUTE_MS,
  2 * HOUR_MS,
  4 * HOUR_MS,
  7 * HOUR_MS,
  10 * HOUR_MS,
] as const
export const MAX_ATTEMPTS = RETRY_DELAYS_MS.length + 1

/** A wait is shorter by up to this share of it, so that messages which failed together do not come back together. */
const JITTER = 0.2

/** The longest wait that a receiver can ask for. */
export const MAX_RETRY_AFTER_MS = 12 * HOUR_MS

/** An endpoint at which nothing has arrived for this long gets nothing more. */
export const FAILURE_LIMIT_MS = 5 * DAY_MS

/** How long to wait after so many attempts, and after what the receiver has asked for; undefined: there is no other. */
export function retryDelayMs(
  attempts: number,
  {
    retryAfterMs = 0,
    random = Math.random,
  }: { retryAfterMs?: number | undefined; random?: () => number } = {},
): number | undefined {
  const delay = RETRY_DELAYS_MS[attempts - 1]
  if (delay === undefined) return undefined
  const own = Math.round(delay * (1 - JITTER * random()))
  return Math.max(own, Math.min(retryAfterMs, MAX_RETRY_AFTER_MS))
}

/** The wait that a `Retry-After` asks for (RFC 9110 §10.2.3): seconds or a date; undefined where it says neither. */
export function retryAfterMs(header: string | null, nowMs: number): number | undefined {
  const text = header?.trim() ?? ''
  if (/^\d{1,9}$/.test(text)) return Number(text) * SECOND_MS
  const at = /^[A-Z][a-z]{2},/.test(text) ? Date.parse(text) : Number.NaN
  return Number.isNaN(at) ? undefined : Math.max(0, at - nowMs)
}

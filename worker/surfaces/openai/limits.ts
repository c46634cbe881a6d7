import { administers } from '../../http/administers.ts'
import { type ContractLimits, perMinute } from '../../http/limit-policy.ts'
import { periodOf, X_RATE_LIMIT_HEADERS, xRateLimit } from '../../http/limits.ts'
import { checkByPlan, checkTokens } from '../../services/administration/plan-limits.ts'
import type { LimitAnswer, LimitState } from '../../services/limits/limiter.ts'

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

/** Requests a minute that run no model: lists, files, keys. A plan's own minute is for those that do. */
export const OTHER_REQUESTS = perMinute('v1-other-minute', 300)

/**
 * The limits of the account's plan, of what runs a model; all else has a minute of its own. Administrators have none, by a
 * credential that administers. The headers are those that most clients know, and those that are to be the standard.
 */
export const openaiLimits: ContractLimits = {
  policy: ({ account, spends }, settings) => {
    if (!account || administers(account)) return []
    return spends
      ? [checkByPlan(account, { window: 'v1-minute', spends }, settings)]
      : [{ ...checkTokens(account, spends, settings), windows: [OTHER_REQUESTS] }]
  },
  headers: (answer, now) => ({ ...xRateLimit(answer, now), ...ietfRateLimit(answer) }),
  headerNames: [...X_RATE_LIMIT_HEADERS, 'RateLimit', 'RateLimit-Policy'],
}

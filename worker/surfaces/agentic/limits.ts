import { type ContractLimits, perDay, perMinute } from '../../http/limit-policy.ts'
import { periodOf, X_RATE_LIMIT_HEADERS, xRateLimit } from '../../http/limits.ts'
import { isAdmin } from '../../services/accounts/account-row.ts'
import { accountSubject } from '../../services/limits/budget.ts'

const WINDOWS = [perMinute('agentic-minute', 100), perDay('agentic-day', 1_000)]

/** "Rate Limiting": per account; administrators have none. */
export const agenticLimits: ContractLimits = {
  policy: ({ account }) =>
    !account || isAdmin(account) ? [] : [{ subject: accountSubject(account.id), windows: WINDOWS }],
  headers: xRateLimit,
  headerNames: X_RATE_LIMIT_HEADERS,
  message: ({ limit, seconds }) =>
    `You have exceeded the rate limit of ${limit} requests per ${periodOf(seconds)}`,
}

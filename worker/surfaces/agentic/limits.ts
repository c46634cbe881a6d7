import { administers } from '../../http/administers.ts'
import { type ContractLimits, perDay, perMinute } from '../../http/limit-policy.ts'
import { periodOf, X_RATE_LIMIT_HEADERS, xRateLimit } from '../../http/limits.ts'
import { checkTokens } from '../../services/administration/plan-limits.ts'
import { TOKENS_BUDGET } from '../../services/limits/budget.ts'

const WINDOWS = [perMinute('agentic-minute', 100), perDay('agentic-day', 1_000)]

/** "Rate Limiting": per account, with the day's tokens of its plan; administrators have none. */
export const agenticLimits: ContractLimits = {
  policy: ({ account, spends }, settings) =>
    !account || administers(account) ? [] : [{ ...checkTokens(account, spends, settings), windows: WINDOWS }],
  headers: xRateLimit,
  headerNames: X_RATE_LIMIT_HEADERS,
  message: ({ name, limit, seconds }) =>
    `You have exceeded the rate limit of ${limit} ${name === TOKENS_BUDGET ? 'tokens' : 'requests'} per ${periodOf(seconds)}`,
}

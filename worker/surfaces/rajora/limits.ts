import type { ContractLimits } from '../../http/limit-policy.ts'
import { X_RATE_LIMIT_HEADERS, xRateLimit } from '../../http/limits.ts'
import { checkByPlan } from '../../services/administration/plan-limits.ts'

/** "Rate Limits": those of the account's plan, for administrators too. */
export const rajoraLimits: ContractLimits = {
  policy: ({ account, spends }, settings) =>
    account ? [checkByPlan(account, { window: 'rajora-minute', spends }, settings)] : [],
  headers: xRateLimit,
  headerNames: X_RATE_LIMIT_HEADERS,
}

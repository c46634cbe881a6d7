import { administers } from '../../http/administers.ts'
import type { ContractLimits } from '../../http/limit-policy.ts'
import { checkTokens } from '../../services/administration/plan-limits.ts'

/** The day's tokens of the account's plan, which administrators have not. The page has no limits, and no headers for them. */
export const dualqueryLimits: ContractLimits = {
  policy: ({ account, spends }, settings) =>
    account && spends && !administers(account) ? [checkTokens(account, spends, settings)] : [],
  headers: () => ({}),
  headerNames: [],
}

import type { Account } from '../accounts/accounts.ts'
import { accountSubject, TOKENS_BUDGET } from '../limits/budget.ts'
import type { LimitCheck } from '../limits/limiter.ts'
import type { Settings } from './settings.ts'

export interface PlanLimits {
  requestsPerMinute: number
  tokensPerDay: number
}

/** The plans' limits where no setting says otherwise. An enterprise's are custom: unset, they are no less than pro's. */
const DOCUMENTED = {
  free: { requestsPerMinute: 20, tokensPerDay: 10_000 },
  pro: { requestsPerMinute: 60, tokensPerDay: 100_000 },
  enterprise: { requestsPerMinute: 60, tokensPerDay: 100_000 },
} as const satisfies Record<Account['plan'], PlanLimits>

/** A plan's limits: what is set for the plan, then what is set for all, then what is documented. */
export function limitsOfPlan(
  plan: Account['plan'],
  { rateLimits }: Pick<Settings, 'rateLimits'>,
): PlanLimits {
  const own = rateLimits.tiers?.[plan]
  const documented = DOCUMENTED[plan]
  return {
    requestsPerMinute: own?.requestsPerMinute ?? rateLimits.requestsPerMinute ?? documented.requestsPerMinute,
    tokensPerDay: own?.tokensPerDay ?? rateLimits.tokensPerDay ?? documented.tokensPerDay,
  }
}

export interface PlanCheck {
  /** The name of the window that the requests are counted in. */
  window: string
  /** Whether the request may spend tokens. */
  spends: boolean
}

/** The check of an account's tokens of the day alone, for contracts that count requests in their own way, or not at all. */
export const checkTokens = (
  account: Pick<Account, 'id' | 'plan'>,
  spends: boolean,
  settings: Settings,
): LimitCheck => ({
  subject: accountSubject(account.id),
  windows: [],
  budget: { name: TOKENS_BUDGET, limit: limitsOfPlan(account.plan, settings).tokensPerDay },
  isFree: !spends,
})

/** The check of an account against its plan: its requests by the minute, and its tokens by the day. */
export function checkByPlan(account: Account, { window, spends }: PlanCheck, settings: Settings): LimitCheck {
  const { requestsPerMinute } = limitsOfPlan(account.plan, settings)
  const windows = [{ name: window, limit: requestsPerMinute, seconds: 60 }]
  return { ...checkTokens(account, spends, settings), windows }
}

import type { Account } from '../services/accounts/accounts.ts'
import type { Settings } from '../services/administration/settings.ts'
import type { LimitCheck, RateWindow } from '../services/limits/limiter.ts'
import { toIpSubject } from './client-ip.ts'

/** Who asks. */
export interface Caller {
  account: Account | undefined
  /** What `CF-Connecting-IP` says. */
  address: string | undefined
  /** Whether the request may spend tokens. */
  spends: boolean
}

/** What a request is counted against. Nothing: it is not limited. */
export type LimitPolicy = (caller: Caller, settings: Settings) => LimitCheck[]

/** One budget for all surfaces, so that nobody gets a day's tokens from each. */
export const TOKEN_BUDGET = 'tokens'

export const accountSubject = (accountId: string): string => `account:${accountId}`

const perSecond = (name: string, limit: number): RateWindow => ({ name, limit, seconds: 1 })
const perMinute = (name: string, limit: number): RateWindow => ({ name, limit, seconds: 60 })
const perHour = (name: string, limit: number): RateWindow => ({ name, limit, seconds: 60 * 60 })
const perDay = (name: string, limit: number): RateWindow => ({ name, limit, seconds: 24 * 60 * 60 })

/** SIRA, "Rate Limiting": per address. */
const SIRA_WINDOWS = [perMinute('sira-minute', 120), perHour('sira-hour', 2_000)]

/** Clara, "Rate Limiting": per account, with its burst, and per address. */
const CLARA_ACCOUNT_WINDOWS = [perSecond('clara-second', 20), perMinute('clara-minute', 100)]
const CLARA_IP_WINDOWS = [perHour('clara-hour', 1_000)]

/** Agentic, "Rate Limiting": per account; administrators have none. */
const AGENTIC_WINDOWS = [perMinute('agentic-minute', 100), perDay('agentic-day', 1_000)]

/** Rajora, "Rate Limits". An enterprise's are custom: as long as no setting says so, they are no less than pro's. */
const PLAN_LIMITS = {
  free: { requestsPerMinute: 20, tokensPerDay: 10_000 },
  pro: { requestsPerMinute: 60, tokensPerDay: 100_000 },
  enterprise: { requestsPerMinute: 60, tokensPerDay: 100_000 },
} as const satisfies Record<Account['plan'], PlanLimits>

export interface PlanLimits {
  requestsPerMinute: number
  tokensPerDay: number
}

/** A plan's limits: what is set for the plan, then what is set for all, then what is documented. */
export function limitsOfPlan(
  plan: Account['plan'],
  { rateLimits }: Pick<Settings, 'rateLimits'>,
): PlanLimits {
  const own = rateLimits.tiers?.[plan]
  const documented = PLAN_LIMITS[plan]
  return {
    requestsPerMinute: own?.requestsPerMinute ?? rateLimits.requestsPerMinute ?? documented.requestsPerMinute,
    tokensPerDay: own?.tokensPerDay ?? rateLimits.tokensPerDay ?? documented.tokensPerDay,
  }
}

const isAdmin = (account: Account): boolean => account.roles.includes('admin')

const byIp = (address: string | undefined, windows: readonly RateWindow[]): LimitCheck => ({
  subject: toIpSubject(address),
  windows,
})

const byPlan = (account: Account, windowName: string, spends: boolean, settings: Settings): LimitCheck => {
  const { requestsPerMinute, tokensPerDay } = limitsOfPlan(account.plan, settings)
  return {
    subject: accountSubject(account.id),
    windows: [perMinute(windowName, requestsPerMinute)],
    budget: { name: TOKEN_BUDGET, limit: tokensPerDay },
    isFree: !spends,
  }
}

export const siraLimits: LimitPolicy = ({ address }) => [byIp(address, SIRA_WINDOWS)]

export const claraLimits: LimitPolicy = ({ account, address }) => [
  ...(account ? [{ subject: accountSubject(account.id), windows: CLARA_ACCOUNT_WINDOWS }] : []),
  byIp(address, CLARA_IP_WINDOWS),
]

export const agenticLimits: LimitPolicy = ({ account }) =>
  !account || isAdmin(account) ? [] : [{ subject: accountSubject(account.id), windows: AGENTIC_WINDOWS }]

export const rajoraLimits: LimitPolicy = ({ account, spends }, settings) =>
  account ? [byPlan(account, 'rajora-minute', spends, settings)] : []

/** `/v1` has the plans that Rajora documents; administrators have no limit. */
export const openaiLimits: LimitPolicy = ({ account, spends }, settings) =>
  !account || isAdmin(account) ? [] : [byPlan(account, 'v1-minute', spends, settings)]

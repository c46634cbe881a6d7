import { describe, expect, it } from 'vitest'
import type { Account } from '../../../../worker/services/accounts/accounts.ts'
import { limitsOfPlan } from '../../../../worker/services/administration/plan-limits.ts'
import type { Settings } from '../../../../worker/services/administration/settings.ts'

const settings = (rateLimits: Settings['rateLimits']) => ({ rateLimits })

describe("a plan's limits", () => {
  it("are the plan's own setting, else the setting for all, else the documented ones, each for itself", () => {
    const rateLimits = {
      requestsPerMinute: 30,
      tiers: { free: { requestsPerMinute: 5 }, pro: { tokensPerDay: 7 } },
    }
    const of = (plan: Account['plan']) => limitsOfPlan(plan, settings(rateLimits))
    expect(of('free')).toEqual({ requestsPerMinute: 5, tokensPerDay: 10_000 })
    expect(of('pro')).toEqual({ requestsPerMinute: 30, tokensPerDay: 7 })
    expect(of('enterprise')).toEqual({ requestsPerMinute: 30, tokensPerDay: 100_000 })
  })

  it('of an enterprise are whatever is set for it', () => {
    const rateLimits = { tiers: { enterprise: { requestsPerMinute: 9_000, tokensPerDay: 5_000_000 } } }
    expect(limitsOfPlan('enterprise', settings(rateLimits))).toEqual(rateLimits.tiers.enterprise)
  })
})

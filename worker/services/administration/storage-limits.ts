import { eq } from 'drizzle-orm'
import { GIB } from '../../../shared/units.ts'
import type { Db } from '../../db/client.ts'
import { accounts } from '../../db/tables/accounts.ts'
import { type Account, hasAdminRole } from '../accounts/account-row.ts'
import type { StorageLimits } from '../files/quota.ts'
import type { Settings, SettingsService } from './settings.ts'

type Plan = Account['plan']
type PlanStorage = { [Name in keyof StorageLimits]: number }

/** The plans' storage where no setting says otherwise. An enterprise's is custom: unset, it is no less than pro's. */
export const PLAN_STORAGE = {
  free: { bytes: 1 * GIB, files: 1_000 },
  pro: { bytes: 50 * GIB, files: 10_000 },
  enterprise: { bytes: 50 * GIB, files: 10_000 },
} as const satisfies Record<Plan, PlanStorage>

/** A plan's storage: what is set for the plan, then what is set for all, then the numbers above. */
export function storageOfPlan(plan: Plan, { storage }: Pick<Settings, 'storage'>): PlanStorage {
  const own = storage.tiers?.[plan]
  return {
    bytes: own?.bytes ?? storage.bytes ?? PLAN_STORAGE[plan].bytes,
    files: own?.files ?? storage.files ?? PLAN_STORAGE[plan].files,
  }
}

/** Reads what an account may store, by its plan as it is now; administrators have no limit. */
export const createStorageLimits =
  (db: Db, settings: Pick<SettingsService, 'get'>) =>
  async (accountId: string): Promise<StorageLimits> => {
    const { roles, plan } = accounts
    const [[account], set] = await Promise.all([
      db.select({ roles, plan }).from(accounts).where(eq(accounts.id, accountId)),
      settings.get(),
    ])
    if (!account) return { bytes: 0, files: 0 }
    // Stored by the account, whatever credential brings it: uploads of several requests and jobs know no other.
    return hasAdminRole(account) ? { bytes: null, files: null } : storageOfPlan(account.plan, set)
  }

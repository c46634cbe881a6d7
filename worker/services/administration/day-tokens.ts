import { and, eq } from 'drizzle-orm'
import type { Db } from '../../db/client.ts'
import { accounts } from '../../db/tables/accounts.ts'
import { hasAdminRole } from '../accounts/account-row.ts'
import type { Limiter } from '../limits/limiter.ts'
import { checkTokens } from './plan-limits.ts'
import type { SettingsService } from './settings.ts'

export interface DayTokensOptions {
  db: Db
  limiter: Pick<Limiter, 'check'>
  settings: Pick<SettingsService, 'get'>
}

/**
 * Whether models may run for an account without a request of its own: it is active, the deployment answers chats, and the day's
 * tokens of its plan are not spent. Administrators have no such limit.
 */
export const createDayTokens =
  ({ db, limiter, settings }: DayTokensOptions) =>
  async (accountId: string): Promise<'left' | 'spent' | 'closed'> => {
    const { id, roles, plan, active } = accounts
    const [[account], set] = await Promise.all([
      db
        .select({ id, roles, plan })
        .from(accounts)
        .where(and(eq(id, accountId), eq(active, true))),
      settings.get(),
    ])
    if (!account || set.maintenance || !set.features.chat) return 'closed'
    if (hasAdminRole(account)) return 'left'
    const answer = await limiter.check([checkTokens(account, true, set)])
    return answer?.refusedBy ? 'spent' : 'left'
  }

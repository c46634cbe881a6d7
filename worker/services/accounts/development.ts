import { and, eq, or, sql } from 'drizzle-orm'
import { toAppError } from '../../../shared/errors.ts'
import type { Db } from '../../db/client.ts'
import { accounts as accountRows } from '../../db/tables/accounts.ts'
import type { Plan, Role } from './account-row.ts'
import type { Accounts } from './accounts.ts'
import type { Keys } from './keys.ts'

interface DevelopmentAccount {
  username: string
  password: string
  roles: Role[]
  plan: Plan
}

/** The accounts that the contracts document. They exist in development alone. */
const DEVELOPMENT_ACCOUNTS: readonly DevelopmentAccount[] = [
  { username: 'admin', password: 'administrator', roles: ['admin'], plan: 'enterprise' },
  { username: 'guest', password: 'guest_test1', roles: ['viewer'], plan: 'free' },
]

interface Seeded {
  db: Db
  accounts: Accounts
  keys: Keys
}

/** Another isolate was faster. */
function ignoreConflict(thrown: unknown): void {
  if (toAppError(thrown).code !== 'conflict') throw thrown
}

/**
 * Makes the documented accounts, and the administrator's key, where they are missing, and gives those of an older database
 * their documented roles and plan. Passwords stay as they are. Safe to repeat and to race.
 */
export async function seedDevelopment({ db, accounts, keys }: Seeded, apiKey: string | undefined) {
  for (const { username, password, roles, plan } of DEVELOPMENT_ACCOUNTS) {
    const isThis = eq(accountRows.username, username)
    if (!(await db.$count(accountRows, isThis))) {
      await accounts.create({ email: null, username, password, roles, plan }).catch(ignoreConflict)
    }
    const differs = or(
      sql`${accountRows.roles} <> ${JSON.stringify(roles)}`,
      sql`${accountRows.plan} <> ${plan}`,
    )
    await db
      .update(accountRows)
      .set({ roles: [...roles], plan })
      .where(and(isThis, differs))
  }
  if (!apiKey) return
  const seeded = await accounts.authenticate(apiKey).catch(() => undefined)
  const [admin] = await db
    .select({ id: accountRows.id })
    .from(accountRows)
    .where(eq(accountRows.username, 'admin'))
  if (seeded || !admin) return
  await keys.create({ accountId: admin.id, name: 'development', secret: apiKey }).catch(ignoreConflict)
}

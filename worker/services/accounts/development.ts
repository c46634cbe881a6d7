import { and, eq, notInArray, or, sql } from 'drizzle-orm'
import { toAppError } from '../../../shared/errors.ts'
import type { Db } from '../../db/client.ts'
import { accounts as accountRows } from '../../db/tables/accounts.ts'
import { verifyPassword } from '../secrets/passwords.ts'
import type { Accounts } from './accounts.ts'
import { DOCUMENTED_ACCOUNTS, type DocumentedAccount } from './documented-accounts.ts'
import type { Keys } from './keys.ts'

interface Seeded {
  db: Db
  accounts: Accounts
  keys: Keys
}

/** Another isolate was faster. */
function ignoreConflict(thrown: unknown): undefined {
  if (toAppError(thrown).code !== 'conflict') throw thrown
}

/** Marks a documented account of an older database, by its documented password. Somebody's own of that name stays theirs. */
async function mark(db: Db, { username, password }: DocumentedAccount): Promise<void> {
  const isUnmarked = and(eq(accountRows.username, username), eq(accountRows.isSeeded, false))
  const [row] = await db
    .select({ passwordHash: accountRows.passwordHash })
    .from(accountRows)
    .where(isUnmarked)
  if (row?.passwordHash && (await verifyPassword(password, row.passwordHash)))
    await db.update(accountRows).set({ isSeeded: true }).where(isUnmarked)
}

/**
 * Makes the documented accounts, and the administrator's key, where they are missing, and gives those of an older database
 * their documented roles and plan. Passwords stay as they are. A database with other accounts and none of these is somebody's
 * own and stays as it is. Safe to repeat and to race.
 */
export async function seedDevelopment({ db, accounts, keys }: Seeded, apiKey: string | undefined) {
  for (const account of DOCUMENTED_ACCOUNTS) await mark(db, account)
  const isForeign = notInArray(
    accountRows.username,
    DOCUMENTED_ACCOUNTS.map(({ username }) => username),
  )
  const isSeeded = (await db.$count(accountRows, eq(accountRows.isSeeded, true))) > 0
  if (!isSeeded && (await db.$count(accountRows, or(isForeign, sql`${accountRows.username} is null`))) > 0)
    return
  for (const { username, password, roles, plan } of DOCUMENTED_ACCOUNTS) {
    const isThis = and(eq(accountRows.username, username), eq(accountRows.isSeeded, true))
    if (!(await db.$count(accountRows, eq(accountRows.username, username)))) {
      const { id } = await accounts
        .create({ email: null, username, password, roles, plan })
        .catch((thrown) => ({ id: ignoreConflict(thrown) }))
      if (id) await db.update(accountRows).set({ isSeeded: true }).where(eq(accountRows.id, id))
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
    .where(and(eq(accountRows.username, 'admin'), eq(accountRows.isSeeded, true)))
  if (seeded || !admin) return
  await keys.create({ accountId: admin.id, name: 'development', secret: apiKey }).catch(ignoreConflict)
}

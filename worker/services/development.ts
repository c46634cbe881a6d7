import { eq } from 'drizzle-orm'
import { toAppError } from '../../shared/errors.ts'
import type { Db } from '../db/client.ts'
import { accounts } from '../db/schema.ts'
import type { Accounts } from './accounts.ts'

/** The accounts that the contracts document. They exist in development alone. */
const DEVELOPMENT_ACCOUNTS = [
  { username: 'admin', password: 'administrator', roles: ['admin'] },
  { username: 'guest', password: 'guest_test1', roles: ['viewer'] },
]

/** Makes the documented accounts, and the administrator's key, where they are missing. Safe to repeat and to race. */
export async function seedDevelopment(db: Db, service: Accounts, apiKey: string | undefined): Promise<void> {
  for (const { username, password, roles } of DEVELOPMENT_ACCOUNTS) {
    const [known] = await db.select({ id: accounts.id }).from(accounts).where(eq(accounts.username, username))
    if (known) continue
    await service.create({ email: null, username, password, roles }).catch((thrown) => {
      if (toAppError(thrown).code !== 'conflict') throw thrown // another isolate was faster
    })
  }
  if (!apiKey) return
  const seeded = await service.authenticate(apiKey).catch(() => undefined)
  const [admin] = await db.select({ id: accounts.id }).from(accounts).where(eq(accounts.username, 'admin'))
  if (!seeded && admin) await service.createKey(admin.id, 'development', apiKey)
}

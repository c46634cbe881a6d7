import { and, eq, exists, ne } from 'drizzle-orm'
import { AppError } from '../../../shared/errors.ts'
import type { Db } from '../../db/client.ts'
import { accounts } from '../../db/tables/accounts.ts'
import { sessions, signInLinks } from '../../db/tables/sessions.ts'
import { createAudit } from '../audit.ts'
import { hashPassword, verifyPassword } from '../secrets/passwords.ts'
import type { Account } from './account-row.ts'
import type { LoginGuard } from './login-guard.ts'

export interface PasswordChangeOptions {
  db: Db
  loginGuard: LoginGuard
  /** Has all that is open for the account looked at again. */
  onChange?: (accountId: string) => void
  hash?: (password: string) => Promise<string>
  now?: () => number
}

interface NewPassword {
  current: string
  next: string
  /** The subject of the address that asks (`ip:…`). */
  subject: string
}

const invalid = (param: string, message: string) => new AppError('invalid_request', message, { param })

/**
 * Gives an account another password, in one batch with the end of all sessions but the one that asks, and of all access tokens
 * that stand alone. API keys stay. Throws `invalid_request` with param `current_password` or `new_password`, and
 * `limit_exceeded` after too many wrong ones.
 */
export function createPasswordChange({
  db,
  loginGuard,
  onChange,
  hash = hashPassword,
  now = Date.now,
}: PasswordChangeOptions) {
  const audit = createAudit(db, now)

  async function verified(account: Account, { current, subject }: NewPassword): Promise<string> {
    const [row] = await db
      .select({ hash: accounts.passwordHash })
      .from(accounts)
      .where(eq(accounts.id, account.id))
    const known = row?.hash
    if (!known) throw invalid('current_password', 'This account has no password: its identity provider has.')
    // The code of a wrong login, so that it is counted as one.
    const wrong = new AppError('unauthenticated', 'wrong')
    try {
      await loginGuard.run({ login: account.id, subject }, async () => {
        if (!(await verifyPassword(current, known))) throw wrong
      })
    } catch (thrown) {
      if (thrown !== wrong) throw thrown
      throw invalid('current_password', "Invalid 'current_password': this is not the account's password.")
    }
    return known
  }

  return async (account: Account, given: NewPassword): Promise<void> => {
    const known = await verified(account, given)
    if (given.next === given.current)
      throw invalid('new_password', "Invalid 'new_password': it is the one that the account has.")
    const passwordHash = await hash(given.next)
    const passwordChangedAt = now()
    const hasIt = and(eq(accounts.id, account.id), eq(accounts.passwordHash, passwordHash))
    const isChanged = exists(db.select({ id: accounts.id }).from(accounts).where(hasIt))
    const [changed] = await db.batch([
      db
        .update(accounts)
        .set({ passwordHash, passwordChangedAt })
        .where(and(eq(accounts.id, account.id), eq(accounts.passwordHash, known)))
        .returning({ id: accounts.id }),
      db
        .delete(sessions)
        .where(
          and(
            eq(sessions.accountId, account.id),
            account.sessionId === undefined ? undefined : ne(sessions.id, account.sessionId),
            isChanged,
          ),
        ),
      db.delete(signInLinks).where(and(eq(signInLinks.accountId, account.id), isChanged)),
      audit.rowWhere({ actorId: account.id, action: 'password.change', target: account.id }, accounts, hasIt),
    ])
    if (changed.length === 0)
      throw new AppError('conflict', 'The password was changed by somebody else just now.')
    onChange?.(account.id)
  }
}

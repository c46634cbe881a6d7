import { eq, inArray, or, type SQL, sql } from 'drizzle-orm'
import { AppError } from '../../../shared/errors.ts'
import { HIDDEN } from '../../../shared/visible-text.ts'
import { accounts } from '../../db/tables/accounts.ts'

/** No `@`, so that nobody's username is somebody's email; nothing that needs escaping anywhere. */
export const USERNAME = /^[A-Za-z0-9._-]{1,64}$/
/**
 * Enough to tell an address from a slip of the hand, and nothing in it that nobody sees; whether it exists only a message to
 * it can tell.
 */
export const EMAIL = new RegExp(`^[^\\s@${HIDDEN}]+@[^\\s@${HIDDEN}]+$`, 'u')
/** RFC 5321 §4.5.3.1.3, without its angle brackets. */
export const MAX_EMAIL_LENGTH = 254

/** The names by which an account logs in. */
export interface LoginNames {
  email: string | null
  username: string | null
}

/** A login name as it is compared: names that read alike are one, whatever their case and the width of their letters. */
export const loginKey = (name: string): string => name.normalize('NFKC').toLowerCase().normalize('NFKC')

/** An email as it is kept. Throws `invalid_request` for what is none. */
export function emailToKeep(email: string | null): string | null {
  if (email === null) return null
  const kept = loginKey(email)
  if (kept.length > MAX_EMAIL_LENGTH || !EMAIL.test(email) || !EMAIL.test(kept)) {
    const reason = `expected an email address of at most ${MAX_EMAIL_LENGTH} characters`
    throw new AppError('invalid_request', `Invalid 'email': ${reason}.`, { param: 'email' })
  }
  return kept
}

/** Throws `invalid_request` for a username that cannot be one. */
export function checkUsername(username: string | null): void {
  if (username === null || USERNAME.test(username)) return
  const reason = 'expected 1 to 64 letters, digits, dots, dashes and underscores'
  throw new AppError('invalid_request', `Invalid 'username': ${reason}.`, { param: 'username' })
}

/**
 * The accounts that a login may mean, and the order in which it does: one that is written just so comes first. Older accounts
 * have emails in which wide letters were kept, and usernames that differ by case alone, of which one has the key.
 */
export function accountsOfLogin(login: string): { condition: SQL | undefined; order: SQL[] } {
  const emails = [...new Set([login.toLowerCase(), loginKey(login)])]
  return {
    condition: or(
      inArray(accounts.email, emails),
      eq(accounts.username, login),
      eq(accounts.usernameKey, loginKey(login)),
    ),
    order: [
      sql`${accounts.username} is ${login} desc`,
      sql`${accounts.email} is ${login.toLowerCase()} desc`,
    ],
  }
}

/** The accounts that have one of these names already, and the one with the email first. */
export function accountsNamed({ email, username }: LoginNames): { condition: SQL | undefined; order: SQL } {
  return {
    condition: or(
      email === null ? undefined : eq(accounts.email, email),
      username === null ? undefined : eq(accounts.username, username),
      username === null ? undefined : eq(accounts.usernameKey, loginKey(username)),
    ),
    order: sql`${accounts.email} is not ${email}`,
  }
}

import type { Context, MiddlewareHandler } from 'hono'
import { AppError, type ErrorCode, toAppError } from '../../shared/errors.ts'
import { isKey } from '../../shared/ids.ts'
import type { Account, Accounts } from '../services/accounts/accounts.ts'
import { hasAdminScope, isNarrowed } from './administers.ts'
import { clientAddressOf, toIpSubject } from './client-ip.ts'
import { accountOf } from './surface.ts'
import type { SurfaceEnv } from './surface-env.ts'

const MISSING = 'The API key or access token is missing: send Authorization: Bearer <key>.'

/**
 * The secret of `Authorization: Bearer …` (RFC 6750 §2.1). Throws `unauthenticated` when there is none, in a contract's own
 * sentence where it has one.
 */
export function bearerOf(c: Context, missing = MISSING): string {
  const [, credential] = /^Bearer +(\S+)$/i.exec(c.req.header('authorization') ?? '') ?? []
  if (!credential) throw new AppError('unauthenticated', missing)
  return credential
}

const TOKENS_ALONE =
  'An API key is not taken here: log in, and send the access token as Authorization: Bearer <token>.'

/** Refuses what has the form of a key where access tokens alone are taken, and says what is. Throws `unauthenticated`. */
export function refuseKeys(
  c: Context,
  credential = c.req.header('authorization'),
  message = TOKENS_ALONE,
): void {
  if (isKey(credential?.replace(/^Bearer +/i, '') ?? '')) throw new AppError('unauthenticated', message)
}

const NARROWED =
  'This browser is signed in by an API key that may do less than its account, which is not told apart here: sign in with the password.'

/**
 * The account that an access token speaks for, on a surface that knows no scopes. An API key is none: it may be narrowed to less than its
 * account. Throws `unauthenticated`, and `forbidden` of a browser that signed in by a key which is narrowed.
 */
export async function tokenAccountOf(
  c: Context,
  accounts: Pick<Accounts, 'authenticate'>,
  credential = bearerOf(c),
): Promise<Account> {
  const account = await accounts.authenticate(credential)
  if (!account.key) return account
  if (account.sessionId === undefined) throw new AppError('unauthenticated', TOKENS_ALONE)
  if (isNarrowed(account)) throw new AppError('forbidden', NARROWED)
  return account
}

/** The same without browsers that a key signed in: for what only the bearer of a password may do. Throws `unauthenticated`. */
export async function passwordAccountOf(
  c: Context,
  accounts: Pick<Accounts, 'authenticate'>,
): Promise<Account> {
  const account = await accounts.authenticate(bearerOf(c))
  if (account.key) throw new AppError('unauthenticated', TOKENS_ALONE)
  return account
}

/** Logs in with a password from the caller's address; see `logIn` of services/accounts/accounts.ts. */
export const logInFrom = (
  c: Context,
  accounts: Pick<Accounts, 'logIn'>,
  login: string,
  password: string,
): ReturnType<Accounts['logIn']> => accounts.logIn(login, password, toIpSubject(clientAddressOf(c)))

/** The same failure in the sentence that a contract documents for it, where it documents one. */
export async function inWords<Result>(
  work: Promise<Result>,
  words: Partial<Record<ErrorCode, string>>,
): Promise<Result> {
  try {
    return await work
  } catch (thrown) {
    const { code, param, issues, retryAfterSeconds, cause } = toAppError(thrown)
    const message = words[code]
    if (message === undefined) throw thrown
    throw new AppError(code, message, { param, issues, retryAfterSeconds, cause })
  }
}

/**
 * Route middleware, before a body is validated: lets administrators through, and of their keys those with the scope `admin`.
 * Throws `forbidden`.
 */
export const requireAdmin: MiddlewareHandler<SurfaceEnv> = async (c, next) => {
  const account = accountOf(c)
  if (!account.roles.includes('admin')) throw new AppError('forbidden', 'Only an administrator may do this.')
  if (!hasAdminScope(account)) throw new AppError('forbidden', "This API key lacks the scope 'admin'.")
  await next()
}

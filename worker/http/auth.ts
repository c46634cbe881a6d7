import type { Context } from 'hono'
import { AppError } from '../../shared/errors.ts'
import type { Account } from '../services/accounts.ts'
import { accountOf, type SurfaceEnv } from './surface.ts'

/** The secret of `Authorization: Bearer …` (RFC 6750 §2.1). Throws `unauthenticated` when there is none. */
export function bearerOf(c: Context): string {
  const [, credential] = /^Bearer +(\S+)$/i.exec(c.req.header('authorization') ?? '') ?? []
  if (!credential) {
    throw new AppError(
      'unauthenticated',
      'The API key or access token is missing: send Authorization: Bearer <key>.',
    )
  }
  return credential
}

/** The caller, when it is an administrator. Throws `forbidden`. */
export function requireAdmin(c: Context<SurfaceEnv>): Account {
  const account = accountOf(c)
  if (!account.roles.includes('admin')) throw new AppError('forbidden', 'Only an administrator may do this.')
  return account
}

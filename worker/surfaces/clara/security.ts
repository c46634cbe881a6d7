import type { Context, MiddlewareHandler } from 'hono'
import { AppError, toAppError } from '../../../shared/errors.ts'
import { inWords, refuseKeys, tokenAccountOf } from '../../http/auth.ts'
import { accountOf } from '../../http/surface.ts'
import type { SurfaceEnv } from '../../http/surface-env.ts'
import type { Account, Accounts } from '../../services/accounts/accounts.ts'
import { ClaraError } from './errors.ts'
import { type ClaraOperation, PERMISSIONS } from './permissions.ts'

/** Clara, "Authentication": how much is asked of a caller. */
export type SecurityMode = 'development' | 'jwt_optional' | 'jwt_required' | 'production'

const REFUSED = {
  unauthenticated: 'The JWT token is missing or not valid.',
  token_expired: 'The JWT token has expired.',
}
const TOKEN_FAULTS = new Set(['unauthenticated', 'token_expired'])

/**
 * Who asks. In `development` a token that is not valid is as good as none; in `jwt_optional` it is refused, and only none is
 * as good as none. Throws `unauthenticated` or `token_expired`.
 */
export function authenticateBy(mode: SecurityMode, accounts: Pick<Accounts, 'authenticate'>) {
  return async (c: Context<SurfaceEnv>): Promise<Account | undefined> => {
    const isOptional = mode === 'development' || mode === 'jwt_optional'
    if (isOptional && c.req.header('authorization') === undefined) return undefined
    try {
      refuseKeys(c)
      return await inWords(tokenAccountOf(c, accounts), REFUSED)
    } catch (thrown) {
      if (mode === 'development' && TOKEN_FAULTS.has(toAppError(thrown).code)) return undefined
      throw thrown
    }
  }
}

/** Route middleware, before a body is validated: in `production`, whose roles allow an operation. Throws `forbidden`. */
export function allowBy(mode: SecurityMode) {
  return (operation: ClaraOperation): MiddlewareHandler<SurfaceEnv> =>
    async (c, next) => {
      if (mode === 'production') {
        const { roles } = accountOf(c)
        const allowed: readonly string[] = PERMISSIONS[operation]
        if (!roles.some((role) => allowed.includes(role))) {
          const message = `This needs one of the roles ${allowed.join(', ')}.`
          throw new ClaraError('forbidden', message, { details: { required_roles: allowed } })
        }
      }
      await next()
    }
}

/**
 * Whose files a caller works with: its own. In `development` the machine's administrator stands in for callers without an
 * account; elsewhere files belong to somebody. Throws `unauthenticated`.
 */
export function creatorBy(mode: SecurityMode, developer: () => Promise<Account | undefined>) {
  return async (account: Account | undefined): Promise<Account> => {
    const creator = account ?? (mode === 'development' ? await developer() : undefined)
    if (creator) return creator
    throw new AppError(
      'unauthenticated',
      'Jobs and datasets read and write the files of an account: send its JWT token.',
    )
  }
}

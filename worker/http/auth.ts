import type { Context, MiddlewareHandler } from 'hono'
import { AppError } from '../../shared/errors.ts'
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

/** Route middleware, before a body is validated: lets administrators through. Throws `forbidden`. */
export const requireAdmin: MiddlewareHandler<SurfaceEnv> = async (c, next) => {
  if (!accountOf(c).roles.includes('admin')) {
    throw new AppError('forbidden', 'Only an administrator may do this.')
  }
  await next()
}

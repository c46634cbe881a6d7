import { createRemoteJWKSet, errors, type JWTPayload, jwtVerify } from 'jose'
import { AppError } from '../../../shared/errors.ts'
import { causeOf } from '../../../shared/failure-cause.ts'
import type { Logger } from '../../../shared/log.ts'
import { tokenExpired } from './tokens.ts'

/** How soon a caller may try again when the provider's keys could not be fetched. */
export const JWKS_RETRY_SECONDS = 5
/** The longest wait for the provider's keys. */
export const JWKS_TIMEOUT_MS = 5_000
/** After a fetch, an unknown key id does not cause another one for so long: made-up ids must not cost a fetch each. */
export const JWKS_COOLDOWN_MS = 30_000
/** How long fetched keys are trusted: a key that the provider withdrew ends within this time. */
export const JWKS_MAX_AGE_MS = 600_000

export interface ClerkOptions {
  jwksUrl: string
  issuer: string
  /** The front ends whose tokens are taken (`azp`); undefined takes all of this issuer's. */
  authorizedParties?: readonly string[] | undefined
  log: Logger
  cooldownMs?: number
}

export type Clerk = ReturnType<typeof createClerk>

/** Tells what is wrong with a token from what is wrong with the provider's answer. */
const isTokenFault = (thrown: unknown): boolean =>
  thrown instanceof errors.JOSEError &&
  !(thrown instanceof errors.JWKSTimeout || thrown instanceof errors.JWKSInvalid) &&
  // An answer that is no key set has the base class's code and no class of its own.
  thrown.code !== errors.JOSEError.code

/**
 * Session tokens of Clerk: RS256, checked against the keys that it publishes. Keys are remembered for `JWKS_MAX_AGE_MS`; a
 * token with an unknown key id fetches them again, so that a rotation needs no restart.
 */
export function createClerk(options: ClerkOptions) {
  const { jwksUrl, issuer, authorizedParties, log, cooldownMs = JWKS_COOLDOWN_MS } = options
  const keys = createRemoteJWKSet(new URL(jwksUrl), {
    timeoutDuration: JWKS_TIMEOUT_MS,
    cooldownDuration: cooldownMs,
    cacheMaxAge: JWKS_MAX_AGE_MS,
  })

  const refused = (cause: unknown) =>
    new AppError('unauthenticated', 'The session token is not valid.', { cause })

  /** A token that another front end obtained must not work here: Clerk's guide to verifying tokens by hand. */
  const isOurs = ({ azp }: JWTPayload): boolean =>
    !authorizedParties || (typeof azp === 'string' && authorizedParties.includes(azp))

  async function read(token: string): Promise<JWTPayload> {
    try {
      const { payload } = await jwtVerify(token, keys, {
        algorithms: ['RS256'],
        issuer,
        requiredClaims: ['sub', 'exp'],
      })
      return payload
    } catch (cause) {
      if (cause instanceof errors.JWTExpired)
        throw isOurs(cause.payload) ? tokenExpired(cause) : refused(cause)
      if (isTokenFault(cause)) throw refused(cause)
      log.error('clerk.unreachable', { cause: causeOf(cause) })
      throw new AppError('no_capacity', 'The identity provider cannot be asked now: try again.', {
        retryAfterSeconds: JWKS_RETRY_SECONDS,
        cause,
      })
    }
  }

  return {
    /**
     * Whom a session token speaks for. Throws `token_expired`, `unauthenticated` always in the same words, and `no_capacity`
     * when the keys to check it with cannot be had.
     */
    async verify(token: string): Promise<{ subject: string }> {
      const claims = await read(token)
      if (!claims.sub || !isOurs(claims)) throw refused(undefined)
      return { subject: claims.sub }
    },
  }
}

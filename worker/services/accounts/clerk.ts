import { createRemoteJWKSet, errors, type JWTPayload, jwtVerify } from 'jose'
import { AppError, toAppError } from '../../../shared/errors.ts'
import { causeOf } from '../../../shared/failure-cause.ts'
import type { Logger } from '../../../shared/log.ts'
import { tokenExpired } from './tokens.ts'

/** How soon a caller may try again when the provider's keys could not be fetched. */
export const JWKS_RETRY_SECONDS = 5
/** The longest wait for the provider's keys. */
export const JWKS_TIMEOUT_MS = 5_000
/** After a fetch, an unknown key id does not cause another one for so long: made-up ids must not cost a fetch each. */
export const JWKS_COOLDOWN_MS = 30_000
/** How far our clock and the provider's may be apart. */
export const CLOCK_TOLERANCE_SECONDS = 5
/** How long after its end a token still lets its subject hear the rest of an answer that it has asked for. */
export const HEARING_GRACE_SECONDS = 15 * 60
/** How long fetched keys are trusted: a key that the provider withdrew ends within this time. */
export const JWKS_MAX_AGE_MS = 600_000

export interface ClerkOptions {
  /** Who signs, with or without a slash at its end. */
  issuer: string
  /** Where its keys are; without one, where Clerk publishes them under the issuer. */
  jwksUrl?: string | undefined
  /** The front ends whose tokens are taken (`azp`); undefined takes all of this issuer's. */
  authorizedParties?: readonly string[] | undefined
  /** Takes tokens that name no front end, although some are named: Clerk omits `azp` where a browser sends no `Origin`. */
  takesMissingParty?: boolean | undefined
  log: Logger
  cooldownMs?: number
}

export type Clerk = ReturnType<typeof createClerk>

/** Whom a session token speaks for. */
export interface ClerkSession {
  subject: string
}

/** Tells what is wrong with a token from what is wrong with the provider's answer. */
const isTokenFault = (thrown: unknown): boolean =>
  thrown instanceof errors.JOSEError &&
  !(thrown instanceof errors.JWKSTimeout || thrown instanceof errors.JWKSInvalid) &&
  // An answer that is no key set has the base class's code and no class of its own.
  thrown.code !== errors.JOSEError.code

const withoutSlash = (issuer: string): string => issuer.replace(/\/+$/, '')

/** The keys of an issuer, as RFC 8414 §3 and Clerk's guide have it. */
const keysUnder = (issuer: string): string => `${withoutSlash(issuer)}/.well-known/jwks.json`

/**
 * Session tokens of Clerk: RS256, checked against the keys that it publishes. Keys are remembered for `JWKS_MAX_AGE_MS`; a
 * token with an unknown key id fetches them again, so that a rotation needs no restart. A token is a session's (`sid`), and
 * of one that is not pending (`sts`): Clerk's other tokens, made from templates, are not for logging in.
 */
export function createClerk(options: ClerkOptions) {
  const { issuer, jwksUrl = keysUnder(issuer), authorizedParties, takesMissingParty = false } = options
  const { log, cooldownMs = JWKS_COOLDOWN_MS } = options
  const keys = createRemoteJWKSet(new URL(jwksUrl), {
    timeoutDuration: JWKS_TIMEOUT_MS,
    cooldownDuration: cooldownMs,
    cacheMaxAge: JWKS_MAX_AGE_MS,
  })

  const refused = (cause: unknown) =>
    new AppError('unauthenticated', 'The session token is not valid.', { cause })

  /** A token that another front end obtained must not work here: Clerk's guide to verifying tokens by hand. */
  const isOurs = ({ azp }: JWTPayload): boolean =>
    !authorizedParties ||
    (azp === undefined ? takesMissingParty : typeof azp === 'string' && authorizedParties.includes(azp))

  const isSession = ({ sid, sts }: JWTPayload): boolean =>
    typeof sid === 'string' && sid !== '' && (sts === undefined || sts === 'active')

  async function read(token: string, lateSeconds: number): Promise<JWTPayload> {
    try {
      const { payload } = await jwtVerify(token, keys, {
        algorithms: ['RS256'],
        issuer: [withoutSlash(issuer), `${withoutSlash(issuer)}/`],
        requiredClaims: ['sub', 'sid', 'exp'],
        // Jose lets a token begin early by as much as it may end late: `verifyHearing` has judged its beginning before.
        clockTolerance: CLOCK_TOLERANCE_SECONDS + lateSeconds,
      })
      return payload
    } catch (cause) {
      if (cause instanceof errors.JWTExpired)
        throw isOurs(cause.payload) && isSession(cause.payload) ? tokenExpired(cause) : refused(cause)
      if (isTokenFault(cause)) throw refused(cause)
      log.error('clerk.unreachable', { cause: causeOf(cause) })
      throw new AppError('no_capacity', 'The identity provider cannot be asked now: try again.', {
        retryAfterSeconds: JWKS_RETRY_SECONDS,
        cause,
      })
    }
  }

  async function session(token: string, lateSeconds: number): Promise<ClerkSession> {
    const claims = await read(token, lateSeconds)
    if (!claims.sub || !isOurs(claims) || !isSession(claims)) throw refused(undefined)
    return { subject: claims.sub }
  }

  return {
    /**
     * Whom a session token speaks for. Throws `token_expired`, `unauthenticated` always in the same words, and `no_capacity`
     * when the keys to check it with cannot be had.
     */
    verify: (token: string): Promise<ClerkSession> => session(token, 0),

    /**
     * The same for one that may have ended, `HEARING_GRACE_SECONDS` ago at most: a front end renews its tokens each minute,
     * and an `EventSource` comes back with the one that it was opened with. Good to hear the rest of an answer, and nothing else.
     */
    async verifyHearing(token: string): Promise<ClerkSession> {
      try {
        return await session(token, 0)
      } catch (thrown) {
        if (toAppError(thrown).code !== 'token_expired') throw thrown
        return session(token, HEARING_GRACE_SECONDS)
      }
    },
  }
}

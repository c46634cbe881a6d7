import { createHash } from 'node:crypto'
import { errors, type JWTHeaderParameters, jwtVerify, SignJWT } from 'jose'
import { AppError } from '../../../shared/errors.ts'
import { DAY_SECONDS } from '../../../shared/units.ts'

const ISSUER = 'switchyard'
const AUDIENCE = 'switchyard'
export const TOKEN_LIFETIME_SECONDS = DAY_SECONDS

/** Hex digits of a secret's SHA-256 that name it in a token's header. */
const KEY_ID_LENGTH = 8

export interface TokenSubject {
  id: string
  email: string | null
  roles: readonly string[]
}

/** The claims of a good token. */
export interface VerifiedToken {
  /** The account's id. */
  subject: string
  /** Epoch ms, in whole seconds; 0 where it does not say. */
  issuedAt: number
  /** Epoch ms. */
  expiresAt: number
  /** The session that it was issued for, with which it ends; undefined where it stands alone. */
  sessionId: string | undefined
}

/** The session that a token is issued for, and how long it lives itself. */
export interface TokenSession {
  id: string
  lifetimeSeconds: number
}

export interface Tokens {
  /** How long a token lives. */
  readonly lifetimeSeconds: number
  /** A signed access token (RFC 7519) of an account. Email and roles are told to whoever reads it and never believed. */
  issue(account: TokenSubject, session?: TokenSession): Promise<string>
  /** The account that a token speaks for. Throws `token_expired`, or `unauthenticated`, always in the same words. */
  verify(token: string): Promise<VerifiedToken>
}

export interface TokenOptions {
  /** The secret that signed before: its tokens are still taken. */
  previousSecret?: string | undefined
  lifetimeSeconds?: number
}

const keyIdOf = (secret: string): string =>
  createHash('sha256').update(secret).digest('hex').slice(0, KEY_ID_LENGTH)

/** An expired token was good once: its bearer is told to log in again instead of that it is wrong. */
export const tokenExpired = (cause: unknown): AppError =>
  new AppError('token_expired', 'The access token has expired.', { cause })

/** Access tokens signed with `secret`. The header says with which one, so that two can be in use while it is changed. */
export function createTokens(
  secret: string,
  { previousSecret, lifetimeSeconds = TOKEN_LIFETIME_SECONDS }: TokenOptions = {},
): Tokens {
  const encoder = new TextEncoder()
  const keyId = keyIdOf(secret)
  const key = encoder.encode(secret)
  const keys = new Map([[keyId, key]])
  if (previousSecret) keys.set(keyIdOf(previousSecret), encoder.encode(previousSecret))

  function keyOf({ kid }: JWTHeaderParameters): Uint8Array {
    const known = keys.get(kid ?? '')
    if (!known) throw new errors.JWSInvalid('no secret has this key id')
    return known
  }

  return {
    lifetimeSeconds,

    issue({ id, email, roles }, session) {
      const now = Math.floor(Date.now() / 1_000)
      const claims = { ...(email === null ? {} : { email }), roles, ...(session ? { sid: session.id } : {}) }
      return new SignJWT(claims)
        .setProtectedHeader({ alg: 'HS256', typ: 'JWT', kid: keyId })
        .setSubject(id)
        .setIssuer(ISSUER)
        .setAudience(AUDIENCE)
        .setIssuedAt(now)
        .setExpirationTime(now + (session?.lifetimeSeconds ?? lifetimeSeconds))
        .sign(key)
    },

    async verify(token) {
      try {
        const { payload } = await jwtVerify(token, keyOf, {
          // The one algorithm we sign with: `none` and keys of another kind are refused (RFC 8725 §3.1).
          algorithms: ['HS256'],
          issuer: ISSUER,
          audience: AUDIENCE,
          requiredClaims: ['sub', 'exp'],
        })
        const { sub = '', exp = 0, iat = 0, sid } = payload
        const sessionId = typeof sid === 'string' ? sid : undefined
        return { subject: sub, expiresAt: exp * 1_000, issuedAt: iat * 1_000, sessionId }
      } catch (cause) {
        // The last thing that is checked: whatever is expired was otherwise valid.
        if (cause instanceof errors.JWTExpired) throw tokenExpired(cause)
        throw new AppError('unauthenticated', 'The access token is not valid.', { cause })
      }
    },
  }
}

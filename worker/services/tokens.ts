import { jwtVerify, SignJWT } from 'jose'
import { AppError } from '../../shared/errors.ts'

const ISSUER = 'switchyard'
const AUDIENCE = 'switchyard'
export const TOKEN_LIFETIME_SECONDS = 24 * 60 * 60

export interface Tokens {
  /** A signed access token (RFC 7519) of an account. */
  issue(accountId: string): Promise<string>
  /** The account that a token speaks for. Throws `unauthenticated`, always in the same words. */
  verify(token: string): Promise<string>
}

export function createTokens(secret: string): Tokens {
  const key = new TextEncoder().encode(secret)
  return {
    issue: (accountId) =>
      new SignJWT()
        .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
        .setSubject(accountId)
        .setIssuer(ISSUER)
        .setAudience(AUDIENCE)
        .setIssuedAt()
        .setExpirationTime(`${TOKEN_LIFETIME_SECONDS}s`)
        .sign(key),

    async verify(token) {
      try {
        const { payload } = await jwtVerify(token, key, {
          // The one algorithm we sign with: `none` and keys of another kind are refused (RFC 8725 §3.1).
          algorithms: ['HS256'],
          issuer: ISSUER,
          audience: AUDIENCE,
          requiredClaims: ['sub', 'exp'],
        })
        return payload.sub ?? ''
      } catch (cause) {
        throw new AppError('unauthenticated', 'The access token is not valid.', { cause })
      }
    },
  }
}

import { createHmac } from 'node:crypto'
import { jwtVerify, SignJWT } from 'jose'
import { z } from 'zod'
import { AppError } from '../../../shared/errors.ts'

/** How long a token lets its bearer at its bytes. */
export const SIGNED_BYTES_SECONDS = 15 * 60

/** One object of R2 and one thing that may be done to it. */
const ByteGrant = z.object({
  key: z.string().min(1),
  method: z.enum(['GET', 'PUT']),
  /** The try at a job for which it holds: once another has begun, it opens nothing. Absent: it holds for its time. */
  jobId: z.string().optional(),
  /** The same of a task. */
  taskId: z.string().optional(),
  attempt: z.int().positive().optional(),
  /** The length and the hash that must come, of a `PUT`. */
  bytes: z.int().positive().optional(),
  sha256: z.string().optional(),
  /** Instead: as many bytes as come, and no more than this. */
  maxBytes: z.int().positive().optional(),
})
export type ByteGrant = z.infer<typeof ByteGrant>

export type SignedBytes = ReturnType<typeof createSignedBytes>

const AUDIENCE = 'switchyard bytes'

/** A key for this purpose alone: no token of it passes for an access token, and the other way round. */
const keyOf = (secret: string): Uint8Array =>
  new TextEncoder().encode(createHmac('sha256', secret).update('signed addresses of bytes').digest('hex'))

/**
 * Tokens that nodes fetch and store bytes by: each stands for one object, one method, and a quarter of an hour. Nothing else
 * is reachable by one.
 */
export function createSignedBytes(secret: string, now: () => number = Date.now) {
  const key = keyOf(secret)
  return {
    sign(grant: ByteGrant): Promise<string> {
      const seconds = Math.floor(now() / 1_000)
      return new SignJWT({ ...grant })
        .setProtectedHeader({ alg: 'HS256' })
        .setAudience(AUDIENCE)
        .setExpirationTime(seconds + SIGNED_BYTES_SECONDS)
        .sign(key)
    },

    /** The grant of a token. Throws `forbidden` for one that is old, made up, or signed for another method. */
    async open(token: string, method: ByteGrant['method']): Promise<ByteGrant> {
      try {
        const { payload } = await jwtVerify(token, key, {
          algorithms: ['HS256'],
          audience: AUDIENCE,
          requiredClaims: ['exp'],
          currentDate: new Date(now()),
        })
        const grant = ByteGrant.parse(payload)
        if (grant.method === method) return grant
      } catch (cause) {
        throw new AppError('forbidden', 'This address is not valid, or no longer.', { cause })
      }
      throw new AppError('forbidden', `This address was not signed for ${method}.`)
    },
  }
}

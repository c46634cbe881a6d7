import { AppError } from '../../../shared/errors.ts'
import type { ByteGrant, SignedBytes } from './signed-bytes.ts'

export interface SignedObjectsOptions {
  bucket: Pick<R2Bucket, 'get' | 'put' | 'delete'>
  signedBytes: Pick<SignedBytes, 'open'>
  /** Whether a try at a job is the one that counts. */
  isCurrent: (jobId: string, attempt: number) => Promise<boolean>
}

export type SignedObjects = ReturnType<typeof createSignedObjects>

/** The objects that signed addresses stand for. */
export function createSignedObjects({ bucket, signedBytes, isCurrent }: SignedObjectsOptions) {
  async function requireCurrent({ jobId, attempt }: ByteGrant): Promise<void> {
    if (jobId === undefined || attempt === undefined || (await isCurrent(jobId, attempt))) return
    throw new AppError('conflict', 'The job was given to another node.')
  }

  return {
    /** The bytes. Throws `forbidden` for an address that is none, `conflict` for one of an older try, and `not_found`. */
    async read(token: string): Promise<Pick<R2ObjectBody, 'body' | 'size'>> {
      const grant = await signedBytes.open(token, 'GET')
      await requireCurrent(grant)
      const object = await bucket.get(grant.key)
      if (!object) throw new AppError('not_found', 'These bytes are no more.')
      return object
    },

    /**
     * Stores the bytes that an address was signed for, and no others: R2 compares their hash. The same again changes nothing.
     * Throws `forbidden`, `conflict`, and `invalid_request` for other bytes.
     */
    async write(token: string, body: ReadableStream | null, length: number | undefined): Promise<void> {
      const grant = await signedBytes.open(token, 'PUT')
      const { key, bytes, sha256 } = grant
      await requireCurrent(grant)
      if (!body || length !== bytes || sha256 === undefined)
        throw new AppError('invalid_request', `Expected the ${bytes} bytes that this address was signed for.`)
      try {
        await bucket.put(key, body, { sha256 })
      } catch (cause) {
        const message = 'These are not the bytes that this address was signed for.'
        throw new AppError('invalid_request', message, { cause })
      }
      // While they came it may have become another's: nobody would clear them away.
      await requireCurrent(grant).catch(async (thrown) => {
        await bucket.delete(key)
        throw thrown
      })
    },
  }
}

import { AppError } from '../../../shared/errors.ts'
import type { ByteGrant, SignedBytes } from './signed-bytes.ts'

export interface SignedObjectsOptions {
  bucket: Pick<R2Bucket, 'get' | 'put' | 'delete'>
  signedBytes: Pick<SignedBytes, 'open'>
  /** Whether a try at a job is the one that counts. */
  isCurrent: (jobId: string, attempt: number) => Promise<boolean>
  /** The same of a task. */
  isCurrentTask: (taskId: string, attempt: number) => Promise<boolean>
}

export type SignedObjects = ReturnType<typeof createSignedObjects>

/** Whether an address was signed for a body of this length. */
const fits = ({ bytes, sha256, maxBytes }: ByteGrant, length: number | undefined): boolean =>
  maxBytes === undefined
    ? length === bytes && sha256 !== undefined
    : length !== undefined && length > 0 && length <= maxBytes

/** The objects that signed addresses stand for. */
export function createSignedObjects({ bucket, signedBytes, isCurrent, isCurrentTask }: SignedObjectsOptions) {
  async function requireCurrent({ jobId, taskId, attempt }: ByteGrant): Promise<void> {
    if (attempt === undefined) return
    if (jobId !== undefined && !(await isCurrent(jobId, attempt)))
      throw new AppError('conflict', 'The job was given to another node.')
    if (taskId !== undefined && !(await isCurrentTask(taskId, attempt)))
      throw new AppError('conflict', 'The task was given to another node.')
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
     * Stores the bytes that an address was signed for, and no others: R2 compares their hash, where it was signed with one. The
     * same again changes nothing.
     * Throws `forbidden`, `conflict`, and `invalid_request` for other bytes.
     */
    async write(token: string, body: ReadableStream | null, length: number | undefined): Promise<void> {
      const grant = await signedBytes.open(token, 'PUT')
      const { key, sha256 } = grant
      await requireCurrent(grant)
      if (!body || !fits(grant, length)) {
        const { bytes, maxBytes } = grant
        const wanted = maxBytes === undefined ? `the ${bytes}` : `at most ${maxBytes}`
        throw new AppError('invalid_request', `Expected ${wanted} bytes, as this address was signed for.`)
      }
      try {
        await bucket.put(key, body, sha256 === undefined ? {} : { sha256 })
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

import { fileHashOf, type StoredFile } from '../../../../shared/training.ts'
import type { KeptFile } from '../../../db/tables/training.ts'
import type { ByteGrant, SignedBytes } from '../../files/signed-bytes.ts'
import { sha256Hex } from '../preparation.ts'
import { adapterFault, type BaseFacts, weightsFault } from '../results/adapter-check.ts'
import { MAX_HEADER_BYTES } from '../results/gguf-header.ts'
import type { JobRow } from '../training-job.ts'
import type { Signed, SignWish } from '../training-run.ts'
import type { TunedModels } from '../tuned-models.ts'
import { jobPrefix, keysOf, outputPrefix, partKey } from './job-keys.ts'

/** Objects that are asked for at the same time. */
const CONCURRENT_HEADS = 6

/** Keys that R2 deletes or lists at once. */
const LISTED_KEYS = 1_000

export interface JobFilesOptions {
  bucket: R2Bucket
  signedBytes: Pick<SignedBytes, 'sign'>
  tunedModels: Pick<TunedModels, 'find' | 'objectKeysOf'>
}

export type JobFiles = ReturnType<typeof createJobFiles>

const hex = (digest: ArrayBuffer | undefined): string | undefined =>
  digest && Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('')

/** The bytes of jobs: what nodes may fetch and store, whether it is there, and what of it stays. */
export function createJobFiles({ bucket, signedBytes, tunedModels }: JobFilesOptions) {
  /** Where the parts of an input lie. */
  async function inputKeys(row: JobRow, name: string): Promise<string[] | undefined> {
    const { inputs, checkpoint, plan } = row
    if (name === 'adapter' && !inputs?.adapter) {
      const tuned = plan.continueFrom && (await tunedModels.find(row.accountId, plan.continueFrom))
      return tuned ? tuned.objectKeys : undefined
    }
    const kept: { [name: string]: KeptFile | undefined } = {
      train: inputs?.train,
      validation: inputs?.validation,
      replay: inputs?.replay,
      adapter: inputs?.adapter,
      checkpoint: checkpoint?.state,
      best: checkpoint?.best?.kept,
    }
    const file = Object.hasOwn(kept, name) ? kept[name] : undefined
    return file && keysOf(file)
  }

  async function sign(row: JobRow, wish: SignWish): Promise<Signed> {
    const { id: jobId, attempt } = row
    const held = { jobId, attempt }
    if (wish.method === 'PUT') {
      const prefix = outputPrefix(jobId, attempt, wish.file)
      const grants = wish.parts.map(
        ({ part, bytes, sha256 }): ByteGrant => ({
          ...held,
          key: partKey(prefix, part),
          method: 'PUT',
          bytes,
          sha256,
        }),
      )
      return { tokens: await Promise.all(grants.map(signedBytes.sign)) }
    }
    const keys = await inputKeys(row, wish.file)
    const chosen = wish.parts.flatMap((part) => keys?.[part] ?? [])
    if (chosen.length < wish.parts.length)
      return { tokens: [], message: `The job has no such parts of '${wish.file}'.` }
    return {
      tokens: await Promise.all(chosen.map((key) => signedBytes.sign({ ...held, key, method: 'GET' }))),
    }
  }

  async function isStored(key: string, part: StoredFile['parts'][number]): Promise<boolean> {
    const object = await bucket.head(key)
    return object?.size === part.bytes && hex(object.checksums.sha256) === part.sha256
  }

  /** The beginning of a file, as long as a header may be. */
  async function headOf({ file, prefix }: KeptFile): Promise<Uint8Array> {
    const length = Math.min(file.parts[0]?.bytes ?? 0, MAX_HEADER_BYTES)
    const object = await bucket.get(partKey(prefix, 0), { range: { offset: 0, length } })
    return new Uint8Array((await object?.arrayBuffer()) ?? new ArrayBuffer(0))
  }

  return {
    sign,

    /** A file of an attempt, when all its parts are stored as it says; undefined where not. */
    async verified(row: JobRow, name: string, file: StoredFile): Promise<KeptFile | undefined> {
      const prefix = outputPrefix(row.id, row.attempt, name)
      if ((await fileHashOf(file.parts, sha256Hex)) !== file.sha256) return undefined
      for (let from = 0; from < file.parts.length; from += CONCURRENT_HEADS) {
        const some = file.parts.slice(from, from + CONCURRENT_HEADS)
        const stored = await Promise.all(
          some.map((part, index) => isStored(partKey(prefix, from + index), part)),
        )
        if (!stored.every(Boolean)) return undefined
      }
      return { file, prefix }
    },

    /** The flaw of a result; undefined where it has none. */
    async faultOf(row: JobRow, kept: KeptFile, base: BaseFacts | undefined): Promise<string | undefined> {
      const head = await headOf(kept)
      const result = { head, sizeBytes: kept.file.bytes }
      return row.plan.wishes.method === 'full' ? weightsFault(result, base) : adapterFault(result, base)
    },

    async remove(kept: KeptFile): Promise<void> {
      const keys = keysOf(kept)
      for (let from = 0; from < keys.length; from += LISTED_KEYS)
        await bucket.delete(keys.slice(from, from + LISTED_KEYS))
    },

    /** Deletes everything of a job but its models, and but these. */
    async clear(jobId: string, kept: readonly string[]): Promise<number> {
      const stays = new Set([...kept, ...(await tunedModels.objectKeysOf(jobId))])
      let deleted = 0
      let cursor: string | undefined
      do {
        const page = await bucket.list({
          prefix: jobPrefix(jobId),
          limit: LISTED_KEYS,
          ...(cursor !== undefined && { cursor }),
        })
        const keys = page.objects.map(({ key }) => key).filter((key) => !stays.has(key))
        if (keys.length > 0) await bucket.delete(keys)
        deleted += keys.length
        cursor = page.truncated ? page.cursor : undefined
      } while (cursor !== undefined)
      return deleted
    },
  }
}

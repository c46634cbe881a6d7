import { env } from 'cloudflare:workers'
import type { StoredFile } from '../../shared/training.ts'
import { newId } from '../../worker/db/client.ts'
import { configOf } from '../../worker/env.ts'
import type { NewTunedModel } from '../../worker/services/models/tuned-models.ts'
import { createServices } from '../../worker/wiring.ts'

/** The services as an isolate of the edge has them. */
export const services = createServices(env, configOf(env))

const hex = (bytes: ArrayBuffer): string =>
  Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, '0')).join('')

const sha256Of = async (bytes: Uint8Array<ArrayBuffer>): Promise<string> =>
  hex(await crypto.subtle.digest('SHA-256', bytes))

/** A file in R2, in these parts. */
export async function storedFile(
  parts: readonly Uint8Array<ArrayBuffer>[],
): Promise<Pick<NewTunedModel, 'file' | 'objectKeys'>> {
  const prefix = `training/${newId()}/1/result`
  const objectKeys = parts.map((_, index) => `${prefix}/${index}`)
  const told: StoredFile['parts'] = []
  for (const [index, part] of parts.entries()) {
    await env.FILES.put(objectKeys[index] ?? '', part)
    told.push({ bytes: part.length, sha256: await sha256Of(part) })
  }
  const bytes = told.reduce((sum, part) => sum + part.bytes, 0)
  return { file: { bytes, sha256: told[0]?.sha256 ?? '', parts: told }, objectKeys }
}

/** The result of a job, as it is published: of a job that no other test knows, with a file that is there. */
export async function tunedResult(
  given: Pick<NewTunedModel, 'accountId' | 'base'> & Partial<NewTunedModel>,
): Promise<NewTunedModel> {
  const stored = given.file ? {} : await storedFile([Uint8Array.from([1, 2, 3])])
  return {
    jobId: newId(),
    suffix: 'tutor',
    step: null,
    visibility: 'account',
    ...(stored as Pick<NewTunedModel, 'file' | 'objectKeys'>), // absent only where `given` has both
    ...given,
  }
}

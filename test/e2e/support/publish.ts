import { readFile } from 'node:fs/promises'
import { makeId } from '../../../shared/ids.ts'
import { fileHashOf, type StoredFile } from '../../../shared/training.ts'
import { sha256 } from '../../gpu-node/training/byte-server.ts'
import type { Stack } from './stack.ts'

/** Smaller than one may be, so that an adapter comes in several. */
const PART_BYTES = 50_000

/** The bindings of the edge that are needed here, as the harness lends them. */
interface Bindings {
  DB: { prepare(sql: string): { bind(...values: unknown[]): { run(): Promise<unknown> } } }
  FILES: {
    put(key: string, bytes: Uint8Array): Promise<unknown>
    list(options: { prefix: string }): Promise<{ objects: unknown[] }>
  }
}

const bindingsOf = (stack: Stack) => stack.harness.getWorker<Bindings>().getEnv()

export interface Published {
  id: string
  name: string
  /** How many of its objects the edge has. */
  countObjects(): Promise<number>
}

/** Makes a model of an adapter's file, as the end of a job does it; its account is the administrator's, or another. */
export async function publishAdapter(
  stack: Stack,
  { path, suffix, accountId }: { path: string; suffix: string; accountId: string },
): Promise<Published> {
  const { DB, FILES } = await bindingsOf(stack)
  const data = await readFile(path)
  const id = makeId(Date.now(), crypto.getRandomValues(new Uint8Array(8)))
  const prefix = `training/${id}/1/result/`
  const parts: StoredFile['parts'] = []
  const objectKeys: string[] = []
  for (let at = 0; at < data.length; at += PART_BYTES) {
    const part = data.subarray(at, at + PART_BYTES)
    const key = `${prefix}${parts.length}`
    await FILES.put(key, part)
    parts.push({ bytes: part.length, sha256: sha256(part) })
    objectKeys.push(key)
  }
  const file: StoredFile = { bytes: data.length, sha256: await fileHashOf(parts, sha256), parts }
  const name = `starter:${suffix}`
  await DB.prepare(
    `INSERT INTO tuned_models (id, account_id, job_id, base, stem, name, visibility, kind, file, object_keys, created_at)
     VALUES (?, ?, ?, 'starter', ?, ?, 'account', 'adapter', ?, ?, ?)`,
  )
    .bind(id, accountId, id, name, name, JSON.stringify(file), JSON.stringify(objectKeys), Date.now())
    .run()
  return {
    id,
    name,
    countObjects: async () => (await FILES.list({ prefix })).objects.length,
  }
}

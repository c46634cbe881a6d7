import { SELF } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { expect } from 'vitest'
import { newAccount } from '../contracts/contract-client.ts'

export interface FileCall {
  method?: string
  headers?: Record<string, string>
  body?: BodyInit | null
  /** A token of another account. */
  as?: string
}

/** A file of a workspace as the edge speaks of it. */
export interface File {
  path: string
  bytes: number
  etag: string
}

/** A failure's status beside its body. */
export const errorOf = async (response: Response) => ({
  status: response.status,
  ...((await response.json()) as { error: { message: string; param: string | null; code: string | null } })
    .error,
})

/** The keys of objects that are kept, of all accounts. */
export const objectsUnder = async (prefix: string) =>
  (await env.FILES.list({ prefix })).objects.map(({ key }) => key)

/** The bytes and files that an account stores. */
export async function storedBy(token: string): Promise<[bytes: number, files: number]> {
  const usage = await SELF.fetch('http://localhost/v1/usage', {
    headers: { authorization: `Bearer ${token}` },
  })
  const { storage } = (await usage.json()) as { storage: { bytes: number; files: number } }
  return [storage.bytes, storage.files]
}

/** A request under a path of `/v1`, by an account without limits of its own. */
export async function fileClient(root: string) {
  const { token } = await newAccount({ roles: ['admin'] })
  return (path: string, { method = 'GET', headers = {}, body = null, as = token }: FileCall = {}) =>
    SELF.fetch(`http://localhost/v1/${root}${path}`, {
      method,
      headers: { authorization: `Bearer ${as}`, ...headers },
      body,
    })
}

/** A file that is there now. */
export async function written(
  call: Awaited<ReturnType<typeof fileClient>>,
  path: string,
  body: BodyInit = 'x',
): Promise<File> {
  const response = await call(path, { method: 'PUT', body, headers: { 'content-type': 'text/plain' } })
  expect([200, 201]).toContain(response.status)
  return (await response.json()) as File
}

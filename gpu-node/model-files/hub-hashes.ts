import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { partsOf } from './parts.ts'

/** A hub that does not answer a question in this time is not waited for. */
export const HUB_LIMIT_MS = 10_000
/** A repository that was renamed redirects to its new name; more steps than this are a loop. */
export const MAX_HUB_REDIRECTS = 5

const DEFAULT_ENDPOINT = 'https://huggingface.co'

/** `hf:user/repo`, `hf:user/repo:TAG` or `hf:user/repo/folder/file.gguf#branch`. */
const HUB_URI = /^hf:(?<user>[^/:#]+)\/(?<repo>[^/:#]+)(?::(?<tag>.*)|\/(?<file>[^#]*)(?:#(?<branch>.*))?)?$/u

/** A SHA-256 as an entity tag. What is no LFS file has a git SHA-1 there, which is shorter. */
const SHA256_TAG = /^(?:W\/)?"?(?<sha256>[0-9a-f]{64})"?$/iu

/** As much of a manifest as is needed here. */
const Manifest = z.object({ ggufFile: z.object({ rfilename: z.string().min(1) }) })

/** A hub's word on one file: its SHA-256, or undefined when it has none to tell. */
export type HubHash = string | undefined

export interface HubOptions {
  /** Origin of a hub that speaks Hugging Face's protocol. Absent: as node-llama-cpp finds it for the download. */
  endpoint?: string | undefined
  /** For each question. */
  limitMs?: number
  signal: AbortSignal
}

/**
 * Asks the hub for the hashes of a model's files, in the order of its parts, without downloading them. Rejects with a short
 * reason when the hub cannot be asked. https://huggingface.co/docs/huggingface_hub/package_reference/file_download
 */
export async function askHub(
  uri: string,
  { endpoint = hubEndpoint(), limitMs = HUB_LIMIT_MS, signal }: HubOptions,
): Promise<HubHash[]> {
  const { user = '', repo = '', tag, file, branch } = HUB_URI.exec(uri)?.groups ?? {}
  if (user === '' || repo === '') throw new Error('it is no URI of a hub')
  const hub = new Hub(endpoint, () => AbortSignal.any([signal, AbortSignal.timeout(limitMs)]))
  const repository = `${encodeURIComponent(user)}/${encodeURIComponent(repo)}`
  const name = file || (await hub.fileOf(repository, tag || 'latest'))
  // Pieces of a file have hashes of their own, not that of the whole.
  if (!/\.gguf$/iu.test(name)) return [undefined]
  const hashes: HubHash[] = []
  for (const part of partsOf(name)) {
    const path = part.split('/').map(encodeURIComponent).join('/')
    hashes.push(await hub.hashOf(`${repository}/resolve/${encodeURIComponent(branch || 'main')}/${path}`))
  }
  return hashes
}

/** node-llama-cpp's order: `dist/utils/modelDownloadEndpoints.js`. */
function hubEndpoint({ MODEL_ENDPOINT, HF_ENDPOINT }: NodeJS.ProcessEnv = process.env): string {
  const isAddress = (text: string | undefined): text is string =>
    text !== undefined && /^https?:$/u.test(URL.parse(text)?.protocol ?? '')
  return [MODEL_ENDPOINT, HF_ENDPOINT].find(isAddress) ?? DEFAULT_ENDPOINT
}

/** The person's own right to private repositories, where node-llama-cpp finds it for the download. */
async function hubToken({ env } = process): Promise<string | undefined> {
  if (env.HF_TOKEN !== undefined) return env.HF_TOKEN
  const home = env.HF_HOME || join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'huggingface')
  const kept = await readFile(env.HF_TOKEN_PATH || join(home, 'token'), 'utf8').catch(() => '') // most have none
  return kept.trim() || undefined
}

class Hub {
  readonly #base: string
  readonly #limit: () => AbortSignal

  /** `limit` is asked for each request. */
  constructor(endpoint: string, limit: () => AbortSignal) {
    this.#base = endpoint.endsWith('/') ? endpoint : `${endpoint}/`
    this.#limit = limit
  }

  /** The file that a tag names. */
  async fileOf(repository: string, tag: string): Promise<string> {
    const url = new URL(`v2/${repository}/manifests/${encodeURIComponent(tag)}`, this.#base)
    const response = await this.#ask('GET', url)
    const manifest = Manifest.safeParse(await response.json().catch(() => undefined))
    if (!manifest.success) throw new Error('its manifest names no file')
    return manifest.data.ggufFile.rfilename
  }

  /**
   * A file in LFS is answered with a redirect to a storage, and its hash stands at the redirect: the storage's own tags
   * mean something else, so only redirects within the hub are followed.
   */
  async hashOf(path: string): Promise<HubHash> {
    let url = new URL(path, this.#base)
    for (let step = 0; step <= MAX_HUB_REDIRECTS; step += 1) {
      const { headers, status } = await this.#ask('HEAD', url)
      const told = SHA256_TAG.exec(headers.get('x-linked-etag') ?? headers.get('etag') ?? '')
      if (told?.groups?.sha256 !== undefined) return told.groups.sha256.toLowerCase()
      const target = status < 300 ? null : URL.parse(headers.get('location') ?? '', url.href)
      if (target?.origin !== url.origin) return undefined
      url = target
    }
    throw new Error('it redirects in a circle')
  }

  /** Public repositories are asked without a token. */
  async #ask(method: 'GET' | 'HEAD', url: URL): Promise<Response> {
    let response = await this.#fetch(method, url)
    if (response.status === 401 || response.status === 403) {
      const token = await hubToken()
      if (token !== undefined) response = await this.#fetch(method, url, { authorization: `Bearer ${token}` })
    }
    if (response.status >= 400) throw new Error(`it answers with ${response.status}`)
    return response
  }

  #fetch(method: 'GET' | 'HEAD', url: URL, authorization: Record<string, string> = {}): Promise<Response> {
    const headers = {
      ...authorization,
      // What is compressed on the way has another tag.
      'accept-encoding': 'identity',
      // Manifests name their GGUF file only to those who say that they are llama.cpp (llama.cpp pull request 11195).
      'user-agent': 'llama-cpp',
    }
    return fetch(url, { method, headers, redirect: 'manual', signal: this.#limit() })
  }
}

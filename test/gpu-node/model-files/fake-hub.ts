import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export const sha256Of = (content: Buffer | string): string =>
  createHash('sha256').update(content).digest('hex')

/** Of a tag that stands for this file. */
export const manifestOf = (rfilename: string): string => JSON.stringify({ ggufFile: { rfilename } })

export interface HubFile {
  content: Buffer
  /** The hash that the hub gives for it. Absent: the true one; null: a file outside LFS, with a git SHA-1 and no redirect. */
  sha256?: string | null
  /** Only with this token. */
  token?: string
}

/**
 * As much of Hugging Face's protocol as a download and a hash need: manifests of tags; files, which are redirected to a
 * storage whose own entity tags are no hashes of the file; repositories that were renamed.
 */
export class FakeHub {
  /** By `user/repo/resolve/branch/file`. */
  readonly files = new Map<string, HubFile>()
  /** The manifests of tags, by `user/repo/manifests/tag`. */
  readonly manifests = new Map<string, string>()
  /** New by old `user/repo`. */
  readonly renamed = new Map<string, string>()
  /** Every request, as `METHOD path`. */
  readonly asked: string[] = []
  /** Answers every request with this status instead. */
  failure: number | undefined
  /** Answers nothing. */
  isSilent = false
  readonly #server = createServer((request, response) => this.#answer(request, response))
  readonly #storage = createServer((request, response) => this.#serve(request, response))

  static async start(): Promise<FakeHub> {
    const hub = new FakeHub()
    for (const server of [hub.#server, hub.#storage]) {
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    }
    return hub
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  async close(): Promise<void> {
    for (const server of [this.#server, this.#storage]) {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    }
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const path = decodeURI((request.url ?? '').slice(1).replace(/\?.*/u, ''))
    this.asked.push(`${request.method} ${path}`)
    const [, repository = '', rest = ''] = /^([^/]+\/[^/]+)(\/.*)$/u.exec(path) ?? []
    const file = this.files.get(path)
    const newName = this.renamed.get(repository)
    const named = path.startsWith('v2/') ? this.manifests.get(path.slice('v2/'.length)) : undefined
    if (this.isSilent) return
    if (this.failure !== undefined) response.writeHead(this.failure).end()
    else if (newName !== undefined) response.writeHead(307, { location: `/${newName}${rest}` }).end()
    else if (named !== undefined && request.headers['user-agent'] === 'llama-cpp') response.end(named)
    else if (file === undefined) response.writeHead(404).end()
    else if (file.token !== undefined && request.headers.authorization !== `Bearer ${file.token}`) {
      response.writeHead(401).end()
    } else this.#answerFile(path, file, request, response)
  }

  #answerFile(path: string, file: HubFile, request: IncomingMessage, response: ServerResponse): void {
    if (file.sha256 === null) {
      response.setHeader('etag', `"${createHash('sha1').update(file.content).digest('hex')}"`)
      sendFile(file.content, request, response)
      return
    }
    const { port } = this.#storage.address() as AddressInfo
    response
      .writeHead(302, {
        location: `http://127.0.0.1:${port}/${encodeURI(path)}`,
        'x-linked-etag': `"${file.sha256 ?? sha256Of(file.content)}"`,
        'x-linked-size': file.content.length,
      })
      .end()
  }

  #serve(request: IncomingMessage, response: ServerResponse): void {
    const file = this.files.get(decodeURI((request.url ?? '').slice(1)))
    if (file === undefined) return void response.writeHead(404).end()
    response.setHeader('etag', `"${'5'.repeat(64)}"`)
    sendFile(file.content, request, response)
  }
}

function sendFile(content: Buffer, { method, headers }: IncomingMessage, response: ServerResponse): void {
  const [, from, to = ''] = /bytes=(\d+)-(\d*)/u.exec(headers.range ?? '') ?? []
  const part =
    from === undefined ? content : content.subarray(Number(from), to === '' ? undefined : Number(to) + 1)
  response.setHeader('content-length', part.length)
  if (from !== undefined) {
    const last = Number(from) + part.length - 1
    response.writeHead(206, { 'content-range': `bytes ${from}-${last}/${content.length}` })
  }
  response.end(method === 'HEAD' ? undefined : part)
}

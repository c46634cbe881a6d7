import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { BYTES_PATH, fileHashOf, MAX_PART_BYTES, type StoredFile } from '../../../shared/training.ts'

export const sha256 = (data: Uint8Array | string): string => createHash('sha256').update(data).digest('hex')

/** The answer to one request, in place of the true one: a status, a broken connection, or other bytes. */
export type Mishap = number | 'break' | 'damage' | 'longer'

interface Grant {
  method: string
  key: string
  bytes: number
  sha256: string
}

/** The edge's routes for bytes: tokens that stand for a part, and parts in memory. */
export class ByteServer {
  readonly origin: string
  readonly parts = new Map<string, Buffer>()
  /** Consumed one a request, in order. */
  readonly mishaps: (Mishap | undefined)[] = []
  /** Every request, as `METHOD key`. */
  readonly asked: string[] = []
  /** Attempts whose tokens are answered 409. */
  isOutdated = false
  readonly #grants = new Map<string, Grant>()
  readonly #server: Server
  #tokens = 0

  private constructor(server: Server) {
    this.#server = server
    this.origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}` // of a TCP port
    server.on('request', (request, response) => void this.handle(request, response))
  }

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [status, body] = await this.#answer(request).catch(() => [undefined, undefined] as const)
    if (status === undefined) request.socket.destroy()
    else response.writeHead(status).end(body)
  }

  static async start(): Promise<ByteServer> {
    const server = createServer()
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return new ByteServer(server)
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections()
    this.#server.close()
    await once(this.#server, 'close')
  }

  /** Puts a file there, in parts of so many bytes. */
  async put(name: string, data: Buffer, partBytes = MAX_PART_BYTES): Promise<StoredFile> {
    const parts: StoredFile['parts'] = []
    for (let at = 0; at < data.length; at += partBytes) {
      const part = data.subarray(at, at + partBytes)
      this.parts.set(`${name}/${parts.length}`, part)
      parts.push({ bytes: part.length, sha256: sha256(part) })
    }
    return { bytes: data.length, sha256: await fileHashOf(parts, sha256), parts }
  }

  /** A file that was stored. */
  read(name: string, { parts }: StoredFile): Buffer {
    return Buffer.concat(
      parts.map(({ sha256: hash }, index) => {
        const part = this.parts.get(`${name}/${index}`)
        if (part === undefined || sha256(part) !== hash) throw new Error(`${name}/${index} was not stored.`)
        return part
      }),
    )
  }

  sign(method: string, key: string, bytes = 0, hash = ''): string {
    this.#tokens += 1
    const token = `t${this.#tokens}`
    this.#grants.set(token, { method, key, bytes, sha256: hash })
    return token
  }

  /** Makes all tokens old. */
  expire(): void {
    this.#grants.clear()
  }

  async #answer(request: IncomingMessage): Promise<[number, Buffer?] | [undefined]> {
    const grant = this.#grants.get((request.url ?? '').slice(BYTES_PATH.length + 1))
    const { method = '' } = request
    this.asked.push(`${method} ${grant?.key ?? '?'}`)
    const mishap = this.mishaps.shift()
    if (mishap === 'break') return [undefined]
    if (typeof mishap === 'number') return [mishap]
    if (this.isOutdated) return [409]
    if (grant?.method !== method) return [403]
    if (method === 'GET') {
      const part = this.parts.get(grant.key)
      if (part === undefined) return [404]
      if (mishap === 'damage')
        return [200, Buffer.from(part.map((byte, index) => (index === 0 ? byte ^ 1 : byte)))]
      return [200, mishap === 'longer' ? Buffer.concat([part, Buffer.from('more')]) : part]
    }
    const pieces: Buffer[] = []
    for await (const piece of request) pieces.push(piece)
    const body = Buffer.concat(pieces)
    if (body.length !== grant.bytes || sha256(body) !== grant.sha256) return [400]
    this.parts.set(grant.key, body)
    return [204]
  }
}

import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http'
import { type WebSocket, WebSocketServer } from 'ws'

export interface Heard {
  method: string
  url: string
  headers: IncomingHttpHeaders
  body: string
}

/** An answer, or what is done to the connection in its place. */
export type Scripted =
  | { status?: number; headers?: Record<string, string>; body?: string | readonly Uint8Array[] }
  | ((response: ServerResponse) => void)

/** A server on 127.0.0.1 that answers as it is told, in order, the last answer again and again, and remembers what it was asked. */
export class ScriptedServer {
  readonly heard: Heard[] = []
  readonly #server: Server
  #script: Scripted[] = []
  /** Each socket that is opened, with the address that it asked for. */
  onSocket: (socket: WebSocket, url: string, count: number) => void = (socket) => socket.close()
  #sockets = 0
  /** How many sockets are still refused before one is opened. */
  refusals = 0

  static async start(): Promise<ScriptedServer> {
    const server = new ScriptedServer(createServer())
    server.#server.listen(0, '127.0.0.1')
    await once(server.#server, 'listening')
    return server
  }

  private constructor(server: Server) {
    this.#server = server
    const sockets = new WebSocketServer({ server, verifyClient: () => this.refusals-- <= 0 })
    sockets.on('connection', (socket, request) => this.onSocket(socket, request.url ?? '', ++this.#sockets))
    server.on('request', async (request, response) => {
      let body = ''
      for await (const chunk of request.setEncoding('utf8')) body += chunk
      const { method = '', url = '', headers } = request
      this.heard.push({ method, url, headers, body })
      const next = this.#script.length > 1 ? this.#script.shift() : this.#script[0]
      if (typeof next === 'function') return next(response)
      response.writeHead(next?.status ?? 200, { 'content-type': 'application/json', ...next?.headers })
      if (typeof next?.body === 'object') {
        for (const piece of next.body) {
          response.write(piece)
          // The next piece travels by itself: each write is a turn of its own.
          await new Promise((resolve) => setImmediate(resolve))
        }
        response.end()
      } else response.end(next?.body ?? '{}')
    })
  }

  get baseURL(): string {
    const address = this.#server.address()
    if (address === null || typeof address === 'string') throw new Error('No port was given.')
    return `http://127.0.0.1:${address.port}/rajora`
  }

  /** From now on it answers so. */
  script(...answers: Scripted[]): void {
    this.#script = answers
    this.heard.length = 0
    this.#sockets = 0
    this.refusals = 0
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections()
    this.#server.close()
    await once(this.#server, 'close')
  }
}

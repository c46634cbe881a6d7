import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type WebSocket, WebSocketServer } from 'ws'
import {
  type EdgeCommand,
  HEARTBEAT_MS,
  JOIN_PATH,
  LINK_PATH,
  LINK_PROTOCOL,
  type NodeEvent,
  PING,
  PONG,
  SILENCE_LIMIT_MS,
} from '../../../shared/wire.ts'

/** The credential that every join token buys here. */
export const JOINED_CREDENTIAL = 'a-credential-from-joining'

type Pace = Omit<Extract<EdgeCommand, { type: 'welcome' }>, 'type' | 'nodeId'>

/** The edge's end of one link, as far as a node can see it. Every wait is for a frame, none for time. */
export class FakeLink {
  readonly authorization: string | undefined
  readonly #socket: WebSocket
  readonly #frames: string[] = []
  readonly #closed: Promise<{ code: number; reason: string }>
  #wake: (() => void) | undefined

  constructor(socket: WebSocket, authorization: string | undefined) {
    this.authorization = authorization
    this.#socket = socket
    this.#closed = once(socket, 'close').then(([code, reason]) => ({ code, reason: String(reason) }))
    socket.on('message', (data) => {
      this.#frames.push(String(data))
      this.#wake?.()
    })
  }

  /** The next frame as it came. */
  async nextFrame(): Promise<string> {
    for (;;) {
      const frame = this.#frames.shift()
      if (frame !== undefined) return frame
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }

  /** The next event, over any pings. */
  async next(): Promise<NodeEvent> {
    const frame = await this.nextFrame()
    // A test compares what it gets, so a wrong shape fails there.
    return frame === PING ? this.next() : (JSON.parse(frame) as NodeEvent)
  }

  send(command: EdgeCommand): void {
    this.#socket.send(JSON.stringify(command))
  }

  sendRaw(data: string | Buffer): void {
    this.#socket.send(data)
  }

  pong(): void {
    this.#socket.send(PONG)
  }

  /** Reads nothing more, so that the node's socket fills up. */
  pause(): void {
    this.#socket.pause()
  }

  resume(): void {
    this.#socket.resume()
  }

  close(code: number, reason = ''): void {
    this.#socket.close(code, reason)
  }

  /** How the socket closed, by whichever side. */
  closed(): Promise<{ code: number; reason: string }> {
    return this.#closed
  }

  /** Reads the hello and answers it. */
  async welcome(pace: Partial<Pace> = {}): Promise<NodeEvent> {
    const hello = await this.next()
    const slow = { heartbeatMs: HEARTBEAT_MS, silenceMs: SILENCE_LIMIT_MS }
    this.send({ type: 'welcome', nodeId: 'node-1', ...slow, ...pace })
    return hello
  }
}

/** A server on the loopback that speaks the edge's half of PROTOCOL.md §1 and §2, and nothing else of an edge. */
export class FakeEdge {
  readonly origin: string
  /** Every request that is no upgrade, as `METHOD path`. */
  readonly asked: string[] = []
  /** The answer to every join. */
  joinAnswer = {
    status: 201,
    body: JSON.stringify({ node_id: 'node-1', credential: JOINED_CREDENTIAL }),
  }
  /** Whether credentials are taken, by the check before a link as by the link. */
  isCredentialKnown = true
  /** Answers a request that is none of joining or linking; absent: 404. */
  handle: ((request: IncomingMessage, response: ServerResponse) => void) | undefined
  readonly #server: Server
  readonly #sockets = new WebSocketServer({ noServer: true, handleProtocols: () => LINK_PROTOCOL })
  readonly #links: FakeLink[] = []
  readonly #answers: number[]
  #wake: (() => void) | undefined

  /** Handshakes are refused with these statuses, one each, before any is accepted. */
  static async start(...refusals: number[]): Promise<FakeEdge> {
    const server = createServer()
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return new FakeEdge(server, refusals)
  }

  private constructor(server: Server, refusals: number[]) {
    this.#server = server
    this.#answers = refusals
    // `listen` on a TCP port gives an address with a port.
    this.origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    server.on('request', (request, response) => {
      const asked = `${request.method} ${request.url}`
      this.asked.push(asked)
      if (asked === `POST ${JOIN_PATH}`) response.writeHead(this.joinAnswer.status).end(this.joinAnswer.body)
      else if (asked === `GET ${LINK_PATH}`) response.writeHead(this.isCredentialKnown ? 426 : 401).end()
      else if (this.handle) this.handle(request, response)
      else response.writeHead(404).end()
    })
    server.on('upgrade', (request, socket, head) => {
      const refusal = this.isCredentialKnown ? this.#answers.shift() : 401
      if (refusal !== undefined || request.url !== LINK_PATH) {
        socket.end(`HTTP/1.1 ${refusal ?? 404} Refused\r\ncontent-length: 0\r\nconnection: close\r\n\r\n`)
        return
      }
      this.#sockets.handleUpgrade(request, socket, head, (opened) => {
        this.#links.push(new FakeLink(opened, request.headers.authorization))
        this.#wake?.()
      })
    })
  }

  async nextLink(): Promise<FakeLink> {
    for (;;) {
      const link = this.#links.shift()
      if (link) return link
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets.clients) socket.terminate()
    this.#server.closeAllConnections()
    this.#server.close()
    await once(this.#server, 'close')
  }
}

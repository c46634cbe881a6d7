import type { ClientRequest, IncomingMessage } from 'node:http'
import WebSocket from 'ws'
import type { Logger } from '../../shared/log.ts'
import type { NodeHello } from '../../shared/node.ts'
import {
  CloseCode,
  decodeFrame,
  EdgeCommand,
  HELLO_TIMEOUT_MS,
  LINK_PATH,
  LINK_PROTOCOL,
  MAX_CLOSE_REASON_BYTES,
  MAX_COMMAND_LENGTH,
  PING,
  PONG,
} from '../../shared/wire.ts'
import { Heartbeat } from './heartbeat.ts'
import { Outbox, type OutboxSocket } from './outbox.ts'

/** `ws` counts bytes, the protocol UTF-16 code units: no unit takes more than three bytes in UTF-8. */
const MAX_COMMAND_BYTES = MAX_COMMAND_LENGTH * 3

/** How long the edge may take to answer our close frame before the socket is destroyed. */
const CLOSE_TIMEOUT_MS = 2_000

/** Endings after which dialling again cannot help. */
export type StopReason = 'unauthenticated' | 'unsupported' | 'revoked' | 'refused' | 'replaced'

export type LinkEnd =
  | { kind: 'lost'; reason: string; wasWelcomed: boolean }
  /** With what the edge has said of it, if anything. */
  | { kind: 'stopped'; reason: StopReason; words: string }

/** The rest of the node as a link drives it, between its welcome and its end. */
export interface LinkHandler {
  /** Returns what is wrong with a command that the edge may not send now; the link is then closed with 4400. */
  receive(command: Exclude<EdgeCommand, { type: 'welcome' }>): string | undefined
  /** Whether calls run. */
  isBusy(): boolean
  end(): void
}

/** The edge's answer to a hello. */
export type Welcome = Extract<EdgeCommand, { type: 'welcome' }>

export interface LinkOptions {
  /** The edge's origin, e.g. `https://edge.example`. */
  edge: string
  credential: string
  hello: () => NodeHello
  onWelcome: (outbox: Outbox, welcome: Welcome) => LinkHandler
  log: Logger
  /** For the handshake, and again for the welcome after our hello. */
  welcomeTimeoutMs?: number | undefined
}

const STOPPING_ANSWERS: ReadonlyMap<number, StopReason> = new Map([
  [401, 'unauthenticated'],
  [426, 'unsupported'],
])
const STOPPING_CODES: ReadonlyMap<number, StopReason> = new Map([
  [CloseCode.revoked, 'revoked'],
  [CloseCode.refused, 'refused'],
  [CloseCode.replaced, 'replaced'],
])

/** Dials once and resolves when that link is over. Never rejects: a link that cannot be had is an ending too. */
export function openLink(options: LinkOptions, signal: AbortSignal): Promise<LinkEnd> {
  return new Promise((resolve) => new Link(options, signal, resolve))
}

class Link {
  readonly #options: LinkOptions
  readonly #socket: WebSocket
  readonly #outbox: Outbox
  /** Of the welcome, later of the answer to our close frame. */
  #deadline: NodeJS.Timeout
  #handler: LinkHandler | undefined
  #heartbeat: Heartbeat | undefined
  /** Why the socket closes, where we know better than its close code. */
  #end: LinkEnd | undefined

  constructor(options: LinkOptions, signal: AbortSignal, onEnd: (end: LinkEnd) => void) {
    const { edge, credential, welcomeTimeoutMs = HELLO_TIMEOUT_MS } = options
    this.#options = options
    this.#socket = new WebSocket(new URL(LINK_PATH, edge.replace(/^http/, 'ws')), LINK_PROTOCOL, {
      headers: { authorization: `Bearer ${credential}` },
      perMessageDeflate: false,
      maxPayload: MAX_COMMAND_BYTES,
      handshakeTimeout: welcomeTimeoutMs,
    })
    this.#outbox = new Outbox(this.#outlet(), () => this.#drop('the edge reads too slowly'))
    this.#deadline = setTimeout(() => this.#drop('the edge sent no welcome'), welcomeTimeoutMs * 2)
    const stop = () => this.#close(1001, 'the node stops')
    signal.addEventListener('abort', stop, { once: true })

    this.#socket.on('open', () =>
      this.#outbox.send({ type: 'hello', hello: options.hello(), busyHeartbeat: true }),
    )
    this.#socket.on('message', (data, isBinary) => this.#receive(isBinary ? data : data.toString()))
    this.#socket.on('unexpected-response', (request, response) => this.#onRefused(request, response))
    this.#socket.on('error', (error) => this.#lose(error.message))
    this.#socket.on('close', (code, reason) => {
      signal.removeEventListener('abort', stop)
      onEnd(this.#finish(code, reason.toString()))
    })
  }

  #outlet(): OutboxSocket {
    const socket = this.#socket
    return {
      get bufferedAmount() {
        return socket.bufferedAmount
      },
      send: (frame, onWritten) => {
        this.#heartbeat?.speak()
        socket.send(frame, onWritten)
      },
    }
  }

  #receive(frame: unknown): void {
    // What arrives behind our close frame no longer counts.
    if (this.#socket.readyState !== WebSocket.OPEN) return
    this.#heartbeat?.hear()
    if (frame === PONG) return
    const decoded = decodeFrame(EdgeCommand, frame, MAX_COMMAND_LENGTH)
    const fault = decoded.ok ? this.#handle(decoded.message) : decoded.reason
    if (fault === undefined) return
    this.#options.log.error('link.bad_frame', { reason: fault })
    this.#close(CloseCode.badFrame, fault)
  }

  #handle(command: EdgeCommand): string | undefined {
    if (command.type === 'welcome') return this.#handler ? 'a second welcome' : this.#welcome(command)
    if (!this.#handler) return `${command.type} before welcome`
    return this.#handler.receive(command)
  }

  #welcome(welcome: Welcome): undefined {
    clearTimeout(this.#deadline)
    this.#heartbeat = new Heartbeat({
      pace: welcome,
      ping: () => this.#socket.send(PING),
      isBusy: () => this.#handler?.isBusy() ?? false,
      onSilence: (silentMs) => this.#drop(`nothing heard for ${silentMs} ms`),
    })
    this.#options.log.info('link.welcomed', { nodeId: welcome.nodeId })
    this.#handler = this.#options.onWelcome(this.#outbox, welcome)
  }

  #onRefused(request: ClientRequest, response: IncomingMessage): void {
    const status = response.statusCode ?? 0
    const reason = STOPPING_ANSWERS.get(status)
    if (reason) this.#end = { kind: 'stopped', reason, words: '' }
    else this.#lose(`the edge answered ${status}`)
    response.resume()
    request.destroy()
    this.#socket.terminate()
  }

  /** The first reason is the true one: what follows are its echoes. */
  #lose(reason: string): LinkEnd {
    this.#end ??= { kind: 'lost', reason, wasWelcomed: this.#handler !== undefined }
    return this.#end
  }

  /** Without a close frame, which a peer that does not read would never answer. */
  #drop(reason: string): void {
    this.#lose(reason)
    this.#socket.terminate()
  }

  #close(code: number, reason: string): void {
    this.#lose(reason)
    clearTimeout(this.#deadline)
    this.#deadline = setTimeout(() => this.#socket.terminate(), CLOSE_TIMEOUT_MS)
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.close(code, closeReason(reason))
    else this.#socket.terminate()
    // From now on nothing is sent, and the edge fails these calls.
    this.#endCalls()
  }

  #endCalls(): void {
    this.#outbox.close()
    this.#heartbeat?.stop()
    this.#handler?.end()
  }

  #finish(code: number, reason: string): LinkEnd {
    clearTimeout(this.#deadline)
    this.#endCalls()
    const stopReason = STOPPING_CODES.get(code)
    if (stopReason) return { kind: 'stopped', reason: stopReason, words: reason }
    return this.#lose(reason ? `closed with ${code}: ${reason}` : `closed with ${code}`)
  }
}

/** A close frame's reason, cut to what fits; a character cut in half becomes one of at most three bytes. */
export function closeReason(reason: string): string {
  const bytes = Buffer.from(reason)
  return bytes.length <= MAX_CLOSE_REASON_BYTES
    ? reason
    : bytes.subarray(0, MAX_CLOSE_REASON_BYTES - 2).toString()
}

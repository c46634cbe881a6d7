import { z } from 'zod'
import { AppError, type ErrorCode, toAppError } from '../../../shared/errors.ts'
import { readJson } from '../../../shared/json-text.ts'
import {
  ChatClose,
  type SocketContract,
  type SocketEvent,
  type SocketFrame,
  type SocketReader,
} from '../../services/conversations/socket-contract.ts'

/** Longest frame of a client, in bytes of UTF-8, where its contract takes no longer ones of those who have said who they are. */
export const MAX_FRAME_BYTES = 64 * 1024

/** A socket that has not said who it is within this time is closed. */
export const TOKEN_LIMIT_MS = 10_000

/** The state of a socket that must survive hibernation. workerd takes 16 KB of it. */
const Attachment = z.object({
  /** The name of the contract whose words it speaks. */
  contract: z.string(),
  conversationId: z.string(),
  /** The conversation may begin with a message over this socket; otherwise it must be there. */
  isNew: z.boolean(),
  /** The client's address, for what is limited by it. */
  address: z.string().nullable(),
  openedAt: z.int(),
  /** The proof of who it is; looked at again with each frame, so that a revoked one ends. Null before the first token. */
  credential: z.string().nullable(),
  /** That credential administers the deployment. */
  isAdministrator: z.boolean().default(false),
  /** When it ends by itself, epoch ms. */
  endsAt: z.int().nullable().default(null),
})
export type Attachment = z.infer<typeof Attachment>

/** A proof of who is behind a socket, of one that has said who it is. */
export interface Proven {
  credential: string
  endsAt: number | null
  isAdministrator: boolean
}

interface Member {
  /** Its contract's name. */
  contract: string
  isAdministrator: boolean
}

/** Sockets that have said who they are, in a room at once: more devices than one person has. */
export const MAX_ROOM_SOCKETS = 64

/**
 * Sockets that have not yet said who they are, in a room and from one address. One more takes the place of the oldest: a
 * stranger who knows a number can keep strangers out, and nobody who belongs there for longer than it takes to say so.
 */
export const MAX_UNPROVEN_SOCKETS = 16
export const MAX_UNPROVEN_PER_ADDRESS = 4

/** Text that a browser sends to keep a connection; answered without waking the room. */
const PING = 'ping'
const PONG = 'pong'

/** The error codes of sockets that broke a rule. */
const REFUSALS = {
  [ChatClose.badFrame]: 'invalid_request',
  [ChatClose.noToken]: 'unauthenticated',
  [ChatClose.tooLarge]: 'too_large',
  [ChatClose.tooMany]: 'limit_exceeded',
} as const
type BrokenRule = keyof typeof REFUSALS

/** The sockets of a room. They sleep with it; who has said who it is hears what the room tells, in its contract's words. */
export class RoomSockets {
  readonly #ctx: DurableObjectState
  readonly #contracts: () => readonly SocketContract[]
  /** Sockets that have said who they are. */
  readonly #members = new Map<WebSocket, Member>()

  constructor(ctx: DurableObjectState, contracts: () => readonly SocketContract[]) {
    this.#ctx = ctx
    this.#contracts = contracts
    ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair(PING, PONG))
    for (const socket of ctx.getWebSockets()) {
      const { credential, contract, isAdministrator } = this.attachmentOf(socket)
      if (credential !== null) this.#members.set(socket, { contract, isAdministrator })
    }
  }

  /** Sockets that have said who they are. */
  get memberCount(): number {
    return this.#members.size
  }

  /** Them. */
  get members(): WebSocket[] {
    return [...this.#members.keys()]
  }

  isMember(socket: WebSocket): boolean {
    return this.#members.has(socket)
  }

  /** The client's end of a new socket. Throws for a contract that has none. */
  accept(given: Omit<Attachment, 'openedAt' | keyof Proven>): WebSocket {
    this.#contractNamed(given.contract)
    this.#makeRoom(given.address)
    const { 0: client, 1: server } = new WebSocketPair()
    this.#ctx.acceptWebSocket(server)
    const stranger = { credential: null, endsAt: null, isAdministrator: false }
    const attachment: Attachment = { ...given, openedAt: Date.now(), ...stranger }
    server.serializeAttachment(attachment)
    return client
  }

  attachmentOf(socket: WebSocket): Attachment {
    return Attachment.parse(socket.deserializeAttachment())
  }

  contractOf(socket: WebSocket): SocketContract {
    return this.#contractNamed(this.attachmentOf(socket).contract)
  }

  /** Lets a socket hear from now on. Throws `conflict` when as many do as may. */
  admit(socket: WebSocket, proven: Proven): void {
    if (socket.readyState !== WebSocket.READY_STATE_OPEN) return // it left while it was looked at
    if (this.#members.size >= MAX_ROOM_SOCKETS && !this.#members.has(socket))
      throw new AppError('conflict', `The conversation has ${MAX_ROOM_SOCKETS} sockets already.`)
    const attachment = this.attachmentOf(socket)
    socket.serializeAttachment({ ...attachment, ...proven })
    const { contract } = attachment
    this.#members.set(socket, { contract, isAdministrator: proven.isAdministrator })
  }

  /** A client's frame; a bad one is answered, and its socket closed. */
  read(socket: WebSocket, data: string | ArrayBuffer): SocketFrame | undefined {
    if (typeof data !== 'string') return this.refuse(socket, ChatClose.badFrame, 'Frames are JSON text.')
    const { maxFrameBytes = MAX_FRAME_BYTES } = this.contractOf(socket)
    const most = this.isMember(socket) ? maxFrameBytes : MAX_FRAME_BYTES
    // A character takes up to three bytes for each UTF-16 unit: most frames need no counting.
    const isLarge =
      data.length > most || (data.length * 3 > most && new TextEncoder().encode(data).length > most)
    if (isLarge) {
      return this.refuse(socket, ChatClose.tooLarge, `A frame is larger than ${most / 1024} KB.`)
    }
    let json: unknown
    try {
      json = readJson(data, 'The frame').value
    } catch (thrown) {
      return this.refuse(socket, ChatClose.badFrame, toAppError(thrown).message)
    }
    const frame = this.contractOf(socket).decode(json)
    return typeof frame === 'string' ? this.refuse(socket, ChatClose.badFrame, frame) : frame
  }

  tell(socket: WebSocket, event: SocketEvent, conversationNumber: number | null): void {
    const { contract, conversationId, isAdministrator } = this.attachmentOf(socket)
    const reader = { conversationId, conversationNumber, isAdministrator }
    const frame = this.#contractNamed(contract).spell(event, reader)
    if (frame) this.#send(socket, JSON.stringify(frame))
  }

  tellAll(event: SocketEvent, talk: Omit<SocketReader, 'isAdministrator'>): void {
    const spelled = new Map<string, string | undefined>()
    for (const [socket, { contract, isAdministrator }] of this.#members) {
      const key = `${contract} ${isAdministrator}`
      if (!spelled.has(key)) {
        const frame = this.#contractNamed(contract).spell(event, { ...talk, isAdministrator })
        spelled.set(key, frame && JSON.stringify(frame))
      }
      const text = spelled.get(key)
      if (text !== undefined) this.#send(socket, text)
    }
  }

  /** Says why, and closes. */
  close(socket: WebSocket, code: ChatClose, reason: string): void {
    this.#members.delete(socket)
    try {
      socket.close(code, reason)
    } catch {} // it is closed already
  }

  closeAll(code: ChatClose, reason: string): void {
    for (const socket of this.#ctx.getWebSockets()) this.close(socket, code, reason)
  }

  /** Closes whose time is over: to say who they are, or of their credential. Answers in how many milliseconds the next one's is. */
  closeOverdue(now: number): number | undefined {
    let nextMs: number | undefined
    for (const socket of this.#ctx.getWebSockets()) {
      if (socket.readyState !== WebSocket.READY_STATE_OPEN) continue
      const { credential, openedAt, endsAt } = this.attachmentOf(socket)
      const dueAt = credential === null ? openedAt + TOKEN_LIMIT_MS : endsAt
      if (dueAt === null) continue
      const leftMs = dueAt - now
      if (leftMs > 0) nextMs = Math.min(leftMs, nextMs ?? leftMs)
      else if (credential === null) this.refuse(socket, ChatClose.noToken, 'No token came in time.')
      else this.endCredential(socket, 'token_expired', 'The access token has expired.')
    }
    return nextMs
  }

  /** Tells a socket that what let it in is no longer good, and closes it. */
  endCredential(socket: WebSocket, code: ErrorCode, message: string): void {
    this.tell(socket, { type: 'answer.error', position: null, code, message }, null)
    this.close(socket, ChatClose.badToken, message)
  }

  /** Answers a socket that broke a rule, and closes it. */
  refuse(socket: WebSocket, code: BrokenRule, reason: string): undefined {
    this.tell(socket, { type: 'answer.error', position: null, code: REFUSALS[code], message: reason }, null)
    this.close(socket, code, reason)
  }

  #makeRoom(address: string | null): void {
    const unproven = this.#ctx
      .getWebSockets()
      .filter((socket) => socket.readyState === WebSocket.READY_STATE_OPEN && !this.#members.has(socket))
      .map((socket) => ({ socket, ...this.attachmentOf(socket) }))
      .sort((a, b) => a.openedAt - b.openedAt)
    const ofAddress = unproven.filter((each) => each.address === address)
    const excess = new Set([
      ...ofAddress.slice(0, Math.max(0, ofAddress.length + 1 - MAX_UNPROVEN_PER_ADDRESS)),
      ...unproven.slice(0, Math.max(0, unproven.length + 1 - MAX_UNPROVEN_SOCKETS)),
    ])
    for (const { socket } of excess)
      this.refuse(socket, ChatClose.noToken, 'Others came that say who they are.')
  }

  #contractNamed(name: string): SocketContract {
    const contract = this.#contracts().find((known) => known.name === name)
    if (!contract) throw new Error(`No contract '${name}' has sockets.`)
    return contract
  }

  #send(socket: WebSocket, text: string): void {
    try {
      socket.send(text)
    } catch {
      this.#members.delete(socket) // it is closing; its close event follows
    }
  }
}

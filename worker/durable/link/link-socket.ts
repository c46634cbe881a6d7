import { MAX_CLOSE_REASON_BYTES } from '../../../shared/wire.ts'
import { LinkAttachment, newAttachment } from './link-attachment.ts'

/** As much of a sentence as a close frame has room for, never a part of a character. */
function toCloseReason(sentence: string): string {
  const bytes = new Uint8Array(MAX_CLOSE_REASON_BYTES)
  const { read } = new TextEncoder().encodeInto(sentence, bytes)
  return sentence.slice(0, read)
}

/** A link that is over. */
export interface ReleasedLink {
  nodeId: string
  close(code: number, reason: string): void
}

/**
 * The one current socket of a node, with what is remembered of its link for as long as it lives. Both are found again after
 * hibernation; an older socket that has not closed yet is nobody's.
 */
export class LinkSocket {
  readonly #ctx: DurableObjectState
  #socket: WebSocket | undefined
  #attachment: LinkAttachment | undefined

  constructor(ctx: DurableObjectState) {
    this.#ctx = ctx
    const current = ctx.storage.kv.get<string>('linkId')
    if (current) this.#adopt(ctx.getWebSockets(current)[0])
  }

  get attachment(): LinkAttachment | undefined {
    return this.#attachment
  }

  /** When it last answered a ping by itself, epoch ms; 0 for never. */
  get pingedAt(): number {
    const at = this.#socket && this.#ctx.getWebSocketAutoResponseTimestamp(this.#socket)
    return at?.getTime() ?? 0
  }

  isCurrent(socket: WebSocket): boolean {
    return this.#attachment !== undefined && this.#ctx.getTags(socket)[0] === this.#attachment.linkId
  }

  /** Begins a link of a node, which is dialled from `place`. Returns the node's end of it. */
  accept(nodeId: string, place: string | null): WebSocket {
    const { 0: client, 1: server } = new WebSocketPair()
    const attachment = newAttachment(nodeId, place)
    this.#ctx.acceptWebSocket(server, [attachment.linkId])
    server.serializeAttachment(attachment)
    this.#ctx.storage.kv.put('linkId', attachment.linkId)
    this.#adopt(server)
    return client
  }

  /** Notes something about the link for as long as it lives. */
  remember(change: Partial<LinkAttachment>): void {
    if (!this.#attachment) return
    this.#attachment = { ...this.#attachment, ...change }
    this.#socket?.serializeAttachment(this.#attachment)
  }

  send(frame: string): void {
    this.#socket?.send(frame)
  }

  /** Ends the link before its socket is closed; undefined when there is none. */
  release(): ReleasedLink | undefined {
    const [socket, attachment] = [this.#socket, this.#attachment]
    if (!socket || !attachment) return undefined
    this.#socket = undefined
    this.#attachment = undefined
    this.#ctx.storage.kv.delete('linkId')
    return {
      nodeId: attachment.nodeId,
      close: (code, reason) => {
        try {
          socket.close(code, toCloseReason(reason))
        } catch {} // the other side has closed it already: that is what was wanted
      },
    }
  }

  #adopt(socket: WebSocket | undefined): void {
    const attachment = LinkAttachment.safeParse(socket?.deserializeAttachment())
    this.#socket = attachment.success ? socket : undefined
    this.#attachment = attachment.data
  }
}

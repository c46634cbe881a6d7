import { SELF } from 'cloudflare:test'
import { expect } from 'vitest'

/** A frame that a chat's socket hears; which fields are there depends on the frame. */
export interface ChatFrame {
  content?: string
  done?: boolean
  id?: string
  conversation_id?: number | null
  state?: string
  model?: string
  tokens_used?: number | null
  latency_ms?: number
  error?: string
  status_code?: number
  retry_after?: number
  type?: string
}

/** A device: one socket of a chat, and the frames that it was sent. */
export class ChatSocket {
  /** Frames that it has heard and nobody has asked for. */
  readonly unread: ChatFrame[] = []
  readonly closed: Promise<{ code: number; reason: string }>
  readonly #socket: WebSocket
  #wake = () => {}

  constructor(socket: WebSocket) {
    this.#socket = socket
    this.closed = new Promise((resolve) =>
      socket.addEventListener('close', ({ code, reason }) => resolve({ code, reason })),
    )
    socket.addEventListener('message', ({ data }) => {
      this.unread.push(data === 'pong' ? { type: 'pong text' } : (JSON.parse(data as string) as ChatFrame))
      this.#wake()
    })
    socket.accept()
  }

  send(frame: object): void {
    this.sendRaw(JSON.stringify(frame))
  }

  sendRaw(frame: string | ArrayBuffer): void {
    this.#socket.send(frame)
  }

  async next(): Promise<ChatFrame> {
    while (this.unread.length === 0) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
    return this.unread.shift() as ChatFrame // it has just been counted
  }

  /** Frames up to the one that ends an answer, or says why there is none. */
  async answer(): Promise<ChatFrame[]> {
    const frames: ChatFrame[] = []
    while (frames.at(-1)?.done !== true) frames.push(await this.next())
    return frames
  }

  /** Frames until their contents together are `text`. */
  async until(text: string): Promise<ChatFrame[]> {
    const frames: ChatFrame[] = []
    while (contentOf(frames) !== text) {
      const frame = await this.next()
      expect(frame.error, `while ${JSON.stringify(text)} was awaited`).toBeUndefined()
      frames.push(frame)
    }
    return frames
  }

  /** Everything that the room had to say before has arrived by then. */
  async settled(): Promise<void> {
    this.send({ type: 'ping' })
    const before: ChatFrame[] = []
    for (let frame = await this.next(); frame.type !== 'pong'; frame = await this.next()) before.push(frame)
    this.unread.unshift(...before)
  }

  close(): void {
    this.#socket.close(1000, 'the test is over')
  }
}

export const contentOf = (frames: readonly ChatFrame[]): string =>
  frames.map(({ content }) => content ?? '').join('')

export const SOCKET_PATH = '/rajora/ws/chat'

/** Dials as a client of the contract does. */
export async function openSocket(
  conversation?: number | string,
  headers: Record<string, string> = {},
): Promise<ChatSocket> {
  const query = conversation === undefined ? '' : `?conversation_id=${conversation}`
  const response = await SELF.fetch(`http://localhost${SOCKET_PATH}${query}`, {
    headers: { upgrade: 'websocket', ...headers },
  })
  if (!response.webSocket) throw new Error(`${response.status}: ${await response.text()}`)
  return new ChatSocket(response.webSocket)
}

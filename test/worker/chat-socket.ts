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
export class FrameSocket<Frame extends { type?: string }> {
  /** Frames that it has heard and nobody has asked for. */
  readonly unread: Frame[] = []
  readonly closed: Promise<{ code: number; reason: string }>
  readonly #socket: WebSocket
  #wake = () => {}

  constructor(socket: WebSocket) {
    this.#socket = socket
    this.closed = new Promise((resolve) =>
      socket.addEventListener('close', ({ code, reason }) => resolve({ code, reason })),
    )
    socket.addEventListener('message', ({ data }) => {
      // The bare answer to a bare text is a frame like any other to a test.
      const frame = data === 'pong' ? { type: 'pong text' } : JSON.parse(String(data))
      this.unread.push(frame as Frame)
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

  async next(): Promise<Frame> {
    while (this.unread.length === 0) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
    return this.unread.shift() as Frame // it has just been counted
  }

  /** Everything that the room had to say before has arrived by then. */
  async settled(): Promise<void> {
    this.send({ type: 'ping' })
    const before: Frame[] = []
    for (let frame = await this.next(); frame.type !== 'pong'; frame = await this.next()) before.push(frame)
    this.unread.unshift(...before)
  }

  close(): void {
    this.#socket.close(1000, 'the test is over')
  }
}

/** A socket of Rajora's. */
export class ChatSocket extends FrameSocket<ChatFrame> {
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
}

export const contentOf = (frames: readonly ChatFrame[]): string =>
  frames.map(({ content }) => content ?? '').join('')

export const SOCKET_PATH = '/rajora/ws/chat'

async function dial(path: string, headers: Record<string, string>): Promise<WebSocket> {
  const response = await SELF.fetch(`http://localhost${path}`, {
    headers: { upgrade: 'websocket', ...headers },
  })
  if (!response.webSocket) throw new Error(`${response.status}: ${await response.text()}`)
  return response.webSocket
}

/** Dials as a client of the contract does. */
export async function openSocket(
  conversation?: number | string,
  headers: Record<string, string> = {},
): Promise<ChatSocket> {
  const query = conversation === undefined ? '' : `?conversation_id=${conversation}`
  return new ChatSocket(await dial(SOCKET_PATH + query, headers))
}

/** A frame that a socket of `/v1` hears; which fields are there depends on its type. */
export interface TalkFrame {
  type: string
  id?: string
  ref?: string
  conversation?: string
  answering?: boolean
  message?: string
  model?: string
  text?: string
  state?: string
  node?: string
  usage?: { prompt_tokens: number; completion_tokens: number } | null
  first_ms?: number | null
  tokens_per_second?: number | null
  citations?: { marker: string; filename: string }[]
  status?: number
  error?: { message: string; param: string | null; code: string | null }
}

/** A socket of `/v1`. */
export class TalkSocket extends FrameSocket<TalkFrame> {
  /** Frames up to the first one of a type. */
  async upTo(type: string): Promise<TalkFrame[]> {
    const frames: TalkFrame[] = []
    while (frames.at(-1)?.type !== type) frames.push(await this.next())
    return frames
  }

  /** The first frame of a type from here on. */
  async first(type: string): Promise<TalkFrame> {
    return (await this.upTo(type)).at(-1) as TalkFrame // the loop ends with one
  }
}

/** Dials `/v1`, and says who it is. */
export async function openTalk(
  { token, after }: { token: string; after?: string | undefined },
  conversation?: string,
): Promise<TalkSocket> {
  const query = conversation === undefined ? '' : `?conversation=${conversation}`
  const socket = new TalkSocket(await dial(`/v1/chat/socket${query}`, {}))
  socket.send({ type: 'join', token, ...(after !== undefined && { after }) })
  return socket
}

export const textOf = (frames: readonly TalkFrame[]): string => frames.map(({ text }) => text ?? '').join('')

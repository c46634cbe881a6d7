import { once } from 'node:events'
import WebSocket from 'ws'

/** A frame that a chat's socket hears. */
export interface Frame {
  content?: string
  done?: boolean
  id?: string
  conversation_id?: number
  state?: string
  model?: string
  error?: string
  status_code?: number
}

/** A device: one socket of a chat. */
export class ChatDevice {
  readonly frames: Frame[] = []
  readonly #socket: WebSocket
  readonly #closed: Promise<unknown>
  #heard = Promise.withResolvers<void>()

  private constructor(socket: WebSocket) {
    this.#socket = socket
    this.#closed = new Promise((resolve) => socket.once('close', resolve))
    socket.on('message', (data) => {
      this.frames.push(JSON.parse(String(data)) as Frame)
      this.#heard.resolve()
      this.#heard = Promise.withResolvers()
    })
    socket.on('error', () => {}) // its close follows
  }

  /** Dials, and shows its token with the first frame. */
  static async open(url: string, first: object): Promise<ChatDevice> {
    const socket = new WebSocket(url)
    const device = new ChatDevice(socket)
    await once(socket, 'open')
    device.send(first)
    return device
  }

  get text(): string {
    return this.frames.map(({ content }) => content ?? '').join('')
  }

  send(frame: object): void {
    this.#socket.send(JSON.stringify(frame))
  }

  /** Resolves with the first frame that fits, also one that came before. Throws when the socket closes. */
  async until(fits: (frame: Frame) => boolean): Promise<Frame> {
    while (true) {
      const found = this.frames.find(fits)
      if (found) return found
      if (this.#socket.readyState !== WebSocket.OPEN) throw new Error('The socket is closed.')
      await Promise.race([this.#heard.promise, this.#closed])
    }
  }

  /** Closes as a client does that says goodbye. Resolves when the edge has answered. */
  async close(): Promise<void> {
    this.#socket.close(1000)
    await this.#closed
  }

  /** Goes without a word, as a device that loses its network. */
  terminate(): void {
    this.#socket.terminate()
  }
}

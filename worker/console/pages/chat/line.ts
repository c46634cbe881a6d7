import { signal } from '@preact/signals'
import { freshToken } from '../../session/session.ts'
import type { Frame } from './frames.ts'

/** How the connection stands; `lost` is told, and mended. */
export type LineState = 'idle' | 'connecting' | 'open' | 'lost'

/** Of the socket's closings, those after which dialling again would not help. */
const NOT_FOUND = 4404
const BAD_TOKEN = 4401

const FIRST_WAIT_MS = 500
const LONGEST_WAIT_MS = 15_000

/** How often a quiet line is asked whether it lives, and how long it may take to say so. */
const ASK_EVERY_MS = 15_000
const SILENCE_LIMIT_MS = 25_000

/** A frame that is said over the line; `ref` is the caller's word for a question. */
interface SentFrame {
  type: string
  ref?: string
  [more: string]: unknown
}

export interface LineOptions {
  /** The conversation to dial; undefined: the first question begins one. */
  conversation: () => string | undefined
  /** Where its reader stands. */
  place: () => string | undefined
  /** Whether an answer is awaited, which the edge would stop if nobody heard it. */
  isAwaiting: () => boolean
  onFrame: (frame: Frame) => void
  /** There is no such conversation. */
  onGone: () => void
}

/** A socket that comes back: dials when something is to be said or heard, and again when it is lost or has fallen silent. */
export class Line {
  readonly state = signal<LineState>('idle')
  readonly #options: LineOptions
  readonly #pulse: ReturnType<typeof setInterval>
  #socket: WebSocket | undefined
  /** A token that the edge has just refused. */
  #refused: string | undefined
  #tries = 0
  /** When it was asked whether it lives, if nothing has been heard since. */
  #askedAt: number | undefined
  #waiting: SentFrame[] = []
  #retry: ReturnType<typeof setTimeout> | undefined
  #isWanted = false

  constructor(options: LineOptions) {
    this.#options = options
    this.#pulse = setInterval(() => this.#look(), ASK_EVERY_MS)
    addEventListener('online', this.#wake)
    document.addEventListener('visibilitychange', this.#wake)
  }

  /** Listens from now on. */
  open(): void {
    this.#isWanted = true
    this.#wake()
  }

  /** Says something, as soon as it can. */
  send(frame: SentFrame): void {
    this.#isWanted = true
    if (this.#socket && this.state.peek() === 'open') this.#socket.send(JSON.stringify(frame))
    else {
      this.#waiting.push(frame)
      this.#wake()
    }
  }

  /** Whether a question waits for the line. */
  holds(ref: string): boolean {
    return this.#waiting.some((frame) => frame.ref === ref)
  }

  /** Leaves the conversation; another can be dialled. */
  end(): void {
    this.#isWanted = false
    clearTimeout(this.#retry)
    this.#waiting = []
    const last = this.#socket
    this.#socket = undefined
    last?.close()
    this.state.value = 'idle'
  }

  /** The page that listened is gone. */
  dispose(): void {
    this.end()
    clearInterval(this.#pulse)
    removeEventListener('online', this.#wake)
    document.removeEventListener('visibilitychange', this.#wake)
  }

  /** While nobody looks, and nothing would be lost, nothing is asked or dialled. */
  #isResting(): boolean {
    return document.visibilityState === 'hidden' && !this.#options.isAwaiting()
  }

  #wake = (): void => {
    if (!this.#isWanted || this.#isResting()) return
    clearTimeout(this.#retry)
    if (this.#socket) this.#look()
    else void this.#dial()
  }

  #again(): void {
    this.#socket = undefined
    if (!this.#isWanted) return
    this.state.value = 'lost'
    const most = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** this.#tries)
    this.#tries += 1
    clearTimeout(this.#retry)
    // Drawn by lot, so that the pages of a deployment do not all come back at once.
    this.#retry = setTimeout(this.#wake, most * (0.5 + Math.random() / 2))
  }

  async #dial(): Promise<void> {
    if (this.state.peek() !== 'lost') this.state.value = 'connecting'
    const id = this.#options.conversation()
    const url = new URL('/v1/chat/socket', location.href)
    url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:'
    if (id !== undefined) url.searchParams.set('conversation', id)
    let token: string
    try {
      token = await freshToken(this.#refused)
    } catch {
      return this.#again()
    }
    if (this.#socket || !this.#isWanted || this.#options.conversation() !== id) return
    this.#refused = undefined
    this.#socket = this.#listening(new WebSocket(url), token)
    this.#askedAt = undefined
  }

  #listening(socket: WebSocket, token: string): WebSocket {
    socket.onopen = () => {
      const after = this.#options.place()
      socket.send(JSON.stringify({ type: 'join', token, ...(after !== undefined && { after }) }))
    }
    socket.onmessage = ({ data }) => {
      if (this.#socket !== socket) return
      this.#askedAt = undefined
      if (data !== 'pong') this.#hear(socket, JSON.parse(String(data)))
    }
    socket.onclose = ({ code }) => {
      if (this.#socket !== socket) return
      if (code === BAD_TOKEN) this.#refused = token
      if (code !== NOT_FOUND) return this.#again()
      this.end()
      this.#options.onGone()
    }
    return socket
  }

  #hear(socket: WebSocket, frame: Frame): void {
    if (frame.type !== 'joined') {
      this.#options.onFrame(frame)
      return
    }
    this.#tries = 0
    this.state.value = 'open'
    this.#options.onFrame(frame)
    for (const said of this.#waiting.splice(0)) socket.send(JSON.stringify(said))
  }

  /** A line that does not answer for long is dead, whatever the browser thinks of it. */
  #look(): void {
    const socket = this.#socket
    if (socket?.readyState !== WebSocket.OPEN || this.#isResting()) return
    const now = Date.now()
    this.#askedAt ??= now
    if (now - this.#askedAt <= SILENCE_LIMIT_MS) socket.send('ping')
    else {
      this.#again()
      socket.close()
    }
  }
}

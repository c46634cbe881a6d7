import type { ChatEvent } from './api.ts'
import { RajoraError } from './errors.ts'
import type { Settings } from './options.ts'
import { stop, type Timer } from './transport.ts'

export interface SocketOptions {
  /** The conversation to join; without one, another begins with the first message. */
  conversation_id?: number | undefined
}

export interface SocketMessage {
  model?: string | undefined
  temperature?: number | undefined
  max_tokens?: number | undefined
}

/** A piece of an answer; the last one has `done: true`, and `error` where the answer failed. */
export interface SocketEvent extends ChatEvent {
  /** Where it stands in its conversation. */
  id?: string
  state?: 'complete' | 'cancelled'
  model?: string
  tokens_used?: number | null
  latency_ms?: number
  /** Seconds. */
  retry_after?: number
}

/** A conversation over a socket. All its answers are heard by `for await`, also those to questions of other devices. */
export interface ChatSocket extends AsyncIterable<SocketEvent> {
  readonly conversation_id: number | null
  send(message: string, options?: SocketMessage): void
  /** Stops the answer that is being made; its last event says `state: 'cancelled'`. */
  cancel(): void
  /** Says goodbye; the loop ends. */
  close(): void
}

const NORMAL = 1000
/** The state of a connection over which something can be said. */
const OPEN = 1
/** Codes behind which another connection would fare no better: a frame or credential is wrong, the conversation is gone. */
const LASTING = [1009, 4400, 4401, 4404]
/** Breaks in a row, without a frame between them, after which it is given up: about half a minute. */
const MOST_BREAKS = 8
const FIRST_PAUSE_MS = 250
const LONGEST_PAUSE_MS = 8_000

function parsed(frame: string): SocketEvent | undefined {
  try {
    return JSON.parse(frame) as SocketEvent
  } catch {
    return undefined
  }
}

/** Opens the socket, and again when it breaks: the answer in the making goes on where it was last heard. */
export function connectSocket(
  { baseURL, apiKey, token, timeoutMs, WebSocket }: Settings,
  options: SocketOptions,
): ChatSocket {
  if (!WebSocket)
    throw new TypeError(
      "There is no WebSocket here: give a client its 'WebSocket', e.g. that of the package ws.",
    )
  const Connection = WebSocket
  const credential = token ?? apiKey
  if (credential === undefined) throw new TypeError("A socket needs a client with 'apiKey' or 'token'.")

  let conversation = options.conversation_id ?? null
  let heard: string | undefined
  let socket: WebSocket
  let waiting: object[] = []
  let open = 0 // questions that were sent, without their last event
  let breaks = 0
  let timer: Timer
  let patience: Timer
  const events: SocketEvent[] = []
  let ending: { error?: RajoraError } | undefined
  let wake = () => {}

  const finish = (end: { error?: RajoraError }) => {
    ending ??= end
    waiting = []
    stop(timer)
    stop(patience)
    socket.close(NORMAL)
    wake()
  }
  const fail = (detail: string) => finish({ error: new RajoraError({ status: null, detail }) })
  /** Begins the time within which the next word must come; a question that was lost on the way has none to come. */
  const watch = () => {
    stop(patience)
    if (open > 0) patience = setTimeout(() => fail(`No answer for ${timeoutMs} ms.`), timeoutMs)
  }
  const put = (frame: object) => {
    socket.send(JSON.stringify(frame))
    if (!('message' in frame)) return
    open += 1
    watch()
  }
  const write = (frame: object) => {
    if (ending) throw new RajoraError({ status: null, detail: 'The socket is closed.' })
    if (socket.readyState === OPEN) put(frame)
    else waiting.push(frame)
  }

  function onFrame(data: unknown): void {
    const event = parsed(String(data))
    if (!event) fail('A frame of the socket is no JSON.')
    else take(event)
  }
  function take(event: SocketEvent): void {
    breaks = 0
    heard = event.id ?? heard
    conversation = event.conversation_id ?? conversation
    if (event.done) open = Math.max(0, open - 1)
    watch()
    events.push(event)
    wake()
  }

  /** The meaning of the end of a connection: undefined for a break after which it is dialled again. */
  function endOf(code: number, reason: string): { error?: RajoraError } | undefined {
    if (code === NORMAL) return {}
    // A question that nobody has heard of may have been taken, and asking it twice would answer it twice.
    const isLost = open > 0 && heard === undefined
    breaks += 1
    if (!LASTING.includes(code) && !isLost && breaks <= MOST_BREAKS) return undefined
    const status = code >= 4400 && code < 4500 ? code - 4000 : null
    return { error: new RajoraError({ status, detail: reason || 'The connection broke.' }) }
  }

  function onClose(code: number, reason: string): void {
    const end = ending ?? endOf(code, reason)
    if (end) finish(end)
    else
      timer = setTimeout(
        dial,
        Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** breaks) * (0.5 + Math.random() / 2),
      )
  }

  function dial(): void {
    const query = conversation === null ? '' : `?conversation_id=${conversation}`
    socket = new Connection(`${baseURL.replace(/^http/, 'ws')}/ws/chat${query}`)
    socket.addEventListener('open', () => {
      socket.send(JSON.stringify({ token: credential, ...(heard !== undefined && { resume_from: heard }) }))
      for (const frame of waiting.splice(0)) put(frame)
    })
    socket.addEventListener('message', ({ data }) => onFrame(data))
    socket.addEventListener('close', ({ code, reason }) => onClose(code, reason))
    socket.addEventListener('error', () => {}) // its close follows
  }
  dial()

  return {
    get conversation_id() {
      return conversation
    },
    send: (message, given = {}) => write({ message, ...given }),
    cancel: () => write({ cancel: true }),
    close: () => finish({}),
    async *[Symbol.asyncIterator]() {
      while (true) {
        const event = events.shift()
        if (event) yield event
        else if (ending?.error) throw ending.error
        else if (ending) return
        else
          await new Promise<void>((resolve) => {
            wake = resolve
          })
      }
    },
  }
}

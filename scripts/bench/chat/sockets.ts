import { once } from 'node:events'
import WebSocket from 'ws'
import { serve } from '../helper-process.ts'

// A process with the clients of chats over sockets.

export interface ChatPlace {
  /** Where chats are dialled, as `ws://…`. */
  url: string
  token: string
}

export interface SocketRound {
  /** The messages that each of them sends. */
  messages: object[]
}

export interface SocketRoundResult {
  /** From the first message to the end of the last answer. */
  ms: number
  /** Frames with a piece of an answer. */
  frames: number
  /** Of each socket, until its first piece. */
  firstMs: number[]
}

const sockets: WebSocket[] = []

interface Heard {
  content?: string
  done?: boolean
  error?: string
  type?: string
}
const read = (data: unknown): Heard => JSON.parse(String(data)) as Heard

/** One more socket, in a conversation of its own, that has shown its token. */
async function connect({ url, token }: ChatPlace): Promise<void> {
  const socket = new WebSocket(url)
  await once(socket, 'open')
  socket.send(JSON.stringify({ token, type: 'ping' }))
  const [data] = await once(socket, 'message')
  if (read(data).type !== 'pong') throw new Error(`A socket was refused: ${data}`)
  sockets.push(socket)
}

/** One message and its answer. */
function talk(socket: WebSocket, message: object): Promise<{ frames: number; firstMs: number }> {
  const startedAt = performance.now()
  const heard = { frames: 0, firstMs: 0 }
  return new Promise((resolve, reject) => {
    const onMessage = (data: unknown) => {
      const { content, done, error } = read(data)
      if (content) {
        heard.frames += 1
        if (heard.frames === 1) heard.firstMs = performance.now() - startedAt
      }
      if (!done) return
      socket.off('message', onMessage)
      if (error) reject(new Error(error))
      else resolve(heard)
    }
    socket.on('message', onMessage)
    socket.send(JSON.stringify(message))
  })
}

const api = {
  /** More sockets, some at a time. */
  async open({ place, count }: { place: ChatPlace; count: number }): Promise<void> {
    const atOnce = 25
    for (let opened = 0; opened < count; opened += atOnce) {
      await Promise.all(Array.from({ length: Math.min(atOnce, count - opened) }, () => connect(place)))
    }
  },
  /** Each of the first sockets says its message. */
  async round({ messages }: SocketRound): Promise<SocketRoundResult> {
    const startedAt = performance.now()
    const heard = await Promise.all(
      messages.map((message, index) => talk(sockets[index] as WebSocket, message)), // as many were opened
    )
    return {
      ms: performance.now() - startedAt,
      frames: heard.reduce((sum, { frames }) => sum + frames, 0),
      firstMs: heard.map(({ firstMs }) => firstMs),
    }
  },
  async close(): Promise<void> {
    const closing = sockets.splice(0)
    await Promise.all(
      closing.map((socket) => {
        const closed = once(socket, 'close')
        socket.close()
        return closed
      }),
    )
  },
}
export type ChatSocketsApi = typeof api

serve(api, async () => {
  for (const socket of sockets) socket.terminate()
})

import { once } from 'node:events'
import WebSocket from 'ws'
import { z } from 'zod'

const Targets = z.array(z.object({ webSocketDebuggerUrl: z.string() })).min(1)
const Usage = z.object({
  usedSize: z.number(),
  backingStorageSize: z.number().default(0),
  embedderHeapUsedSize: z.number().default(0),
})
const Reply = z.object({ id: z.number(), result: z.unknown() })

const MIB = 1_048_576

/** The memory of the Worker's isolate, by its inspector (Chrome DevTools Protocol). */
export class IsolateMemory {
  readonly #socket: WebSocket
  readonly #waiting = new Map<number, PromiseWithResolvers<unknown>>()
  #asked = 0

  constructor(socket: WebSocket) {
    this.#socket = socket
    socket.on('message', (data) => {
      const { success, data: reply } = Reply.safeParse(JSON.parse(String(data)))
      if (!success) return // an event
      this.#waiting.get(reply.id)?.resolve(reply.result)
      this.#waiting.delete(reply.id)
    })
    socket.on('error', () => {}) // its end follows
    socket.on('close', () => {
      for (const reply of this.#waiting.values()) reply.reject(new Error('The inspector has hung up.'))
      this.#waiting.clear()
    })
  }

  static async connect(inspectorPort: number, signal: AbortSignal): Promise<IsolateMemory> {
    const response = await fetch(`http://127.0.0.1:${inspectorPort}/json`, { signal })
    const [target] = Targets.parse(await response.json())
    const socket = new WebSocket(target?.webSocketDebuggerUrl ?? '')
    await once(socket, 'open', { signal })
    const memory = new IsolateMemory(socket)
    await memory.#ask('Runtime.enable')
    await memory.#ask('HeapProfiler.enable')
    return memory
  }

  /** All that is held once what nobody holds is collected: objects, buffers, and the platform's own. */
  async heldMiB(): Promise<number> {
    await this.#ask('HeapProfiler.collectGarbage')
    const { usedSize, backingStorageSize, embedderHeapUsedSize } = Usage.parse(
      await this.#ask('Runtime.getHeapUsage'),
    )
    return (usedSize + backingStorageSize + embedderHeapUsedSize) / MIB
  }

  close(): void {
    this.#socket.terminate()
  }

  #ask(method: string): Promise<unknown> {
    this.#asked += 1
    const id = this.#asked
    const reply = Promise.withResolvers<unknown>()
    this.#waiting.set(id, reply)
    // One that is closed already says so here, and nothing more.
    this.#socket.send(JSON.stringify({ id, method }), (error) => error && reply.reject(error))
    return reply.promise
  }
}

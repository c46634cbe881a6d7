import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'

export interface Badness {
  /** The delay of what comes in, at random between the two, before a part of it goes on. */
  delayMs?: readonly [least: number, most: number]
  /** Each connection is reset after so long, at random between the two. Absent: never. */
  lifeMs?: readonly [least: number, most: number]
  /** The most bytes of a part. Absent: no limit. */
  partBytes?: number
}

const between = ([least, most]: readonly [number, number]) => least + Math.random() * (most - least)

/**
 * A TCP connection as bad networks have it, on 127.0.0.1: bytes arrive late, in other pieces than they were sent in (frames
 * cut in two, or several at once), and the connection breaks at random. None is lost or changed before it breaks.
 */
export class BadProxy {
  readonly origin: string
  /** Connections that were reset on purpose. */
  drops = 0
  readonly #server: Server
  readonly #target: URL
  readonly #badness: Badness
  readonly #sockets = new Set<Socket>()
  /** Connections that carry nothing any more, and stay open. */
  readonly #dead = new WeakSet<Socket>()

  static async start(target: string, badness: Badness = {}): Promise<BadProxy> {
    const server = createServer()
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return new BadProxy(server, new URL(target), badness)
  }

  private constructor(server: Server, target: URL, badness: Badness) {
    const address = server.address()
    if (address === null || typeof address === 'string') throw new Error('No port was given.')
    this.origin = `http://127.0.0.1:${address.port}`
    this.#server = server
    this.#target = target
    this.#badness = badness
    server.on('connection', (client) => this.#join(client))
  }

  /** From now on the connections that are open carry nothing, in neither direction, and nobody is told. */
  swallow(): void {
    for (const socket of this.#sockets) this.#dead.add(socket)
  }

  /** Resets the connections that are open; new ones are taken. */
  cut(): void {
    this.drops += 1
    for (const socket of this.#sockets) socket.resetAndDestroy()
  }

  async close(): Promise<void> {
    this.#server.close()
    for (const socket of this.#sockets) socket.destroy()
    await once(this.#server, 'close')
  }

  #join(client: Socket): void {
    const { hostname, port } = this.#target
    const edge = connect(Number(port), hostname)
    for (const socket of [client, edge]) {
      socket.setNoDelay(true) // each piece is a segment of its own
      socket.on('error', () => {}) // 'close' follows, and is what counts
      this.#sockets.add(socket)
    }
    const { lifeMs } = this.#badness
    const reset = () => {
      this.drops += 1
      client.resetAndDestroy()
      edge.resetAndDestroy()
    }
    // The badness itself, and no wait: no test awaits this timer, tests wait for what the reset makes happen.
    const life = lifeMs && setTimeout(reset, between(lifeMs))
    this.#carry(client, edge)
    this.#carry(edge, client)
    for (const socket of [client, edge]) {
      socket.on('close', () => {
        clearTimeout(life)
        this.#sockets.delete(socket)
        if (this.#dead.has(socket)) return
        client.destroy()
        edge.destroy()
      })
    }
  }

  /** Passes bytes on in order, late and in pieces of any length: what is left over goes with what comes next. */
  #carry(from: Socket, to: Socket): void {
    let waiting = Buffer.alloc(0)
    let isAtWork = false
    let hasEnded = false
    const work = async () => {
      isAtWork = true
      while (waiting.length > 0 && !to.destroyed) {
        const { delayMs, partBytes } = this.#badness
        if (delayMs) await pause(between(delayMs))
        const isWhole = !delayMs || Math.random() < 0.5
        const most = Math.min(waiting.length, partBytes ?? waiting.length)
        const length = isWhole ? most : Math.ceil(Math.random() * most)
        if (!this.#dead.has(from)) to.write(waiting.subarray(0, length))
        waiting = waiting.subarray(length)
      }
      isAtWork = false
      if (hasEnded && !this.#dead.has(from)) to.end()
    }
    from.on('data', (data) => {
      waiting = Buffer.concat([waiting, data])
      if (!isAtWork) void work()
    })
    from.on('end', () => {
      hasEnded = true
      if (!isAtWork && !this.#dead.has(from)) to.end()
    })
  }
}

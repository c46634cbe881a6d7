import { subscribe } from 'node:diagnostics_channel'
import type { Socket } from 'node:net'
import { serve } from './helper-process.ts'
import { type LinkPlace, linkNode } from './node-link.ts'
import { NullEngine, type Pace } from './null-engine.ts'

// A process with a real node around an engine that computes nothing.

/** The socket of the link is the last one this process opened: joining comes before dialling. */
let linkSocket: Socket | undefined
subscribe('net.client.socket', (message) => {
  linkSocket = (message as { socket: Socket }).socket // as Node documents this channel
})

/**
 * As fast as the link takes them. An engine is not told how the link fares, so this one looks at the socket and waits
 * before the outbox would begin to join deltas: every frame then is one decode step.
 */
const linkPace: Pace = {
  whenDue(go) {
    if (linkSocket?.writableNeedDrain && !linkSocket.destroyed) linkSocket.once('drain', go)
    else setImmediate(go) // between steps the event loop runs, so that new calls and cancels get in
  },
}

/** A decode step at fixed times, as a GPU of that speed would have them; late ones follow at once. */
function steadyPace(stepsPerSecond: number): Pace {
  let dueMs = performance.now()
  return {
    whenDue(go) {
      const now = performance.now()
      dueMs = Math.max(dueMs + 1_000 / stepsPerSecond, now - 1_000)
      // Timers are no finer than a millisecond: what is due within one is sent in one go, frame by frame.
      if (dueMs <= now) setImmediate(go)
      else setTimeout(go, dueMs - now)
    },
  }
}

const stop = new AbortController()
let running: Promise<void> | undefined

const api = {
  /** Returns at once; the edge knows when the node is there. Without a number of steps it is as fast as its link. */
  async start({
    place,
    stepsPerSecond,
  }: {
    place: LinkPlace
    stepsPerSecond?: number | undefined
  }): Promise<void> {
    const createEngine = async (emit: ConstructorParameters<typeof NullEngine>[0]) =>
      new NullEngine(emit, stepsPerSecond === undefined ? linkPace : steadyPace(stepsPerSecond))
    running = linkNode(place, createEngine, stop.signal)
    running.catch((thrown) => {
      console.error(thrown)
      process.exit(1)
    })
  },
  async cpuMs(): Promise<number> {
    const { user, system } = process.cpuUsage()
    return (user + system) / 1_000
  },
}
export type NullNodeApi = typeof api

serve(api, async () => {
  stop.abort()
  await running
})

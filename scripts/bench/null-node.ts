import { subscribe } from 'node:diagnostics_channel'
import type { Socket } from 'node:net'
import type { Engine, EngineEvent } from '../../gpu-node/engine/engine.ts'
import type { GenerationRequest } from '../../shared/generation.ts'
import { DirectRounds } from './direct-rounds.ts'
import { serve } from './helper-process.ts'
import { type LinkPlace, linkNode } from './node-link.ts'
import { NullEngine, type Pace } from './null-engine.ts'

// A process with a real node around an engine that computes nothing, which can also be driven without the link.

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
const direct = new DirectRounds()
let running: Promise<void> | undefined
let engine: Engine | undefined

const api = {
  /** Returns at once; the edge knows when the node is there. Without a number of steps it is as fast as its link. */
  async start({
    place,
    stepsPerSecond,
    slots,
  }: {
    place: LinkPlace
    stepsPerSecond?: number | undefined
    slots?: number | undefined
  }): Promise<void> {
    const createEngine = async (emit: (event: EngineEvent) => void) => {
      const take = (event: EngineEvent) => {
        if (!direct.take(event)) emit(event)
      }
      engine = new NullEngine(
        take,
        stepsPerSecond === undefined ? linkPace : steadyPace(stepsPerSecond),
        slots,
      )
      return engine
    }
    running = linkNode(place, createEngine, stop.signal)
    running.catch((thrown) => {
      console.error(thrown)
      process.exit(1)
    })
  },
  /** A round without edge and link. */
  async round({ requests }: { requests: GenerationRequest[] }) {
    if (!engine) throw new Error('The engine is not there yet.')
    return direct.run(engine, requests)
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

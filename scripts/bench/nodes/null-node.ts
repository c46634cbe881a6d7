import { subscribe } from 'node:diagnostics_channel'
import type { Socket } from 'node:net'
import type { GenerationRequest } from '../../../shared/generation.ts'
import { cpuMs, serve } from '../helper-process.ts'
import { DrivenNode } from './driven-node.ts'
import type { LinkPlace } from './node-link.ts'
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

const node = new DrivenNode<NullEngine>()

const api = {
  /** Returns at once; the edge knows when the node is there. Without a number of steps it is as fast as its link. */
  async start({
    place,
    stepsPerSecond,
    slots,
    texts,
  }: {
    place: LinkPlace
    stepsPerSecond?: number | undefined
    slots?: number | undefined
    texts?: readonly string[] | undefined
  }): Promise<void> {
    const pace = stepsPerSecond === undefined ? linkPace : steadyPace(stepsPerSecond)
    node.start(place, async (emit) => new NullEngine(emit, pace, { slots, texts }))
  },
  /** A round without edge and link. */
  async round({ requests }: { requests: GenerationRequest[] }) {
    return node.round(requests)
  },
  /** The generations that it was asked for since this was asked the last time. */
  async requests(): Promise<GenerationRequest[]> {
    return node.engine?.takeRequests() ?? []
  },
  async cpuMs(): Promise<number> {
    return cpuMs()
  },
}
export type NullNodeApi = typeof api

serve(api, () => node.stop())

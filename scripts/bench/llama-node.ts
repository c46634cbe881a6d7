import type { EngineEvent } from '../../gpu-node/engine/engine.ts'
import { createLlamaEngine, type LlamaEngine } from '../../gpu-node/engine/llama.ts'
import type { ModelSpec } from '../../gpu-node/engine/messages.ts'
import type { GenerationRequest } from '../../shared/generation.ts'
import { COLLECT_SIGNAL, collectGarbage } from './collect-on-signal.ts'
import { DirectRounds } from './direct-rounds.ts'
import { serve } from './helper-process.ts'
import { benchLog, type LinkPlace, linkNode } from './node-link.ts'

// A process with a real node around the real engine, which can also be driven without the link.

const MIB = 1024 * 1024

const stop = new AbortController()
const direct = new DirectRounds()
let running: Promise<void> | undefined
let engine: LlamaEngine | undefined
let gaugedMiB: number | null = null
let relayedSteps = 0

const api = {
  /** Returns at once; the edge knows when the node is there. */
  async start({
    place,
    model,
    threads,
  }: {
    place: LinkPlace
    model: ModelSpec
    threads: number
  }): Promise<void> {
    // Of the engine's process.
    const { NODE_OPTIONS = '' } = process.env
    process.env.NODE_OPTIONS = `${NODE_OPTIONS} --import=${new URL('./collect-on-signal.ts', import.meta.url)}`
    const createEngine = async (emit: (event: EngineEvent) => void) => {
      engine = await createLlamaEngine({ models: [model], threads, gpu: false, log: benchLog }, (event) => {
        if (event.type === 'gauge') gaugedMiB = event.gauge.rssMiB
        if (direct.take(event)) return
        if (event.type === 'step') relayedSteps += 1
        emit(event)
      })
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
  /** Decode steps that went out over the link. */
  async relayedSteps(): Promise<number> {
    return relayedSteps
  },
  async cpuMs(): Promise<number> {
    const { user, system } = process.cpuUsage()
    return (user + system) / 1_000
  },
  /** Resident memory of this process and, as the engine says it itself, of its own. */
  async memoryMiB(): Promise<{ node: number; engine: number }> {
    const node = process.memoryUsage.rss() / MIB
    return { node, engine: Math.max(0, (gaugedMiB ?? 0) - node) }
  },
  /** Lets go of what nobody holds, here and in the engine's process. */
  async collect(): Promise<{ node: number; engine: number | undefined }> {
    const pids = { node: process.pid, engine: engine?.pids[0] }
    if (pids.engine !== undefined && COLLECT_SIGNAL) process.kill(pids.engine, COLLECT_SIGNAL)
    collectGarbage()
    return pids
  },
}
export type LlamaNodeApi = typeof api

serve(api, async () => {
  stop.abort()
  await running
})

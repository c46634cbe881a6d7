import { createLlamaEngine, type LlamaEngine } from '../../../gpu-node/engine/llama.ts'
import type { ModelSpec } from '../../../gpu-node/engine/messages.ts'
import type { GenerationRequest } from '../../../shared/generation.ts'
import { MIB } from '../../../shared/units.ts'
import { cpuMs, serve } from '../helper-process.ts'
import { COLLECT_SIGNAL, collectGarbage } from './collect-on-signal.ts'
import { DrivenNode } from './driven-node.ts'
import { benchLog, type LinkPlace } from './node-link.ts'

// A process with a real node around the real engine, which can also be driven without the link.

const node = new DrivenNode<LlamaEngine>()
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
    node.start(place, (emit) =>
      createLlamaEngine({ models: [model], threads, gpu: false, log: benchLog }, (event) => {
        if (event.type === 'gauge') gaugedMiB = event.gauge.rssMiB
        const isRelayed = emit(event)
        if (isRelayed && event.type === 'step') relayedSteps += 1
      }),
    )
  },
  /** A round without edge and link. */
  async round({ requests }: { requests: GenerationRequest[] }) {
    return node.round(requests)
  },
  /** Decode steps that went out over the link. */
  async relayedSteps(): Promise<number> {
    return relayedSteps
  },
  async cpuMs(): Promise<number> {
    return cpuMs()
  },
  /** Resident memory of this process and, as the engine says it itself, of its own. */
  async memoryMiB(): Promise<{ node: number; engine: number }> {
    const ownMiB = process.memoryUsage.rss() / MIB
    return { node: ownMiB, engine: Math.max(0, (gaugedMiB ?? 0) - ownMiB) }
  },
  /** Lets go of what nobody holds, here and in the engine's process. */
  async collect(): Promise<{ node: number; engine: number | undefined }> {
    const pids = { node: process.pid, engine: node.engine?.pids[0] }
    if (pids.engine !== undefined && COLLECT_SIGNAL) process.kill(pids.engine, COLLECT_SIGNAL)
    collectGarbage()
    return pids
  },
}
export type LlamaNodeApi = typeof api

serve(api, () => node.stop())

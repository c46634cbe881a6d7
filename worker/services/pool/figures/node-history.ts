import type { NodeView } from '../node-view.ts'

/** How close together the samples of a node lie, and how far back they go. */
export const SAMPLE_EVERY_MS = 5_000
export const HISTORY_MS = 60 * 60 * 1_000
const MAX_SAMPLES = HISTORY_MS / SAMPLE_EVERY_MS

/** A look at a node. What it has not measured is null. */
export interface NodeSample {
  /** Epoch ms. */
  at: number
  tokensPerSecond: number | null
  /** Calls that ran, and that waited, of all its models. */
  active: number
  queued: number
  rssMiB: number | null
  vramUsedMiB: number | null
}

const sumOf = (loads: NodeView['load'], of: 'active' | 'queued'): number =>
  [...loads.values()].reduce((sum, load) => sum + load[of], 0)

/** The last hour of each node, in memory: a plot of it begins full, and after an eviction with what came since. */
export class NodeHistory {
  readonly #samples = new Map<string, NodeSample[]>()
  readonly #now: () => number

  constructor(now: () => number = Date.now) {
    this.#now = now
  }

  /** Takes a sample of a linked node, unless the last is younger than `SAMPLE_EVERY_MS`. */
  note({ nodeId, linked, gauge, load }: Pick<NodeView, 'nodeId' | 'linked' | 'gauge' | 'load'>): void {
    if (!linked) return
    const at = this.#now()
    const samples = this.#samples.get(nodeId) ?? []
    const last = samples.at(-1)
    if (last && at - last.at < SAMPLE_EVERY_MS) return
    const { tokensPerSecond = null, rssMiB = null, vramUsedMiB = null } = gauge ?? {}
    samples.push({
      ...{ at, tokensPerSecond, rssMiB, vramUsedMiB },
      active: sumOf(load, 'active'),
      queued: sumOf(load, 'queued'),
    })
    if (samples.length > MAX_SAMPLES) samples.shift()
    this.#samples.set(nodeId, samples)
  }

  forget(nodeId: string): void {
    this.#samples.delete(nodeId)
  }

  /** The samples of the last hour, the oldest first, by node. */
  all(): Map<string, NodeSample[]> {
    const since = this.#now() - HISTORY_MS
    return new Map(
      [...this.#samples].map(([nodeId, samples]) => [nodeId, samples.filter(({ at }) => at > since)]),
    )
  }
}

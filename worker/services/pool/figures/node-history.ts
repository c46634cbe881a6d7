import type { NodeView } from '../node-view.ts'

/** How close together the samples of a node lie, and how far back they go. */
export const SAMPLE_EVERY_MS = 5_000
export const HISTORY_MS = 60 * 60 * 1_000
const MAX_SAMPLES = HISTORY_MS / SAMPLE_EVERY_MS
const MINUTE_MS = 60_000
/** As many minutes as a history may touch: each takes the place of the one that has grown too old. */
const KEPT_MINUTES = HISTORY_MS / MINUTE_MS + 1

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

/** Where the samples of each minute stay while nobody holds them in memory. */
export interface HistoryStore {
  /** Keeps a minute of a node in the place of that number. */
  put(nodeId: string, place: number, minute: readonly NodeSample[]): void
  /** The minute that is kept in that place. */
  get(nodeId: string, place: number): readonly NodeSample[]
  /** All that was kept, in any order. */
  all(): Iterable<readonly [nodeId: string, minute: readonly NodeSample[]]>
  /** Drops all of a node. */
  remove(nodeId: string): void
}

/** The last hour of each node: a plot of it begins full, also where nodes were silent for so long that their directory was evicted. */
export class NodeHistory {
  readonly #samples = new Map<string, NodeSample[]>()
  readonly #store: HistoryStore
  readonly #now: () => number
  /** Kept samples are read when somebody asks: a directory that only places calls does not need it. */
  #isRead = false

  constructor(store: HistoryStore, now: () => number = Date.now) {
    this.#store = store
    this.#now = now
  }

  /** Takes a sample of a linked node, unless the last is younger than `SAMPLE_EVERY_MS`. */
  note({ nodeId, linked, gauge, load }: Pick<NodeView, 'nodeId' | 'linked' | 'gauge' | 'load'>): void {
    if (!linked) return
    const at = this.#now()
    const minute = Math.floor(at / MINUTE_MS)
    const isOfMinute = (sample: NodeSample) => Math.floor(sample.at / MINUTE_MS) === minute
    const place = minute % KEPT_MINUTES
    // After an eviction within a minute its first samples are to stay.
    const samples = this.#samples.get(nodeId) ?? this.#store.get(nodeId, place).filter(isOfMinute)
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
    this.#store.put(nodeId, place, samples.filter(isOfMinute))
  }

  forget(nodeId: string): void {
    this.#samples.delete(nodeId)
    this.#store.remove(nodeId)
  }

  /** The samples of the last hour, the oldest first, by node. */
  all(): Map<string, NodeSample[]> {
    this.#read()
    const since = this.#now() - HISTORY_MS
    return new Map(
      [...this.#samples].map(([nodeId, samples]) => [nodeId, samples.filter(({ at }) => at > since)]),
    )
  }

  #read(): void {
    if (this.#isRead) return
    this.#isRead = true
    for (const [nodeId, minute] of this.#store.all()) {
      const known = this.#samples.get(nodeId) ?? []
      const times = new Set(known.map(({ at }) => at))
      const all = [...known, ...minute.filter(({ at }) => !times.has(at))]
      this.#samples.set(
        nodeId,
        all.toSorted((a, b) => a.at - b.at),
      )
    }
  }
}

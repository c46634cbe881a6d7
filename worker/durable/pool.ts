import { DurableObject } from 'cloudflare:workers'
import { causeOf } from '../../shared/failure-cause.ts'
import { createLogger } from '../../shared/log.ts'
import { DEFAULT_REGION, type NodeGauge, type NodeHello, servedIds, tunedBaseOf } from '../../shared/node.ts'
import { type HistoryStore, NodeHistory, type NodeSample } from '../services/pool/figures/node-history.ts'
import type { NodeReport, NodeView } from '../services/pool/node-view.ts'
import type { PoolStub } from '../services/pool/pool-view.ts'
import type { RegionChanges, RegionCursor } from '../services/pool/region-changes.ts'
import { RegionIndex } from '../services/pool/region-index.ts'
import type { Regions } from '../services/pool/regions.ts'
import type { Serves } from '../services/stubs.ts'

/** The list of regions that have nodes, as one of them sees to it. */
export type RegionList = Pick<Regions, 'add' | 'remove'>

/** Models of one node that the directory remembers; the newest stay. */
export const MAX_EVER_HELD = 1_024

const NOTHING_RUNS = { gauge: null, load: new Map(), openCalls: 0 }

const everHeldOf = (known: readonly string[], hello: NodeHello): string[] =>
  [
    ...new Set([...known, ...hello.models.flatMap(servedIds).filter((id) => tunedBaseOf(id) === undefined)]),
  ].slice(-MAX_EVER_HELD)

const loadOf = (told: NodeReport['load'] = {}): NodeView['load'] =>
  told instanceof Map ? told : new Map(Object.entries(told))

/** Two reports carry the same object only in copies. */
const isSame = (one: NodeGauge | null, other: NodeGauge | null): boolean =>
  JSON.stringify(one) === JSON.stringify(other)

const HISTORY_PREFIX = 'history:'

/** Minutes of nodes as rows of an object's storage. Unconfirmed, as all that links say. */
const historyStore = (storage: DurableObjectStorage): HistoryStore => ({
  put: (nodeId, place, minute) => {
    storage.put(`${HISTORY_PREFIX}${nodeId}:${place}`, minute, { allowUnconfirmed: true })
  },
  get: (nodeId, place) => storage.kv.get(`${HISTORY_PREFIX}${nodeId}:${place}`) ?? [],
  *all() {
    for (const [key, minute] of storage.kv.list<NodeSample[]>({ prefix: HISTORY_PREFIX })) {
      yield [key.slice(HISTORY_PREFIX.length, key.lastIndexOf(':')), minute]
    }
  },
  remove: (nodeId) => {
    const kept = storage.kv.list({ prefix: `${HISTORY_PREFIX}${nodeId}:` })
    for (const key of [...kept].map(([name]) => name)) storage.kv.delete(key)
  },
})

/**
 * One region's directory: which nodes exist, what they hold, how busy they are. Keyed by region. Introductions, gauges (a
 * node says only what has changed), the last hour and what was counted survive eviction in its storage; load lives in memory and comes
 * anew with the next report.
 */
export class PoolObject extends DurableObject<Cloudflare.Env> implements Serves<PoolStub> {
  readonly #regions: () => RegionList
  readonly #nodes = new Map<string, NodeView>()
  readonly #index = new RegionIndex()
  readonly #history: NodeHistory
  readonly #log = createLogger((line) => console.log(line), { part: 'pool' })
  /** Whether the region is in the list of those that have nodes; undefined until this object has seen to it. */
  #isListed: boolean | undefined
  #listing: Promise<void> = Promise.resolve()

  constructor(ctx: DurableObjectState, env: Cloudflare.Env, regions: () => RegionList) {
    super(ctx, env)
    this.#regions = regions
    this.#history = new NodeHistory(historyStore(ctx.storage))
    for (const [key, value] of ctx.storage.kv.list<NodeView>({ prefix: 'node:' })) {
      const nodeId = key.slice('node:'.length)
      const metrics = ctx.storage.kv.get<NodeView['metrics']>(`metrics:${nodeId}`) ?? {}
      const gauge = ctx.storage.kv.get<NodeGauge>(`gauge:${nodeId}`) ?? null
      this.#keep({ ...value, ...NOTHING_RUNS, gauge, metrics })
    }
  }

  report(nodeId: string, report: NodeReport): void {
    const known = this.#nodes.get(nodeId)
    const hello = report.hello ?? known?.hello
    if (!hello) return // a link says hello before anything else; only a removed node's last words get here
    const linked = report.linked ?? known?.linked ?? false
    const view: NodeView = {
      nodeId,
      linked,
      draining: linked && (report.draining ?? known?.draining ?? false),
      hello,
      everHeld:
        known && !report.hello && !report.everHeld
          ? known.everHeld
          : everHeldOf([...(report.everHeld ?? []), ...(known?.everHeld ?? [])], hello),
      gauge: linked ? (report.gauge === undefined ? (known?.gauge ?? null) : report.gauge) : null,
      load: linked ? loadOf(report.load ?? known?.load) : new Map(),
      openCalls: linked ? (report.openCalls ?? known?.openCalls ?? 0) : 0,
      metrics: report.metrics ?? known?.metrics ?? {},
      since: known?.linked === linked ? known.since : Date.now(),
    }
    this.#keep(view)
    this.#history.note(view)
    this.#listSelf()
    // Unconfirmed: no link should wait for a disk.
    const options = { allowUnconfirmed: true }
    if (report.metrics) this.ctx.storage.put(`metrics:${nodeId}`, report.metrics, options)
    if (!isSame(view.gauge, known?.gauge ?? null)) {
      if (view.gauge) this.ctx.storage.put(`gauge:${nodeId}`, view.gauge, options)
      else this.ctx.storage.delete(`gauge:${nodeId}`, options)
    }
    if (report.hello || known?.linked !== linked || known.draining !== view.draining) {
      this.ctx.storage.kv.put(`node:${nodeId}`, { ...view, ...NOTHING_RUNS, metrics: {} })
    }
  }

  /** A revoked node is forgotten, and one that is in another region now. Returns the models that it ever held. */
  remove(nodeId: string): readonly string[] {
    const { everHeld = [] } = this.#nodes.get(nodeId) ?? {}
    this.#nodes.delete(nodeId)
    this.#index.remove(nodeId)
    this.#history.forget(nodeId)
    this.ctx.storage.kv.delete(`node:${nodeId}`)
    this.ctx.storage.kv.delete(`metrics:${nodeId}`)
    this.ctx.storage.kv.delete(`gauge:${nodeId}`)
    this.#listSelf()
    return everHeld
  }

  /** The changes that a reader does not know yet, for placement. */
  changes(known: RegionCursor | undefined): RegionChanges {
    return this.#index.changesSince(known)
  }

  /** All that is known of every node: for those who list them. */
  snapshot(): NodeView[] {
    return [...this.#nodes.values()]
  }

  /** The last hour of each node. */
  history(): Map<string, NodeSample[]> {
    return this.#history.all()
  }

  /** All that is known of one. */
  view(nodeId: string): NodeView | undefined {
    return this.#nodes.get(nodeId)
  }

  #keep(view: NodeView): void {
    this.#nodes.set(view.nodeId, view)
    this.#index.put(view)
  }

  /** Isolates ask the regions that are listed. One change after the other, so that the last one stands. */
  #listSelf(): void {
    const { name } = this.ctx.id
    if (name === undefined || name === DEFAULT_REGION || this.#nodes.size > 0 === this.#isListed) return
    const regions = this.#regions()
    this.#listing = this.#listing.then(async () => {
      const hasNodes = this.#nodes.size > 0
      if (hasNodes === this.#isListed) return
      try {
        await (hasNodes ? regions.add(name) : regions.remove(name))
        this.#isListed = hasNodes
      } catch (thrown) {
        // Tried again with the next report.
        this.#log.error('pool.unlisted', { region: name, cause: causeOf(thrown) })
      }
    })
    this.ctx.waitUntil(this.#listing)
  }
}

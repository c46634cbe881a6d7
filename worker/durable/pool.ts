import { DurableObject } from 'cloudflare:workers'
import { type NodeGauge, type NodeHello, servedIds } from '../../shared/node.ts'
import type { NodeReport, NodeView } from '../services/pool/node-view.ts'
import type { PoolStub } from '../services/pool/pool-view.ts'
import type { RegionChanges, RegionCursor } from '../services/pool/region-changes.ts'
import { RegionIndex } from '../services/pool/region-index.ts'
import type { Serves } from '../services/stubs.ts'

/** Models of one node that the directory remembers; the newest stay. */
export const MAX_EVER_HELD = 1_024

const NOTHING_RUNS = { gauge: null, load: new Map(), openCalls: 0 }

const everHeldOf = (known: readonly string[], hello: NodeHello): string[] =>
  [...new Set([...known, ...hello.models.flatMap(servedIds)])].slice(-MAX_EVER_HELD)

const loadOf = (told: NodeReport['load'] = {}): NodeView['load'] =>
  told instanceof Map ? told : new Map(Object.entries(told))

/** Two reports carry the same object only in copies. */
const isSame = (one: NodeGauge | null, other: NodeGauge | null): boolean =>
  JSON.stringify(one) === JSON.stringify(other)

/**
 * One region's directory: which nodes exist, what they hold, how busy they are. Keyed by region. Introductions, gauges (a
 * node says only what has changed) and what was counted survive eviction in its storage; load lives in memory and comes
 * anew with the next report.
 */
export class Pool extends DurableObject<Cloudflare.Env> implements Serves<PoolStub> {
  readonly #nodes = new Map<string, NodeView>()
  readonly #index = new RegionIndex()

  constructor(ctx: DurableObjectState, env: Cloudflare.Env) {
    super(ctx, env)
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
      everHeld: report.hello || !known ? everHeldOf(known?.everHeld ?? [], hello) : known.everHeld,
      gauge: linked ? (report.gauge === undefined ? (known?.gauge ?? null) : report.gauge) : null,
      load: linked ? loadOf(report.load ?? known?.load) : new Map(),
      openCalls: linked ? (report.openCalls ?? known?.openCalls ?? 0) : 0,
      metrics: report.metrics ?? known?.metrics ?? {},
      since: known?.linked === linked ? known.since : Date.now(),
    }
    this.#keep(view)
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

  /** A revoked node is forgotten with its models. */
  remove(nodeId: string): void {
    this.#nodes.delete(nodeId)
    this.#index.remove(nodeId)
    this.ctx.storage.kv.delete(`node:${nodeId}`)
    this.ctx.storage.kv.delete(`metrics:${nodeId}`)
    this.ctx.storage.kv.delete(`gauge:${nodeId}`)
  }

  /** The changes that a reader does not know yet, for placement. */
  changes(known: RegionCursor | undefined): RegionChanges {
    return this.#index.changesSince(known)
  }

  /** All that is known of every node: for those who list them. */
  snapshot(): NodeView[] {
    return [...this.#nodes.values()]
  }

  /** All that is known of one. */
  view(nodeId: string): NodeView | undefined {
    return this.#nodes.get(nodeId)
  }

  #keep(view: NodeView): void {
    this.#nodes.set(view.nodeId, view)
    this.#index.put(view)
  }
}

import { causeOf } from '../../../shared/failure-cause.ts'
import type { Logger } from '../../../shared/log.ts'
import { DEFAULT_REGION } from '../../../shared/node.ts'
import type { NodeReport } from '../../services/pool/node-view.ts'
import type { PoolStub } from '../../services/pool/pool-view.ts'
import type { LinkMetrics } from './link-metrics.ts'
import { NodeReporter } from './node-reporter.ts'

export interface DirectoryEntryOptions {
  storage: DurableObjectStorage
  pool: (region: string) => PoolStub
  /** The node, once it is known which. */
  nodeId: () => string | undefined
  metrics: LinkMetrics
  /** Keeps the object alive until the work is done. */
  waitUntil: (work: Promise<unknown>) => void
  log: Logger
}

/**
 * A node's place in the directory: which region's it is, and what that is told. A node is in one region; that it has left
 * another is remembered until the other one knows.
 */
export class DirectoryEntry {
  readonly #options: DirectoryEntryOptions
  readonly #reporter: NodeReporter

  constructor(options: DirectoryEntryOptions) {
    const { waitUntil, log } = options
    this.#options = options
    const send = (nodeId: string, report: NodeReport) => options.pool(this.region).report(nodeId, report)
    this.#reporter = new NodeReporter({ send, waitUntil, log })
  }

  /** An earlier version knew one region, and kept no word of it. */
  get region(): string {
    return this.#options.storage.kv.get<string>('region') ?? DEFAULT_REGION
  }

  get #left(): readonly string[] {
    return this.#options.storage.kv.get<string[]>('leftRegions') ?? []
  }

  /** The node is in this region from now on. The report that follows must hold its hello and all that was counted. */
  moveTo(region: string): void {
    const { storage, waitUntil } = this.#options
    const wasKnown = storage.kv.get('region') !== undefined || storage.kv.get('hello') !== undefined
    const left = wasKnown ? [...this.#left, this.region] : []
    storage.kv.put('region', region)
    this.#setLeft(left.filter((name) => name !== region))
    waitUntil(this.leave())
  }

  /** Every region forgets the node, as far as it can be told now. */
  forget(): Promise<boolean> {
    this.#setLeft([...this.#left, this.region])
    this.#options.storage.kv.delete('region')
    return this.leave()
  }

  /** Tells the regions that the node has left. False when one of them is still to be told. */
  async leave(): Promise<boolean> {
    await Promise.all(this.#left.map((region) => this.#leave(region)))
    return this.#left.length === 0
  }

  tell(report: NodeReport): void {
    const nodeId = this.#options.nodeId()
    if (nodeId) this.#reporter.tell(nodeId, report)
  }

  /** Tells at most once in an interval, with what is true at its end; nothing when there is no node any more. */
  tellSoon(read: () => NodeReport | undefined): void {
    this.#reporter.tellSoon(() => {
      const [nodeId, report] = [this.#options.nodeId(), read()]
      return nodeId && report ? { nodeId, report } : undefined
    })
  }

  /** Stores what was counted, if that has changed, and says it for the directory. */
  keepMetrics(): Pick<NodeReport, 'metrics'> {
    const { storage, metrics: counted } = this.#options
    const metrics = counted.takeChanged()
    if (!metrics) return {}
    // Unconfirmed, since no frame and no answer should wait for a disk.
    storage.put('metrics', metrics, { allowUnconfirmed: true })
    return { metrics }
  }

  #setLeft(regions: readonly string[]): void {
    const { kv } = this.#options.storage
    if (regions.length > 0) kv.put('leftRegions', [...new Set(regions)])
    else kv.delete('leftRegions')
  }

  async #leave(region: string): Promise<void> {
    const { storage, pool, log } = this.#options
    const nodeId = this.#options.nodeId()
    if (!nodeId) return
    try {
      const everHeld = await pool(region).remove(nodeId)
      this.#setLeft(this.#left.filter((name) => name !== region))
      if (everHeld.length > 0 && storage.kv.get('region') !== undefined) this.tell({ everHeld })
    } catch (thrown) {
      log.error('pool.not_left', { nodeId, region, cause: causeOf(thrown) })
    }
  }
}

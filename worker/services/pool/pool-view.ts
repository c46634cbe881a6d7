import { causeOf } from '../../../shared/failure-cause.ts'
import type { Logger } from '../../../shared/log.ts'
import { DEFAULT_REGION } from '../../../shared/node.ts'
import type { NodeSample } from './figures/node-history.ts'
import type { NodeReport, NodeView } from './node-view.ts'
import type { RegionChanges, RegionCursor } from './region-changes.ts'
import { RegionSnapshot } from './region-snapshot.ts'

/** A region's directory, as services and links ask it. */
export interface PoolStub {
  /** For placement: what a reader does not know yet. */
  changes(known: RegionCursor | undefined): Promise<RegionChanges>
  /** All that is known of every node, for those who list them. */
  snapshot(): Promise<NodeView[]>
  /** The last hour of each node, as far as the object remembers it. */
  history(): Promise<Map<string, NodeSample[]>>
  /** All that is known of one. */
  view(nodeId: string): Promise<NodeView | undefined>
  report(nodeId: string, report: NodeReport): Promise<void>
  /** A node that is no longer in this region is forgotten. Answers with the models that it ever held. */
  remove(nodeId: string): Promise<readonly string[]>
}

/** A region's directory is asked at most this often by one isolate. */
export const SNAPSHOT_MAX_AGE_MS = 1_000

/** …but for a call that finds its nodes gone: it asks again about what it knows for longer than this. */
export const RENEWAL_MIN_AGE_MS = 100

/** How long an isolate goes by the regions that it knows, while its own has what it needs. */
export const REGIONS_MAX_AGE_MS = 5_000

export interface PoolViewOptions {
  /** The regions that have nodes. */
  listRegions: () => Promise<readonly string[]>
  /** The changes of a region's directory that were not known. */
  changes: (region: string, known: RegionCursor | undefined) => Promise<RegionChanges>
  log: Logger
  now?: () => number
}

/** One isolate's view of the pool, at most a second old. A region that cannot be asked stays as it was known last. */
export interface PoolView {
  /** Says where the isolate is: names of regions that would be its own, the best first. */
  locate(places: readonly string[]): void
  /** As it was said last. */
  readonly places: readonly string[]
  /** The isolate's own region. */
  home(): Promise<RegionSnapshot>
  /** Every other one. */
  others(): Promise<RegionSnapshot[]>
  /** Every region, the isolate's own first. */
  all(): Promise<RegionSnapshot[]>
  /**
   * For one who has found that what is known is not so any more: asks again, out of turn. False where all of it is too new
   * to be asked for again: `home` and `others` say what they did before.
   */
  renew(): Promise<boolean>
}

/** One region as an isolate knows it. */
class KnownRegion {
  readonly #snapshot = new RegionSnapshot()
  #askedAt = Number.NEGATIVE_INFINITY

  isOlderThan(ageMs: number, now: number): boolean {
    return now - this.#askedAt >= ageMs
  }

  async read(name: string, options: PoolViewOptions): Promise<RegionSnapshot> {
    const { now = Date.now } = options
    return this.isOlderThan(SNAPSHOT_MAX_AGE_MS, now()) ? this.renew(name, options) : this.#snapshot
  }

  async renew(name: string, { changes, log, now = Date.now }: PoolViewOptions): Promise<RegionSnapshot> {
    // Others need not wait for what this request asks, once there is something that they can go by.
    if (this.#snapshot.cursor) this.#askedAt = now()
    try {
      this.#snapshot.apply(await changes(name, this.#snapshot.cursor))
    } catch (thrown) {
      log.error('pool.unreadable', { region: name, cause: causeOf(thrown) })
    }
    this.#askedAt = now()
    return this.#snapshot
  }
}

/** The directory behind a short cache. Holds finished values only: a request must not wait for another's promise. */
export function createPoolView(options: PoolViewOptions): PoolView {
  const { listRegions, log, now = Date.now } = options
  const regions = new Map([[DEFAULT_REGION, new KnownRegion()]])
  let listedAt = Number.NEGATIVE_INFINITY
  let places: readonly string[] = []

  async function list(maxAgeMs: number): Promise<void> {
    if (now() - listedAt < maxAgeMs) return
    try {
      const names = new Set([DEFAULT_REGION, ...(await listRegions())])
      for (const name of regions.keys()) if (!names.has(name)) regions.delete(name)
      for (const name of names) if (!regions.has(name)) regions.set(name, new KnownRegion())
    } catch (thrown) {
      log.error('pool.regions_unreadable', { cause: causeOf(thrown) })
    }
    listedAt = now()
  }

  const homeName = (): string => places.find((place) => regions.has(place)) ?? DEFAULT_REGION

  const view: PoolView = {
    locate(found) {
      places = found
    },

    get places() {
      return places
    },

    async home() {
      await list(REGIONS_MAX_AGE_MS)
      const name = homeName()
      return (regions.get(name) ?? new KnownRegion()).read(name, options)
    },

    async others() {
      await list(SNAPSHOT_MAX_AGE_MS)
      const home = homeName()
      const rest = [...regions].filter(([name]) => name !== home)
      return Promise.all(rest.map(([name, region]) => region.read(name, options)))
    },

    all: async () => [await view.home(), ...(await view.others())],

    async renew() {
      const old = [...regions].filter(([, region]) => region.isOlderThan(RENEWAL_MIN_AGE_MS, now()))
      await Promise.all(old.map(([name, region]) => region.renew(name, options)))
      return old.length > 0
    },
  }
  return view
}

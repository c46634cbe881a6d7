import { Heat } from './heat.ts'
import { PlacedSince } from './placed-since.ts'
import { loadKeyOf, type PlacementRequest, type RankedNode, rankNodes } from './placement.ts'
import type { RegionSnapshot } from './region-snapshot.ts'

export interface PlacerOptions {
  /** 0 to 1, as `Math.random`. */
  random?: () => number
  now?: () => number
}

const requestKey = ({ capability, model, base = model }: PlacementRequest): string => `${capability}#${base}`

/** `rankNodes` with what one isolate knows besides the directory: its own last second, and what is popular. */
export class Placer {
  readonly #heat = new Heat()
  /** By model, and kind of call; calls with an adapter are its model's. */
  readonly #since = new Map<string, PlacedSince>()
  /** Under what each model that has a place is counted. */
  readonly #keys = new Map<string, string>()
  readonly #random: () => number
  readonly #now: () => number

  constructor({ random = Math.random, now = Date.now }: PlacerOptions = {}) {
    this.#random = random
    this.#now = now
  }

  /** The best few nodes of a region for a request, best first; see `rankNodes`. */
  rank(region: RegionSnapshot, request: PlacementRequest): RankedNode[] {
    const now = this.#now()
    const key = loadKeyOf(region, request)
    const since = this.#since.get(key)
    since?.forget(now)
    this.#heat.add(request.affinity, now)
    const ranked = rankNodes(region, request, {
      spread: Math.floor(this.#random() * 2 ** 32),
      share: this.#heat.shareOf(request.affinity),
      callsOf: (nodeId) => since?.callsOf(nodeId) ?? 0,
      unseenCalls: since?.size ?? 0,
    })
    if (ranked.length > 0) this.#keys.set(requestKey(request), key)
    return ranked
  }

  /**
   * Nodes of which none has a free slot, by how many calls each has for its slots, those included that this isolate has
   * just sent there: a burst must not queue at one of them while the others' queues are empty.
   */
  byQueue(nodes: readonly RankedNode[], request: PlacementRequest): RankedNode[] {
    const since = this.#sinceOf(request)
    since.forget(this.#now())
    const loadOf = ({ nodeId, calls, slots }: RankedNode): number => (calls + since.placedOn(nodeId)) / slots
    return nodes.toSorted((a, b) => loadOf(a) - loadOf(b))
  }

  /** A node took a request. */
  placed(nodeId: string, request: PlacementRequest): void {
    this.#sinceOf(request).add(nodeId, this.#now())
  }

  /** A node had no place for a request, or was away: it is asked last until the directory must know better. */
  refused(nodeId: string, request: PlacementRequest): void {
    this.#sinceOf(request).refuse(nodeId, this.#now())
  }

  #sinceOf(request: PlacementRequest): PlacedSince {
    const key = this.#keys.get(requestKey(request)) ?? requestKey(request)
    let since = this.#since.get(key)
    if (!since) {
      since = new PlacedSince()
      this.#since.set(key, since)
    }
    return since
  }
}

import { Heat } from './heat.ts'
import type { NodeView } from './node-view.ts'
import { PlacedSince } from './placed-since.ts'
import { loadKeyOf, type PlacementRequest, rankNodes } from './placement.ts'

export interface PlacerOptions {
  /** 0 to 1, as `Math.random`. */
  random?: () => number
  now?: () => number
}

const requestKey = ({ capability, model }: PlacementRequest): string => `${capability}#${model}`

/** `rankNodes` with what one isolate knows besides the directory's snapshot: its own last second, and what is popular. */
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

  /** The best few nodes for a request, best first; see `rankNodes`. */
  rank(nodes: readonly NodeView[], request: PlacementRequest): NodeView[] {
    const now = this.#now()
    const key = loadKeyOf(nodes, request)
    const since = this.#since.get(key)
    since?.forget(now)
    this.#heat.add(request.affinity, now)
    const ranked = rankNodes(nodes, request, {
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
  byQueue(nodes: readonly NodeView[], request: PlacementRequest): NodeView[] {
    const since = this.#sinceOf(request)
    const key = this.#keys.get(requestKey(request)) ?? request.model
    since.forget(this.#now())
    const loadOf = ({ nodeId, load, hello }: NodeView): number => {
      const calls = (load.get(key)?.active ?? 0) + (load.get(key)?.queued ?? 0) + since.placedOn(nodeId)
      return calls / (hello.models.find(({ id }) => id === key)?.slots ?? 1)
    }
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

import { Placer } from '../../../worker/services/pool/placer.ts'
import { SNAPSHOT_MAX_AGE_MS } from '../../../worker/services/pool/pool-view.ts'
import { RegionIndex } from '../../../worker/services/pool/region-index.ts'
import { RegionSnapshot } from '../../../worker/services/pool/region-snapshot.ts'
import { MODEL, type SimulatedNode } from './nodes.ts'
import { MAX_TRIES, type Policy } from './run.ts'
import { createRandom, type Trace } from './workload.ts'

export interface PolicyOptions {
  nodes: readonly SimulatedNode[]
  trace: Trace
  isolates: number
  seed: number
}

export type MakePolicy = (options: PolicyOptions) => Policy

/** Every slot's node, in a random order: what deals by slot deals fairly to nodes of different sizes. */
function shuffledSlots(nodes: readonly SimulatedNode[], seed: number): Int32Array {
  const random = createRandom(seed)
  const dealt = Int32Array.from(
    nodes.flatMap(({ index, slots }) => Array.from({ length: slots }, () => index)),
  )
  for (let place = dealt.length - 1; place > 0; place -= 1) {
    const other = Math.floor(random() * (place + 1))
    const [a = 0, b = 0] = [dealt[place], dealt[other]]
    dealt[place] = b
    dealt[other] = a
  }
  return dealt
}

/** One counter for the whole world, by slot: better than any real round-robin. */
export const roundRobin: MakePolicy = ({ nodes, seed }) => {
  const dealt = shuffledSlots(nodes, seed)
  let turn = 0
  return {
    rank: () =>
      Array.from({ length: MAX_TRIES }, () => {
        turn = (turn + 1) % dealt.length
        return dealt[turn] ?? 0
      }),
  }
}

/** By chance, by slot. */
export const byChance: MakePolicy = ({ nodes, seed }) => {
  const dealt = shuffledSlots(nodes, seed)
  const random = createRandom(seed + 1)
  return {
    rank: () => Array.from({ length: MAX_TRIES }, () => dealt[Math.floor(random() * dealt.length)] ?? 0),
  }
}

/** By chance, but a node that would let the call wait is passed over while another may have a free slot. */
export const byChanceLooking: MakePolicy = (options) => ({ ...byChance(options), looksFirst: true })

/** Knows every node's load at every moment, and takes the least. Equal ones by chance. */
export const leastLoaded: MakePolicy = ({ nodes, seed }) => {
  const random = createRandom(seed)
  const width = 2 ** Math.ceil(Math.log2(nodes.length))
  // A tournament: place p is won by the lesser of 2p and 2p+1; the leaves come last.
  const loads = new Float64Array(width).fill(Number.POSITIVE_INFINITY)
  const winners = new Int32Array(2 * width).map((_, place) => (place >= width ? place - width : 0))
  const settle = (leaf: number) => {
    for (let place = (leaf + width) >> 1; place > 0; place >>= 1) {
      const [a = 0, b = 0] = [winners[2 * place], winners[2 * place + 1]]
      winners[place] = (loads[a] ?? 0) <= (loads[b] ?? 0) ? a : b
    }
  }
  const onLoad = (node: SimulatedNode) => {
    loads[node.index] = node.calls / node.slots + random() * 1e-6
    settle(node.index)
  }
  for (const node of nodes) onLoad(node)
  return { rank: () => [winners[1] ?? 0], onLoad }
}

interface Free {
  node: SimulatedNode
  slot: number
  since: number
}

/** Free slots of the whole pool, by what they know and by when they were used. */
class FreeSlots {
  readonly #byPrefix = new Map<number, Free[]>()
  readonly #oldest: Free[]
  #head = 0

  constructor(nodes: readonly SimulatedNode[]) {
    this.#oldest = nodes.flatMap((node) =>
      Array.from({ length: node.slots }, (_, slot) => ({ node, slot, since: 0 })),
    )
  }

  add(node: SimulatedNode, slot: number): void {
    const free = { node, slot, since: node.freeSince[slot] ?? 0 }
    this.#oldest.push(free)
    const prefix = node.known[slot] ?? -1
    if (prefix >= 0) listIn(this.#byPrefix, prefix).push(free)
  }

  knowing(prefix: number): SimulatedNode | undefined {
    const slots = this.#byPrefix.get(prefix)
    for (let free = slots?.pop(); free; free = slots?.pop()) if (this.#isFree(free)) return free.node
    return undefined
  }

  oldest(): SimulatedNode | undefined {
    for (let free = this.#oldest[this.#head++]; free; free = this.#oldest[this.#head++]) {
      if (this.#isFree(free)) return free.node
    }
    this.#head = this.#oldest.length
    return undefined
  }

  /** Whether a note still holds: a slot that was used since is noted again when it becomes free. */
  #isFree({ node, slot, since }: Free): boolean {
    return node.freeSince[slot] === since
  }
}

function listIn<Value>(lists: Map<number, Value[]>, key: number): Value[] {
  const known = lists.get(key)
  if (known) return known
  const list: Value[] = []
  lists.set(key, list)
  return list
}

/** Nodes that are looked through for a copy; popular beginnings have more, and a free slot that knows them as well. */
const MAX_LOOKED_AT = 64

/**
 * Knows every slot at every moment: a free one that has the call's beginning, or else any of a node that has it in another
 * slot, or else the one of the whole pool that was used longest ago. No placement finds much more.
 */
export const perfectAffinity: MakePolicy = (options) => {
  const { nodes, trace } = options
  const { rank, onLoad } = leastLoaded(options)
  const slots = new FreeSlots(nodes)
  const holders = new Map<number, SimulatedNode[]>()
  const copier = (prefix: number): SimulatedNode | undefined => {
    const list = (holders.get(prefix) ?? []).filter((node) => node.knownAt(prefix) < Number.POSITIVE_INFINITY)
    if (list.length > 0) holders.set(prefix, list.slice(-MAX_LOOKED_AT))
    return list.find(({ admission, slots: all }) => admission.active < all)
  }
  return {
    rank: (call, now) => {
      const prefix = trace.prefix[call] ?? -1
      const node = slots.knowing(prefix) ?? copier(prefix) ?? slots.oldest()
      return node ? [node.index] : rank(call, now)
    },
    ...(onLoad ? { onLoad } : {}),
    onStart: (call, node) => {
      const prefix = trace.prefix[call] ?? -1
      const list = prefix < 0 ? undefined : listIn(holders, prefix)
      if (list && list.length < MAX_LOOKED_AT && !list.includes(node)) list.push(node)
    },
    onFree: (node, slot) => slots.add(node, slot),
  }
}

/** Ours: each isolate with the real placer and its own snapshot, read as `createPoolView` reads it. */
export const switchyard: MakePolicy = ({ nodes, trace, isolates, seed }) => {
  const random = createRandom(seed)
  let clock = 0
  const directory = new RegionIndex()
  for (const node of nodes) directory.put(node.toView())
  const indexOf = new Map(nodes.map(({ nodeId, index }) => [nodeId, index]))
  const views = Array.from({ length: isolates }, () => {
    const region = new RegionSnapshot()
    region.apply(directory.changesSince(undefined))
    // Isolates do not all read at the same moment.
    return { placer: new Placer({ random, now: () => clock }), region, until: random() * SNAPSHOT_MAX_AGE_MS }
  })
  const requestOf = (call: number) => ({
    model: MODEL,
    capability: 'generate' as const,
    affinity: trace.affinity[call] ?? 0,
  })
  const viewOf = (call: number) => views[trace.isolate[call] ?? 0]
  return {
    looksFirst: true,
    rank: (call, now) => {
      const view = viewOf(call)
      if (!view) return []
      clock = now * 1_000
      if (view.until <= clock) {
        view.region.apply(directory.changesSince(view.region.cursor))
        view.until = clock + SNAPSHOT_MAX_AGE_MS
      }
      return view.placer.rank(view.region, requestOf(call)).map(({ nodeId }) => indexOf.get(nodeId) ?? 0)
    },
    onAnswer: (call, node, isTaken) => {
      const nodeId = nodes[node]?.nodeId ?? ''
      if (isTaken) viewOf(call)?.placer.placed(nodeId, requestOf(call))
      else viewOf(call)?.placer.refused(nodeId, requestOf(call))
    },
    onReport: (node) => {
      directory.put(node.toView())
    },
  }
}

/** Ours without looking for a free slot first: a call waits at the best node that lets it. */
export const switchyardWaiting: MakePolicy = (options) => ({ ...switchyard(options), looksFirst: false })

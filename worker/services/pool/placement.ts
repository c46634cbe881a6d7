import { adapterModelId, type Capability, type Residence } from '../../../shared/node.ts'
import { embeddingKey } from './node-view.ts'
import { NO_OFFER, type Offer } from './region-changes.ts'
import type { RegionSnapshot } from './region-snapshot.ts'
import { hashText, mix32, rendezvous, type WeightedGroup } from './rendezvous.ts'

/** A node keeps the calls that its cache suits while it is no busier than this, relative to the average. */
export const BALANCE_FACTOR = 1.25

/** Or while this share of its slots is taken: in a pool with hardly any load, a single call is more than the average. */
export const CALM_LOAD = 0.5

/** Calls per slot from which a node has no room: all slots taken, and as many calls again that wait. */
export const FULL_LOAD = 2

/** How many nodes are ranked: more are never asked for one call. */
export const MAX_RANKED = 6

export interface PlacementRequest {
  /** A model, or a model with one of its adapters, as nodes know it. */
  model: string
  /** As its caller names it, where that is otherwise. */
  name?: string
  /** The model itself, where `model` is one with an adapter that nodes can fetch. */
  base?: string
  capability: Capability
  /** The key that requests share which one cache can serve; see `affinityOf`. */
  affinity?: number
}

/** The isolate's own knowledge that decides besides the request and the snapshot. */
export interface LocalView {
  /** 32 bits of chance, so that equal requests do not all go the same way. */
  spread: number
  /** The share of all requests that have this one's affinity, 0 to 1. */
  share: number
  /** Calls of a node that its `load` does not show yet; endless for one that is to be asked last. */
  callsOf: (nodeId: string) => number
  /** All such calls together. */
  unseenCalls: number
}

const NOTHING_ELSE: LocalView = { spread: 0, share: 0, callsOf: () => 0, unseenCalls: 0 }

/** A node that may be asked, with what the directory said of it. */
export interface RankedNode {
  nodeId: string
  /** How many calls of what is asked for it runs at a time. */
  slots: number
  /** Those that run or wait there. */
  calls: number
  /** Whether what is asked for is in its memory, and few wait for it. */
  isReady: boolean
}

/** Nodes that are equally ready for a model. */
interface Tier {
  /** Those of equal slots beside each other, as `groups` counts them. */
  nodeIds: string[]
  groups: WeightedGroup[]
  slots: number[]
  /** Active and queued, as the directory says. */
  calls: number[]
  totalSlots: number
  totalCalls: number
}

/** A snapshot's nodes for one model. */
interface Tiers<T = Tier> {
  /** It is in memory, and there is room. */
  ready: T
  /** It is being loaded, and those that wait for it are few. */
  loading: T
  /** Its adapter would have to be loaded beside the model that is in memory: a matter of milliseconds. */
  beside: T
  /** It would have to be loaded. */
  disk: T
  /** Its adapter would have to be fetched; the model itself is in memory. */
  fetch: T
  /** Its adapter would have to be fetched, and the model loaded. */
  fetchAndLoad: T
  /** More wait already than a node should keep waiting. */
  full: T
}

interface Table extends Tiers {
  /** The key that its calls are counted under: adapters with their model, whose slots they share. */
  loadKey: string
}

/** How an offer serves a request. */
interface Service {
  slots: number
  /** With an adapter, that of its model. */
  loadKey: string
  readiness: Exclude<keyof Tiers, 'full'>
}

const READINESS = { loaded: 'ready', loading: 'loading', disk: 'disk' } as const satisfies Record<
  Residence,
  Service['readiness']
>

function readinessOf(
  offer: Offer,
  { model, base, capability }: PlacementRequest,
): Service['readiness'] | undefined {
  const { id, capabilities, residence = 'loaded', adapters, fetchesAdapters } = offer
  if (!capabilities.includes(capability)) return undefined
  if (id === model) return READINESS[residence]
  // Adapters change what a model writes; its vectors are its own.
  if (capability !== 'generate' || !model.startsWith(id)) return undefined
  const adapter = adapters.find(({ suffix }) => adapterModelId(id, suffix) === model)
  if (!adapter) {
    if (id !== base || !fetchesAdapters) return undefined
    return residence === 'loaded' ? 'fetch' : 'fetchAndLoad'
  }
  const { residence: own = 'loaded' } = adapter
  return own === 'disk' && residence === 'loaded' ? 'beside' : READINESS[own]
}

function serviceOf(offer: Offer | null, request: PlacementRequest): Service | undefined {
  const readiness = offer ? readinessOf(offer, request) : undefined
  if (!offer || !readiness) return undefined
  // A node computes embeddings one call at a time.
  const slots = request.capability === 'embed' ? 1 : offer.slots
  return { slots, readiness, loadKey: keyFor(request.capability, offer.id) }
}

/** The key that calls of a model are counted under. */
const keyFor = (capability: Capability, model: string): string =>
  capability === 'embed' ? embeddingKey(model) : model

/** Nodes of one tier with equal slots, while a table is made. */
interface Shelf {
  nodes: number[]
  calls: number[]
}

type Shelves = Tiers<Map<number, Shelf>>

const newShelves = (): Shelves => ({
  ready: new Map(),
  loading: new Map(),
  beside: new Map(),
  disk: new Map(),
  fetch: new Map(),
  fetchAndLoad: new Map(),
  full: new Map(),
})

function tierOf(region: RegionSnapshot, shelves: ReadonlyMap<number, Shelf>): Tier {
  const tier: Tier = { nodeIds: [], groups: [], slots: [], calls: [], totalSlots: 0, totalCalls: 0 }
  for (const [weight, { nodes, calls }] of [...shelves].toSorted(([a], [b]) => a - b)) {
    const hashes = new Uint32Array(nodes.length)
    tier.groups.push({ weight, hashes, first: tier.nodeIds.length })
    tier.totalSlots += weight * nodes.length
    for (let place = 0; place < nodes.length; place += 1) {
      const [node = 0, count = 0] = [nodes[place], calls[place]]
      hashes[place] = region.hashOf(node)
      tier.nodeIds.push(region.idOf(node))
      tier.slots.push(weight)
      tier.calls.push(count)
      tier.totalCalls += count
    }
  }
  return tier
}

function shelve(shelves: Shelves, { slots, readiness }: Service, node: number, calls: number): void {
  const tier = shelves[calls >= slots * FULL_LOAD ? 'full' : readiness]
  const shelf = tier.get(slots)
  if (shelf) {
    shelf.nodes.push(node)
    shelf.calls.push(calls)
  } else tier.set(slots, { nodes: [node], calls: [calls] })
}

function createTable(region: RegionSnapshot, request: PlacementRequest): Table {
  const services = region.offers.map((offer) => serviceOf(offer, request))
  const shelves = newShelves()
  const isEmbedding = request.capability === 'embed'
  const isServed = services.some((service) => service !== undefined)
  for (let row = 0; isServed && row < region.size; row += 1) {
    const offer = region.offerAt(row)
    const service = offer === NO_OFFER ? undefined : services[offer]
    if (!service) continue
    const calls = isEmbedding ? region.embeddingsAt(row) : region.callsAt(row)
    shelve(shelves, service, region.nodeAt(row), calls)
  }
  return {
    loadKey:
      services.findLast((service) => service)?.loadKey ??
      keyFor(request.capability, request.base ?? request.model),
    ready: tierOf(region, shelves.ready),
    loading: tierOf(region, shelves.loading),
    beside: tierOf(region, shelves.beside),
    disk: tierOf(region, shelves.disk),
    fetch: tierOf(region, shelves.fetch),
    fetchAndLoad: tierOf(region, shelves.fetchAndLoad),
    full: tierOf(region, shelves.full),
  }
}

/** The tables of a region's models, worked out once until the region is brought up to date. */
const tables = new WeakMap<RegionSnapshot, { cursor: unknown; known: Map<string, Table> }>()

function tableOf(region: RegionSnapshot, request: PlacementRequest): Table {
  let current = tables.get(region)
  if (current?.cursor !== region.cursor || !current) {
    current = { cursor: region.cursor, known: new Map() }
    tables.set(region, current)
  }
  const key = keyFor(request.capability, request.model)
  let table = current.known.get(key)
  if (!table) {
    table = createTable(region, request)
    current.known.set(key, table)
  }
  return table
}

/** Calls per slot that a node may have, which are a few more than the average, with one more that comes. */
const limitOf = ({ totalCalls, totalSlots }: Tier, { unseenCalls }: LocalView): number =>
  Math.max((BALANCE_FACTOR * (totalCalls + unseenCalls + 1)) / totalSlots, CALM_LOAD)

const callsAt = (tier: Tier, index: number, { callsOf }: LocalView): number =>
  (tier.calls[index] ?? 0) + callsOf(tier.nodeIds[index] ?? '')

const loadAt = (tier: Tier, index: number, local: LocalView): number =>
  callsAt(tier, index, local) / (tier.slots[index] ?? 1)

/** The less loaded first; of equal ones the order stays. */
const byLoad = (tier: Tier, indices: readonly number[], local: LocalView): number[] =>
  indices.toSorted((a, b) => loadAt(tier, a, local) - loadAt(tier, b, local))

/** How many nodes the calls of one affinity fill up to the limit. */
function homesOf(tier: Tier, local: LocalView): number {
  const callsOfOne = (limitOf(tier, local) * tier.totalSlots) / tier.nodeIds.length
  const calls = local.share * (tier.totalCalls + local.unseenCalls)
  return Math.min(Math.max(1, Math.ceil(calls / callsOfOne)), tier.nodeIds.length)
}

/** Keeps keys that are made of neighbours apart: 2³² divided by the golden ratio, as in Fibonacci hashing. */
const GOLDEN = 0x9e3779b9

const keyOf = (affinity: number, part: number): number => mix32(affinity + Math.imul(part, GOLDEN))

/** Two different numbers below `count`, which is at least 2. */
function twoOf(count: number, spread: number): [number, number] {
  const one = spread % count
  return [one, (one + 1 + ((spread >>> 16) % (count - 1))) % count]
}

/** The homes of two keys, and then the second in the order of each; always the less loaded first. */
function betweenKeys(tier: Tier, keys: readonly number[], local: LocalView): number[] {
  const orders = keys.map((key) => rendezvous(tier.groups, key, 2))
  const placed = (place: number) => orders.flatMap((order) => order[place] ?? [])
  return [...new Set([...byLoad(tier, placed(0), local), ...byLoad(tier, placed(1), local)])]
}

/**
 * One home, as long as it is not much busier than the average: bounded loads (Mirrokni, Thorup and Zadimoghaddam 2016).
 * Then the less loaded of the next two in the same order, so that what overflows stays together as well.
 */
function aroundHome(tier: Tier, affinity: number, local: LocalView): number[] {
  const [home = [], second = [], third = [], ...rest] = rendezvous(tier.groups, affinity, MAX_RANKED)
  const order = [home, byLoad(tier, [second, third].flat(), local), rest].flat()
  const limit = limitOf(tier, local)
  // Whole calls: with two slots, 1.25 of one call would be one.
  const hasRoom = (index: number) =>
    callsAt(tier, index, local) + 1 <= Math.ceil(limit * (tier.slots[index] ?? 1))
  const full = order.filter((index) => !hasRoom(index))
  return [...order.filter(hasRoom), ...byLoad(tier, full, local)]
}

/**
 * The order of nodes that have a model loaded, by what they may have in their caches. What requests have in common has one
 * home. What is too popular for one has as many as it fills, and a call goes to the less loaded of two of them: the first of
 * its order, or, where they are many, the homes of as many parts. What has nothing in common with others goes to the less
 * loaded of any two: with loads a second old the least loaded of all would be overrun (Mitzenmacher 2000, "How useful is
 * old information?").
 */
function rankLoaded(tier: Tier, affinity: number | undefined, local: LocalView): number[] {
  const { spread } = local
  if (affinity === undefined) return betweenKeys(tier, [mix32(spread), keyOf(spread, 1)], local)
  const homes = homesOf(tier, local)
  if (homes === 1) return aroundHome(tier, affinity, local)
  const two = twoOf(homes, spread)
  if (homes > MAX_RANKED) {
    const keys = two.map((part) => keyOf(affinity, part))
    return betweenKeys(tier, keys, local)
  }
  const order = rendezvous(tier.groups, affinity, MAX_RANKED)
  const chosen = two.flatMap((place) => order[place] ?? [])
  const all = [...new Set([...byLoad(tier, chosen, local), ...order])]
  // The share is a careful estimate: there may be more calls than so many homes have slots.
  const isFull = (index: number) => Number(loadAt(tier, index, local) >= BALANCE_FACTOR)
  return all.toSorted((a, b) => isFull(a) - isFull(b))
}

/** The order of nodes that do not have a model loaded yet: the same for everybody, so that one loads it and not many. */
function rankUnloaded(tier: Tier, { model }: PlacementRequest, local: LocalView): number[] {
  const order = rendezvous(tier.groups, hashText(model), MAX_RANKED)
  const hasRoom = (index: number) => loadAt(tier, index, local) < FULL_LOAD
  return order.toSorted((a, b) => Number(hasRoom(b)) - Number(hasRoom(a)))
}

/**
 * The best few nodes for a request, best first: those that have the model, with the adapter that it names, loaded and have
 * room, then those that load it, then those that have to load the adapter alone, then those that have it on disk, then those
 * that have to fetch the adapter, then those on which many wait. Only linked nodes that are not being drained. Equal inputs give equal answers.
 */
export function rankNodes(
  region: RegionSnapshot,
  request: PlacementRequest,
  local: LocalView = NOTHING_ELSE,
): RankedNode[] {
  const { ready, loading, beside, disk, fetch, fetchAndLoad, full } = tableOf(region, request)
  const ranked: RankedNode[] = []
  const add = (tier: Tier, isReady: boolean, rank: () => number[]) => {
    if (ranked.length >= MAX_RANKED || tier.nodeIds.length === 0) return
    for (const index of rank()) {
      const [nodeId = '', slots = 1, calls = 0] = [tier.nodeIds[index], tier.slots[index], tier.calls[index]]
      ranked.push({ nodeId, slots, calls, isReady })
    }
  }
  add(ready, true, () => rankLoaded(ready, request.affinity, local))
  add(loading, false, () => rankUnloaded(loading, request, local))
  add(beside, false, () => rankUnloaded(beside, request, local))
  add(disk, false, () => rankUnloaded(disk, request, local))
  add(fetch, false, () => rankUnloaded(fetch, request, local))
  add(fetchAndLoad, false, () => rankUnloaded(fetchAndLoad, request, local))
  add(full, false, () => rankLoaded(full, request.affinity, local))
  return ranked.slice(0, MAX_RANKED)
}

/** The key under which the nodes that can serve a request count it. */
export const loadKeyOf = (region: RegionSnapshot, request: PlacementRequest): string =>
  tableOf(region, request).loadKey

/** Whether any node of any region, linked or not, can serve the model for what is asked, or may be able to again. */
export function isKnownModel(regions: readonly RegionSnapshot[], request: PlacementRequest): boolean {
  // One that could not be asked may know it.
  if (regions.some(({ cursor }) => cursor === undefined)) return true
  const known = regions.flatMap(({ models }) => models.get(request.model) ?? [])
  if (known.some(({ capabilities }) => capabilities.includes(request.capability))) return true
  const isHeldForOthers = known.some(({ isHeld }) => isHeld)
  return !isHeldForOthers && known.length > 0
}

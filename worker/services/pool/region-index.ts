import type { ModelHolding, NodeHello } from '../../../shared/node.ts'
import { type KnownModel, knownModels } from './known-models.ts'
import { embeddingKey, type ModelLoad, type NodeView } from './node-view.ts'
import {
  MAX_TOLD_CALLS,
  NO_OFFER,
  type Offer,
  type RegionChanges,
  type RegionCursor,
} from './region-changes.ts'
import { VersionedRows } from './versioned-rows.ts'

/** A row of the table of holdings. */
interface Holding {
  node: number
  offer: number
  calls: number
  embeddings: number
}

interface Entry {
  view: NodeView
  /** Undefined while it takes no new calls. */
  row: number | undefined
  /** Rows of its holdings, by model. */
  holdings: Map<string, number>
}

const offerOf = (
  { id, capabilities, slots, residence = 'loaded', adapters = [] }: ModelHolding,
  { fetchesAdapters }: NodeHello,
): Offer => ({
  id,
  capabilities,
  slots,
  residence,
  adapters: adapters.map(({ suffix, residence: own = 'loaded' }) => ({ suffix, residence: own })),
  ...(fetchesAdapters && { fetchesAdapters }),
})

const callsOf = (load: ModelLoad | undefined): number =>
  load ? Math.min(load.active + load.queued, MAX_TOLD_CALLS) : 0

const takesCalls = ({ linked, draining }: NodeView): boolean => linked && !draining

/** Whether the reader of changes would tell two views of a node apart by more than their calls. */
const isSameNode = (one: NodeView, other: NodeView): boolean =>
  one.hello === other.hello && one.linked === other.linked && one.draining === other.draining

/**
 * A region as isolates are told of it: its nodes as placement needs them, and its models. Whoever asks gets what has changed
 * since it last did. Costs of an answer are those of the rows that it has, and a look at each.
 */
export class RegionIndex {
  readonly #epoch: string
  readonly #entries = new Map<string, Entry>()
  readonly #nodes = new VersionedRows<string>()
  readonly #holdings = new VersionedRows<Holding>()
  readonly #offers = new VersionedRows<{ offer: Offer; key: string; uses: number }>()
  readonly #offerRows = new Map<string, number>()
  readonly #models = new VersionedRows<KnownModel>()
  readonly #modelRows = new Map<string, number>()
  #version = 0
  #counts = { online: 0, known: 0 }
  /** Whether more has changed than calls. */
  #isRenewed = false

  constructor(epoch: string = crypto.randomUUID()) {
    this.#epoch = epoch
  }

  /** A node is known, or is otherwise than it was. */
  put(view: NodeView): void {
    this.#version += 1
    const entry = this.#entries.get(view.nodeId) ?? { view, row: undefined, holdings: new Map() }
    const isNew = !this.#entries.has(view.nodeId)
    const isSame = !isNew && isSameNode(entry.view, view)
    entry.view = view
    this.#entries.set(view.nodeId, entry)
    if (!isSame) {
      this.#isRenewed = true
      this.#show(entry)
    }
    this.#tellLoad(entry)
  }

  /** A node is forgotten. */
  remove(nodeId: string): void {
    const entry = this.#entries.get(nodeId)
    if (!entry) return
    this.#version += 1
    this.#isRenewed = true
    this.#hide(entry)
    this.#entries.delete(nodeId)
  }

  /** The changes that a reader does not know yet. One of another epoch knows nothing. */
  changesSince(known: RegionCursor | undefined): RegionChanges {
    this.#renew()
    const since = known?.epoch === this.#epoch ? known.version : 0
    const nodes = this.#nodes.changedSince(since)
    const offers = this.#offers.changedSince(since)
    const models = this.#models.changedSince(since)
    return {
      epoch: this.#epoch,
      since,
      version: this.#version,
      nodes: { rows: Uint32Array.from(nodes), ids: nodes.map((row) => this.#nodes.at(row) ?? '') },
      offers: {
        rows: Uint32Array.from(offers),
        offers: offers.map((row) => this.#offers.at(row)?.offer ?? null),
      },
      holdings: this.#holdingsSince(since),
      models: { rows: Uint32Array.from(models), models: models.map((row) => this.#models.at(row) ?? null) },
      counts: this.#counts,
    }
  }

  #holdingsSince(since: number): RegionChanges['holdings'] {
    const rows = Uint32Array.from(this.#holdings.changedSince(since))
    const holdings = {
      rows,
      nodes: new Uint32Array(rows.length),
      offers: new Uint32Array(rows.length).fill(NO_OFFER),
      calls: new Uint16Array(rows.length),
      embeddings: new Uint16Array(rows.length),
    }
    for (const [place, row] of rows.entries()) {
      const holding = this.#holdings.at(row)
      if (!holding) continue
      holdings.nodes[place] = holding.node
      holdings.offers[place] = holding.offer
      holdings.calls[place] = holding.calls
      holdings.embeddings[place] = holding.embeddings
    }
    return holdings
  }

  /** Brings a node's rows to what it holds now. */
  #show(entry: Entry): void {
    const { view } = entry
    if (!takesCalls(view)) {
      this.#hide(entry)
      return
    }
    entry.row ??= this.#nodes.add(view.nodeId, this.#version)
    const left = new Map(entry.holdings)
    entry.holdings.clear()
    for (const model of view.hello.models) {
      const row = left.get(model.id)
      left.delete(model.id)
      entry.holdings.set(model.id, this.#hold(row, entry.row, offerOf(model, view.hello)))
    }
    for (const row of left.values()) this.#letGo(row)
  }

  /** A holding in this row, or in a free one. */
  #hold(row: number | undefined, node: number, offer: Offer): number {
    const known = row === undefined ? undefined : this.#holdings.at(row)
    // Taken before the old one is given up: it may be the same.
    const holding = {
      node,
      offer: this.#useOffer(offer),
      calls: known?.calls ?? 0,
      embeddings: known?.embeddings ?? 0,
    }
    if (row === undefined || !known) return this.#holdings.add(holding, this.#version)
    this.#leaveOffer(known.offer)
    if (known.offer !== holding.offer) this.#holdings.set(row, holding, this.#version)
    return row
  }

  #hide(entry: Entry): void {
    for (const row of entry.holdings.values()) this.#letGo(row)
    entry.holdings.clear()
    if (entry.row !== undefined) this.#nodes.remove(entry.row, this.#version)
    entry.row = undefined
  }

  #letGo(row: number): void {
    const holding = this.#holdings.at(row)
    if (!holding) return
    this.#leaveOffer(holding.offer)
    this.#holdings.remove(row, this.#version)
  }

  #useOffer(offer: Offer): number {
    const key = JSON.stringify(offer)
    const known = this.#offerRows.get(key)
    const used = known === undefined ? undefined : this.#offers.at(known)
    if (known !== undefined && used) {
      used.uses += 1
      return known
    }
    const row = this.#offers.add({ offer, key, uses: 1 }, this.#version)
    this.#offerRows.set(key, row)
    return row
  }

  #leaveOffer(row: number): void {
    const used = this.#offers.at(row)
    if (!used) return
    used.uses -= 1
    if (used.uses > 0) return
    this.#offerRows.delete(used.key)
    this.#offers.remove(row, this.#version)
  }

  #tellLoad({ view: { load }, holdings }: Entry): void {
    for (const [model, row] of holdings) {
      const known = this.#holdings.at(row)
      if (!known) continue
      const calls = callsOf(load.get(model))
      const embeddings = callsOf(load.get(embeddingKey(model)))
      if (known.calls === calls && known.embeddings === embeddings) continue
      this.#holdings.set(row, { ...known, calls, embeddings }, this.#version)
    }
  }

  #renew(): void {
    if (!this.#isRenewed) return
    this.#isRenewed = false
    const views = [...this.#entries.values()].map(({ view }) => view)
    this.#counts = { online: views.filter(({ linked }) => linked).length, known: views.length }
    const models = knownModels(views)
    for (const [id, row] of this.#modelRows) {
      if (models.has(id)) continue
      this.#modelRows.delete(id)
      this.#models.remove(row, this.#version)
    }
    for (const [id, model] of models) {
      const row = this.#modelRows.get(id)
      if (row === undefined) this.#modelRows.set(id, this.#models.add(model, this.#version))
      else if (JSON.stringify(this.#models.at(row)) !== JSON.stringify(model)) {
        this.#models.set(row, model, this.#version)
      }
    }
  }
}

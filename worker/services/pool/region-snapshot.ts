import type { KnownModel } from './known-models.ts'
import { NO_OFFER, type Offer, type RegionChanges, type RegionCursor } from './region-changes.ts'
import { hashText, mix32 } from './rendezvous.ts'

/** Rows that a new table has room for. */
const INITIAL_ROWS = 64

type Column = Uint16Array<ArrayBuffer> | Uint32Array<ArrayBuffer>

/** The same column with room for a row. */
function grown<Kind extends Column>(column: Kind, row: number): Kind {
  if (row < column.length) return column
  const size = Math.max(2 * column.length, row + 1)
  const larger = column instanceof Uint16Array ? new Uint16Array(size) : new Uint32Array(size)
  larger.set(column)
  // Of the kind that it was made as, one line above.
  return larger as Kind
}

/** The highest of rows, -1 for none. */
const lastOf = (rows: Uint32Array): number => rows.reduce((last, row) => Math.max(last, row), -1)

/**
 * One isolate's copy of a region: columns that `apply` brings up to date in place. Who keeps something of it beyond a
 * wait must have read it out before.
 */
export class RegionSnapshot {
  #cursor: RegionCursor | undefined
  #ids: string[] = []
  #hashes = new Uint32Array(INITIAL_ROWS)
  #offers: (Offer | null)[] = []
  #size = 0
  #nodes = new Uint32Array(INITIAL_ROWS)
  #held = new Uint32Array(INITIAL_ROWS)
  #calls = new Uint16Array(INITIAL_ROWS)
  #embeddings = new Uint16Array(INITIAL_ROWS)
  #modelRows: (KnownModel | null)[] = []
  #models: ReadonlyMap<string, KnownModel> | undefined
  #counts = { online: 0, known: 0 }

  /** The version to ask for changes since. */
  get cursor(): RegionCursor | undefined {
    return this.#cursor
  }

  /** Nodes that are linked, and all that may come back. */
  get counts(): Readonly<RegionChanges['counts']> {
    return this.#counts
  }

  /** The models that its nodes hold or have held, by id. */
  get models(): ReadonlyMap<string, KnownModel> {
    this.#models ??= new Map(this.#modelRows.flatMap((model) => (model ? [[model.id, model] as const] : [])))
    return this.#models
  }

  /** How its models can be had; null where nobody makes an offer any more. */
  get offers(): readonly (Offer | null)[] {
    return this.#offers
  }

  /** Rows of holdings; some may be free. */
  get size(): number {
    return this.#size
  }

  /** The offer of a row; `NO_OFFER` of a free one. */
  offerAt(row: number): number {
    return this.#held[row] ?? NO_OFFER
  }

  nodeAt(row: number): number {
    return this.#nodes[row] ?? 0
  }

  callsAt(row: number): number {
    return this.#calls[row] ?? 0
  }

  embeddingsAt(row: number): number {
    return this.#embeddings[row] ?? 0
  }

  idOf(node: number): string {
    return this.#ids[node] ?? ''
  }

  /** 32 mixed bits of a node's id. */
  hashOf(node: number): number {
    return this.#hashes[node] ?? 0
  }

  /** Takes what has changed. What does not lead on from here is dropped: another answer was faster. */
  apply(changes: RegionChanges): void {
    const { epoch, since, version } = changes
    const isWhole = since === 0
    const known = this.#cursor?.epoch === epoch ? this.#cursor.version : undefined
    const leadsOn = isWhole ? known === undefined || known < version : known === since
    if (!leadsOn) return
    if (isWhole) this.#forget()
    this.#applyNodes(changes.nodes)
    for (const [place, row] of changes.offers.rows.entries()) {
      this.#offers[row] = changes.offers.offers[place] ?? null
    }
    this.#applyHoldings(changes.holdings)
    this.#applyModels(changes.models)
    this.#counts = changes.counts
    this.#cursor = { epoch, version }
  }

  #forget(): void {
    this.#ids = []
    this.#offers = []
    this.#size = 0
    this.#modelRows = []
    this.#models = undefined
  }

  #applyNodes({ rows, ids }: RegionChanges['nodes']): void {
    this.#hashes = grown(this.#hashes, lastOf(rows))
    for (let place = 0; place < rows.length; place += 1) {
      const [row, id] = [rows[place] ?? 0, ids[place] ?? '']
      this.#ids[row] = id
      this.#hashes[row] = mix32(hashText(id))
    }
  }

  #applyHoldings({ rows, nodes, offers, calls, embeddings }: RegionChanges['holdings']): void {
    const size = Math.max(this.#size, lastOf(rows) + 1)
    this.#nodes = grown(this.#nodes, size - 1)
    this.#held = grown(this.#held, size - 1)
    this.#calls = grown(this.#calls, size - 1)
    this.#embeddings = grown(this.#embeddings, size - 1)
    // Rows of which nothing is said are free.
    this.#held.fill(NO_OFFER, this.#size, size)
    this.#size = size
    for (let place = 0; place < rows.length; place += 1) {
      const row = rows[place] ?? 0
      this.#nodes[row] = nodes[place] ?? 0
      this.#held[row] = offers[place] ?? NO_OFFER
      this.#calls[row] = calls[place] ?? 0
      this.#embeddings[row] = embeddings[place] ?? 0
    }
  }

  #applyModels({ rows, models }: RegionChanges['models']): void {
    if (rows.length === 0) return
    this.#models = undefined
    for (const [place, row] of rows.entries()) this.#modelRows[row] = models[place] ?? null
  }
}

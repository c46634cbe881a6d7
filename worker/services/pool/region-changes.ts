import type { AdapterHolding, ModelHolding } from '../../../shared/node.ts'
import type { KnownModel } from './known-models.ts'

/** How a model can be had from a node, without what differs from node to node: many nodes share one. */
export interface Offer extends Pick<ModelHolding, 'id' | 'capabilities' | 'slots' | 'residence'> {
  adapters: readonly Pick<AdapterHolding, 'suffix' | 'residence'>[]
  /** Its node fetches adapters that it does not hold. */
  fetchesAdapters?: true
}

/** Stands in place of an offer where a row of holdings is free. */
export const NO_OFFER = 0xffff_ffff

/** Calls that a row can tell; more are told as so many. */
export const MAX_TOLD_CALLS = 0xffff

/** The version of a region that a reader has. */
export interface RegionCursor {
  epoch: string
  version: number
}

/**
 * The changes of a region's nodes between two versions, for placement: rows of three tables, and whole values of a
 * fourth. Columns, since a thousand rows then cross an object's call and are read in microseconds; exact arrays, since of a
 * part of one all of it would cross.
 */
export interface RegionChanges extends RegionCursor {
  /** The version that these changes lead on from; 0: they are the whole, and what was known before is to be forgotten. */
  since: number
  /** Nodes that take new calls. A row without an id is free. */
  nodes: { rows: Uint32Array; ids: string[] }
  /** A row without an offer is free. */
  offers: { rows: Uint32Array; offers: (Offer | null)[] }
  /** Which of these nodes makes which offer, with its calls: generations, and embeddings. */
  holdings: {
    rows: Uint32Array
    nodes: Uint32Array
    /** `NO_OFFER`: the row is free. */
    offers: Uint32Array
    calls: Uint16Array
    embeddings: Uint16Array
  }
  /** The models that the region's nodes hold, or have held, together. A row without a model is free. */
  models: { rows: Uint32Array; models: (KnownModel | null)[] }
  /** Nodes of the region that are linked, and all that may come back. */
  counts: { online: number; known: number }
}

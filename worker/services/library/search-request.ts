import type { Attributes } from './library-sets.ts'

/** A condition on the attributes of a set's files. */
export type AttributeFilter =
  | { type: 'eq' | 'ne' | 'gt' | 'gte' | 'lt' | 'lte'; key: string; value: string | number | boolean }
  | { type: 'in' | 'nin'; key: string; value: readonly (string | number | boolean)[] }
  | { type: 'and' | 'or'; filters: readonly AttributeFilter[] }

export interface SearchRequest {
  query: string
  /** Results, up to `MAX_SEARCH_RESULTS`. */
  limit: number
  /** Only these documents. */
  documentIds?: readonly string[]
  /** Only the files of this set. Throws `not_found`. */
  setId?: string
  /** Only files of the set with these attributes. */
  filter?: AttributeFilter
  /** Results below are left out: 0 to 1. */
  minScore?: number
  /** The best are judged anew by a model that ranks, where the pool has one. */
  isReranked?: boolean
}

/** A way in which a passage was found. */
export type FoundBy = 'bm25' | 'lsa' | `embedding:${string}` | `ranking:${string}`

/** A place in a passage's text where a word of the query stands. */
export type Highlight = readonly [from: number, to: number]

/** A passage that was found. */
export interface SearchResult {
  documentId: string
  fileId: string
  name: string
  passageId: number
  page: number | null
  /** Where it is in the document's text. */
  from: number
  to: number
  headings: readonly string[]
  text: string
  /** 0 to 1, comparable within one answer. */
  score: number
  highlights: readonly Highlight[]
  /** Of the file in the set that was asked for. */
  attributes?: Attributes
}

export interface SearchAnswer {
  results: SearchResult[]
  /** The ways that were taken, also where they found nothing. */
  foundBy: FoundBy[]
  notSearched: {
    /** Documents that are still to be read or indexed, and their names (the first few). */
    documents: number
    names: string[]
    /** Documents that could not be read. */
    failed: number
    /** Passages without a vector as yet: words alone can find them. */
    passagesWithoutVector: number
  }
  /** Why nothing was found; absent where something was. */
  reason?: 'no_documents' | 'none_ready' | 'none_matches'
}

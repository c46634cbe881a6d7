/** Words about a file in a set, by which searches can choose. */
export type Attributes = Readonly<Record<string, string | number | boolean>>

/** A named selection of files. */
export interface LibrarySet {
  id: string
  createdAt: number
  /** Of the last search or change. */
  lastUsedAt: number
  /** When it ends by itself; null: never. */
  expiresAt: number | null
  /** It has ended: it has no files any more, and is neither searched nor changed. */
  hasExpired: boolean
  /** The contract's own words about it, as JSON. */
  data: string
  /** Of its files, by the state of their documents. */
  counts: { inProgress: number; ready: number; failed: number; total: number }
  /** Characters of its searchable passages. */
  textLength: number
}

export interface SetChange {
  data?: string
  expiresAt?: number | null
  /** It was used now. */
  isUse?: boolean
}

/** A file in a set. */
export interface SetMember {
  fileId: string
  documentId: string
  attributes: Attributes
  /** The contract's own words about it, as JSON. */
  data: string
  addedAt: number
  state: 'inProgress' | 'ready' | 'failed'
  reason: string | null
  textLength: number
}

export interface SetPageRequest {
  limit: number
  order: 'asc' | 'desc'
  /** Those behind the one with this id. */
  after?: string
  /** Those before it, in the same order. */
  before?: string
  /** Members alone. */
  state?: SetMember['state']
}

export interface SetsPage {
  sets: LibrarySet[]
  hasMore: boolean
}

export interface SetMembersPage {
  members: SetMember[]
  hasMore: boolean
}

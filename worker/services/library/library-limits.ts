import { MIB } from '../../../shared/units.ts'

/** Documents of one account; every name counts. */
export const MAX_LIBRARY_FILES = 10_000

/** Passages of one account. Their vectors and first-pass codes are in memory while it is searched. */
export const MAX_LIBRARY_PASSAGES = 250_000

/** UTF-8 bytes of the passages of one account, overlaps included. */
export const MAX_LIBRARY_TEXT_BYTES = 512 * MIB

/** Passages in one batch, and UTF-8 bytes of one passage: SQLite keeps a row below 2 MB, and a call carries 32 MiB. */
export const MAX_BATCH_PASSAGES = 1_000
export const MAX_PASSAGE_BYTES = 64 * 1024

/** Characters of a document's text in one answer: two bytes each, in a call that carries 32 MiB. */
export const MAX_STRETCH_CHARACTERS = 4 * MIB

/** Times that a document is begun with. */
export const MAX_ATTEMPTS = 3

/**
 * Times that reading a document may break off, by a failure of ours, without a passage more: at the pace of the queue and then
 * of the leases about an hour and a half, so that an outage ends no document and a fault of a reader does.
 */
export const MAX_INTERRUPTIONS = 24

/** Characters of a query that is searched for, and results of one search. */
export const MAX_QUERY_LENGTH = 4_096
export const MAX_SEARCH_RESULTS = 200

/** Sets of one account, and files of one set. */
export const MAX_SETS = 1_000
export const MAX_SET_FILES = 10_000

/** Characters of a name, a reason, a heading, and of a contract's own words about a set. */
export const MAX_NAME_LENGTH = 512
export const MAX_REASON_LENGTH = 1_000
export const MAX_SET_DATA_LENGTH = 64 * 1024

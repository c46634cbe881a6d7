/** A piece of a document that a search returns. */
export interface Passage {
  /** Null where the format has no pages. */
  page: number | null
  /** Where it is in the document's text, in UTF-16 code units. */
  from: number
  to: number
  /** The headings above it, from the outermost. */
  headings: readonly string[]
  text: string
}

/** Some passages of a document, in order. */
export interface IndexBatch {
  passages: readonly Passage[]
  /** The document's own title, where it says one; of the first batch. */
  title?: string
  /** The document ends with these: it becomes `ready`, or `partial` where pages could not be read. */
  isLast: boolean
  /** Of the last batch: the pages in all, and why the document is only `partial`. */
  pages?: number
  partialReason?: string
}

/** A vector of a library, by the name that it has there. */
export interface MirroredVector {
  key: string
  vector: Float32Array
}

/**
 * A place outside the libraries in which their vectors lie too, and which says of those of one account which may be the
 * nearest. A library stays the truth: it compares what it is told with its own vectors, and shows nothing else.
 */
export interface VectorMirror {
  /** Whether vectors of so many dimensions go there. */
  takes(dimensions: number): Promise<boolean>
  /** They are found some time later, in the order in which they were put. */
  put(accountId: string, vectors: readonly MirroredVector[]): Promise<void>
  /** Whether this one, and all that was put before it, is found by now. */
  finds(accountId: string, key: string): Promise<boolean>
  remove(accountId: string, keys: readonly string[]): Promise<void>
  /** Keys of the account's vectors that are most alike, from the best on. */
  nearest(accountId: string, question: Float32Array): Promise<string[]>
}

/**
 * The form of a body that is not JSON. A `multipart` body, and one that is `raw` bytes of any type, is read by its route, as it
 * comes, with the route's own limit.
 */
export type BodyKind = 'form' | 'multipart' | 'raw'

/** The body of a request as it was read, once, before anything judges it. */
export interface ReadBody {
  value: unknown
  /** How many values it holds. */
  size: number
  /** Whole numbers of its outermost object to the last digit, where one of them was rounded. */
  exact?: ReadonlyMap<string, bigint>
}

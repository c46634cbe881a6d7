export interface RecentMapOptions<V> {
  /** How large all values may be together; one alone may be larger. Absent: no matter. */
  maxTotal?: number
  sizeOf?: (value: V) => number
}

/** Remembers what was made for the keys that were asked for last. */
export class RecentMap<K, V> {
  readonly #limit: number
  readonly #maxTotal: number
  readonly #sizeOf: (value: V) => number
  /** Longest unused first. */
  readonly #entries = new Map<K, { value: V; size: number }>()
  #total = 0

  constructor(
    limit: number,
    { maxTotal = Number.POSITIVE_INFINITY, sizeOf = () => 0 }: RecentMapOptions<V> = {},
  ) {
    this.#limit = limit
    this.#maxTotal = maxTotal
    this.#sizeOf = sizeOf
  }

  get size(): number {
    return this.#entries.size
  }

  /** The value of `key`, made by `make` when it is not remembered. What `make` throws is not. */
  get(key: K, make: () => V): V {
    const known = this.find(key)
    if (known !== undefined) return known
    const value = make()
    this.set(key, value)
    return value
  }

  /** The value of `key` if it is remembered. */
  find(key: K): V | undefined {
    const entry = this.#entries.get(key)
    if (entry === undefined) return undefined
    this.#entries.delete(key)
    this.#entries.set(key, entry)
    return entry.value
  }

  set(key: K, value: V): void {
    this.#forget(key)
    const size = this.#sizeOf(value)
    this.#entries.set(key, { value, size })
    this.#total += size
    for (const [oldest] of this.#entries) {
      const isTooMuch = this.#entries.size > this.#limit || this.#total > this.#maxTotal
      if (!isTooMuch || oldest === key) return
      this.#forget(oldest)
    }
  }

  #forget(key: K): void {
    this.#total -= this.#entries.get(key)?.size ?? 0
    this.#entries.delete(key)
  }
}

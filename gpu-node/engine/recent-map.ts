/** Remembers what was made for the keys that were asked for last. */
export class RecentMap<K, V> {
  readonly #limit: number
  /** Longest unused first. */
  readonly #entries = new Map<K, V>()

  constructor(limit: number) {
    this.#limit = limit
  }

  get size(): number {
    return this.#entries.size
  }

  /** The value of `key`, made by `make` when it is not remembered. What `make` throws is not. */
  get(key: K, make: () => V): V {
    const known = this.#entries.get(key)
    const value = known ?? make()
    this.#entries.delete(key)
    this.#entries.set(key, value)
    const [oldest] = this.#entries.keys()
    if (this.#entries.size > this.#limit && oldest !== undefined) this.#entries.delete(oldest)
    return value
  }
}

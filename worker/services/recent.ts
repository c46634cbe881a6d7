/**
 * Remembers values for a short while, at most `maxEntries` of them: for what is asked with every request and may be a
 * little old. Holds finished values only: a promise made for one request must not be awaited by another (workerd).
 */
export class Recent<Value> {
  #entries = new Map<string, { value: Value; until: number }>()
  #maxAgeMs: number
  #maxEntries: number
  #now: () => number

  constructor(maxAgeMs: number, maxEntries: number, now: () => number = Date.now) {
    this.#maxAgeMs = maxAgeMs
    this.#maxEntries = maxEntries
    this.#now = now
  }

  async get(key: string, load: () => Promise<Value>): Promise<Value> {
    const known = this.#entries.get(key)
    if (known && known.until > this.#now()) return known.value
    const value = await load()
    this.#entries.delete(key)
    if (this.#entries.size >= this.#maxEntries) {
      const [oldest] = this.#entries.keys()
      if (oldest !== undefined) this.#entries.delete(oldest)
    }
    this.#entries.set(key, { value, until: this.#now() + this.#maxAgeMs })
    return value
  }
}

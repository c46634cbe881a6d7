/** Those who wait for something that happens to one of many. */
export class Waiters<Value> {
  readonly #waiting = new Map<string, Set<(value: Value) => void>>()

  /** The next value that is told of it; undefined when there was none in this time. */
  wait(id: string, limitMs: number): Promise<Value | undefined> {
    return new Promise((resolve) => {
      const waiting = this.#waiting.get(id) ?? new Set()
      this.#waiting.set(id, waiting)
      const done = (value: Value | undefined) => {
        clearTimeout(timer)
        waiting.delete(done)
        if (waiting.size === 0) this.#waiting.delete(id)
        resolve(value)
      }
      const timer = setTimeout(() => done(undefined), limitMs)
      waiting.add(done)
    })
  }

  tell(id: string, value: Value): void {
    for (const done of [...(this.#waiting.get(id) ?? [])]) done(value)
  }
}

/**
 * One piece of work at a time, in the order of asking. Decode steps and embeddings of a model take turns: both want all
 * its threads, and more threads than cores make llama.cpp's spinning barriers many times slower.
 */
export class Turns {
  #last: Promise<unknown> = Promise.resolve()
  #waiting = 0

  /** Whether other work waits for that which is under way. */
  get isAwaited(): boolean {
    return this.#waiting > 0
  }

  run<T>(work: () => Promise<T>): Promise<T> {
    this.#waiting += 1
    const result = this.#last.then(() => {
      this.#waiting -= 1
      return work()
    })
    this.#last = result.catch(() => {}) // the failure belongs to whoever asked; the next turn comes anyway
    return result
  }
}

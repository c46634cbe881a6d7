export type Place = 'running' | 'queued' | 'busy'

/**
 * Who may run on a model's slots and who waits: first come, first served, and never more than `queueLimit` waiting.
 * Knows call ids and nothing else.
 */
export class Admission {
  #slots: number
  readonly #queueLimit: number
  readonly #running = new Set<string>()
  readonly #queue: string[] = []

  constructor(slots: number, queueLimit: number) {
    this.#slots = slots
    this.#queueLimit = queueLimit
  }

  get active(): number {
    return this.#running.size
  }

  get queued(): number {
    return this.#queue.length
  }

  enter(callId: string): Place {
    if (this.#running.size < this.#slots) {
      this.#running.add(callId)
      return 'running'
    }
    if (this.#queue.length >= this.#queueLimit) return 'busy'
    this.#queue.push(callId)
    return 'queued'
  }

  /** A call is over, or gave up waiting. Returns the calls that may run now. */
  leave(callId: string): string[] {
    if (!this.#running.delete(callId)) {
      const place = this.#queue.indexOf(callId)
      if (place >= 0) this.#queue.splice(place, 1)
    }
    return this.#promote()
  }

  /** The node's slots changed. Returns the calls that may run now; what runs above a lower limit ends by itself. */
  resize(slots: number): string[] {
    this.#slots = slots
    return this.#promote()
  }

  #promote(): string[] {
    const promoted: string[] = []
    while (this.#running.size < this.#slots) {
      const next = this.#queue.shift()
      if (next === undefined) break
      this.#running.add(next)
      promoted.push(next)
    }
    return promoted
  }
}

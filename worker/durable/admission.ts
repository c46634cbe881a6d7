export type Place = 'running' | 'queued' | 'busy'

/**
 * Who may run on a model's slots and who waits. Callers take turns: each time a slot becomes free, the next caller of those
 * that wait gets it for the oldest of its calls, so that one with many calls does not hold up the others.
 *
 * No caller may hold more of the queue than it leaves free (dynamic queue thresholds, Choudhury and Hahne 1998): one alone
 * gets half of the places, two a third each, and there is always one for a newcomer. Knows call ids and callers, and
 * nothing of clocks and sockets.
 */
export class Admission {
  #slots: number
  readonly #queueLimit: number
  readonly #running = new Set<string>()
  /** Calls that wait, by caller, oldest first. The next caller to get a slot comes first; none is empty. */
  readonly #turns = new Map<string, string[]>()
  readonly #callers = new Map<string, string>()

  constructor(slots: number, queueLimit: number) {
    this.#slots = slots
    this.#queueLimit = queueLimit
  }

  get active(): number {
    return this.#running.size
  }

  get queued(): number {
    return this.#callers.size
  }

  /**
   * Runs or queues a call, or says that there is no place for it. One that may not wait gets a free slot or none: another
   * node may have one. Without `caller` each call is its own caller.
   */
  enter(callId: string, caller = callId, { mayWait = true } = {}): Place {
    if (this.#running.size < this.#slots) {
      this.#running.add(callId)
      return 'running'
    }
    if (!mayWait) return 'busy'
    const waiting = this.#turns.get(caller)
    if ((waiting?.length ?? 0) >= this.#queueLimit - this.queued) return 'busy'
    if (waiting) waiting.push(callId)
    else this.#turns.set(caller, [callId])
    this.#callers.set(callId, caller)
    return 'queued'
  }

  /** A call is over, or gave up waiting. Returns the calls that may run now. */
  leave(callId: string): string[] {
    if (!this.#running.delete(callId)) this.#unqueue(callId)
    return this.#promote()
  }

  /** The node's slots changed. Returns the calls that may run now; what runs above a lower limit ends by itself. */
  resize(slots: number): string[] {
    this.#slots = slots
    return this.#promote()
  }

  /** How many slots must become free before a call that waits runs, if nobody gives up: 1 is next. */
  position(callId: string): number | undefined {
    const caller = this.#callers.get(callId)
    const own = caller === undefined ? undefined : this.#turns.get(caller)
    if (!own) return undefined
    const before = own.indexOf(callId)
    let position = before + 1
    let isFirst = true
    for (const [other, waiting] of this.#turns) {
      if (other === caller) isFirst = false
      else position += Math.min(waiting.length, isFirst ? before + 1 : before)
    }
    return position
  }

  #unqueue(callId: string): void {
    const caller = this.#callers.get(callId)
    const waiting = caller === undefined ? undefined : this.#turns.get(caller)
    if (caller === undefined || !waiting) return
    this.#callers.delete(callId)
    if (waiting.length === 1) this.#turns.delete(caller)
    else waiting.splice(waiting.indexOf(callId), 1)
  }

  #promote(): string[] {
    const promoted: string[] = []
    while (this.#running.size < this.#slots) {
      const [turn] = this.#turns
      if (!turn) break
      const [caller, [next = '', ...rest]] = turn
      this.#callers.delete(next)
      this.#turns.delete(caller)
      if (rest.length > 0) this.#turns.set(caller, rest)
      this.#running.add(next)
      promoted.push(next)
    }
    return promoted
  }
}

export type Place = 'running' | 'queued' | 'busy'

export interface Entrant {
  /** Whose call it is; without one each call is its own caller. */
  caller?: string
  /** One that may not wait gets a free slot or none: another node may have one. */
  mayWait?: boolean
  /** Its answer has begun on a node that was lost: its reader waits in the middle of a sentence. */
  isMoved?: boolean
}

/**
 * Who may run on a model's slots and who waits. Callers take turns: each time a slot becomes free, the next caller of those
 * that wait gets it for the oldest of its calls, so that one with many calls does not hold up the others.
 *
 * No caller may hold more of the queue than it leaves free (dynamic queue thresholds, Choudhury and Hahne 1998): one alone
 * gets half of the places, two a third each, and there is always one for a newcomer.
 *
 * Calls that were moved in the middle of their answer come before all that have not begun, the first of them first. They
 * have places of their own, so that a full queue turns none away, and cost their callers no turn. Knows call ids and
 * callers, and nothing of clocks and sockets.
 */
export class Admission {
  #slots: number
  readonly #queueLimit: number
  readonly #movedLimit: number
  readonly #running = new Set<string>()
  /** Moved calls that wait, oldest first. */
  readonly #moved = new Set<string>()
  /** Calls that wait, by caller, oldest first. The next caller to get a slot comes first; none is empty. */
  readonly #turns = new Map<string, string[]>()
  readonly #callers = new Map<string, string>()

  constructor(slots: number, queueLimit: number, movedLimit = queueLimit) {
    this.#slots = slots
    this.#queueLimit = queueLimit
    this.#movedLimit = movedLimit
  }

  get active(): number {
    return this.#running.size
  }

  get queued(): number {
    return this.#callers.size + this.#moved.size
  }

  /** Those that wait, in the order in which they run if nobody comes or gives up. */
  get order(): string[] {
    const rounds: string[][] = []
    for (const waiting of this.#turns.values()) {
      for (const [round, callId] of waiting.entries()) {
        const before = rounds[round]
        if (before) before.push(callId)
        else rounds.push([callId])
      }
    }
    return [...this.#moved, ...rounds.flat()]
  }

  /** Runs or queues a call, or says that there is no place for it. */
  enter(callId: string, { caller = callId, mayWait = true, isMoved = false }: Entrant = {}): Place {
    if (this.#running.size < this.#slots) {
      this.#running.add(callId)
      return 'running'
    }
    if (!mayWait) return 'busy'
    if (isMoved) {
      if (this.#moved.size >= this.#movedLimit) return 'busy'
      this.#moved.add(callId)
      return 'queued'
    }
    const waiting = this.#turns.get(caller)
    if ((waiting?.length ?? 0) >= this.#queueLimit - this.#callers.size) return 'busy'
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

  #unqueue(callId: string): void {
    if (this.#moved.delete(callId)) return
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
      const next = this.#takeNext()
      if (next === undefined) break
      this.#running.add(next)
      promoted.push(next)
    }
    return promoted
  }

  /** Who gets the next free slot; it no longer waits. */
  #takeNext(): string | undefined {
    const [moved] = this.#moved
    if (moved !== undefined) {
      this.#moved.delete(moved)
      return moved
    }
    const [turn] = this.#turns
    if (!turn) return undefined
    const [caller, [next = '', ...rest]] = turn
    this.#callers.delete(next)
    this.#turns.delete(caller)
    if (rest.length > 0) this.#turns.set(caller, rest)
    return next
  }
}

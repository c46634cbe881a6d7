import type { FromChild } from '../messages.ts'

type ChildEvent = Extract<FromChild, { type: 'event' }>['event']

/** A call that its process did not end. */
export interface LostCall {
  callId: string
  /** Whether the process may have died or frozen because of it. */
  isSuspect: boolean
}

/**
 * The calls that a process was given and has not ended, and which of them it works on. When it dies or freezes, that is laid
 * on as few of them as may have been its cause, since whoever ends two engines is given to no third.
 */
export class OpenCalls {
  readonly #all = new Set<string>()
  /** Those of which nothing came yet. */
  readonly #silent = new Set<string>()
  /** The one that the process prepares, which nothing else is done beside. */
  #prepared: string | undefined

  get size(): number {
    return this.#all.size
  }

  has(callId: string): boolean {
    return this.#all.has(callId)
  }

  add(callId: string): void {
    this.#all.add(callId)
    this.#silent.add(callId)
  }

  /** The process prepares a call, or, without one, is done with it. */
  prepare(callId: string | undefined): void {
    this.#prepared = callId
  }

  take(event: ChildEvent): void {
    switch (event.type) {
      case 'step':
        if (this.#silent.size === 0) break
        for (const [callId, , tokens] of event.step) if (tokens.length > 0) this.#silent.delete(callId)
        break
      case 'call.vectors':
        this.#silent.delete(event.callId)
        break
      case 'call.end':
      case 'call.error':
        this.#all.delete(event.callId)
        this.#silent.delete(event.callId)
        break
      default:
        event satisfies never
    }
  }

  /** The process is gone. Answers with its calls, and forgets them. */
  lose(): LostCall[] {
    const suspects = this.#suspects()
    const lost = [...this.#all].map((callId) => ({ callId, isSuspect: suspects.has(callId) }))
    this.#all.clear()
    this.#silent.clear()
    this.#prepared = undefined
    return lost
  }

  /** The one that was prepared; otherwise those of which nothing came yet, since the others have run well; otherwise all. */
  #suspects(): ReadonlySet<string> {
    if (this.#prepared !== undefined && this.#all.has(this.#prepared)) return new Set([this.#prepared])
    return new Set(this.#silent.size > 0 ? this.#silent : this.#all)
  }
}

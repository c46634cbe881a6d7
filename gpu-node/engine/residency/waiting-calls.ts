import type { EngineCommand } from '../engine.ts'

/** Calls that may wait for one model or adapter to be loaded, or to take calls again, … */
export const MAX_LOAD_WAITERS = 64
/** … and how long each does. */
export const LOAD_WAIT_LIMIT_MS = 60_000

export type CallCommand = Exclude<EngineCommand, { type: 'call.cancel' }>

interface Waiter {
  command: CallCommand
  since: number
  timer: NodeJS.Timeout
}

/** Calls that wait for something to be loaded, or to take calls again, in order of arrival: so many, so long. */
export class WaitingCalls {
  readonly #waiters = new Map<string, Waiter>()
  readonly #onTimeout: (callId: string) => void

  /** `onTimeout` is told of a call that waited too long, and no longer does. */
  constructor(onTimeout: (callId: string) => void) {
    this.#onTimeout = onTimeout
  }

  get size(): number {
    return this.#waiters.size
  }

  get callIds(): string[] {
    return [...this.#waiters.keys()]
  }

  /** Since when the first has waited, by `performance.now`. */
  get since(): number | undefined {
    return this.#waiters.values().next().value?.since
  }

  /** False when as many wait as may. */
  add(command: CallCommand): boolean {
    if (this.#waiters.size >= MAX_LOAD_WAITERS) return false
    const { callId } = command
    const timer = setTimeout(() => {
      this.#waiters.delete(callId)
      this.#onTimeout(callId)
    }, LOAD_WAIT_LIMIT_MS)
    this.#waiters.set(callId, { command, since: performance.now(), timer })
    return true
  }

  /** The call if it waited; it no longer does. */
  take(callId: string): CallCommand | undefined {
    const waiter = this.#waiters.get(callId)
    clearTimeout(waiter?.timer)
    this.#waiters.delete(callId)
    return waiter?.command
  }
}

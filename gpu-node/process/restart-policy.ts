import { backoffMs } from '../../shared/backoff.ts'

/** Waits between a crash and the next start. */
export const RESTART_BACKOFF = { baseMs: 500, capMs: 30_000 }
/** A process that ran for this long was well: its crash starts the back-off anew. */
export const HEALTHY_AFTER_MS = 60_000
/** So many crashes within this time are no accident: what serves the model breaks it, … */
export const CRASH_LIMIT = 5
export const CRASH_WINDOW_MS = 600_000
/** … and it rests for this long, out of the node's holdings, so that the pool stops sending calls into the same hole. */
export const CRASH_PAUSE_MS = 900_000

export interface Crash {
  /** How long the process had run. */
  uptimeMs: number
  /** On a clock that only goes forward. */
  now: number
}

export interface Restart {
  waitMs: number
  /** Whether the model rests after too many crashes. */
  isPause: boolean
}

/** When a process that ended by itself is started again. */
export class RestartPolicy {
  #attempt = 0
  #crashes: number[] = []

  next({ uptimeMs, now }: Crash, random = Math.random): Restart {
    this.#attempt = uptimeMs >= HEALTHY_AFTER_MS ? 0 : this.#attempt + 1
    this.#crashes = [...this.#crashes, now].filter((at) => now - at < CRASH_WINDOW_MS)
    if (this.#crashes.length < CRASH_LIMIT) {
      return { waitMs: backoffMs(this.#attempt, RESTART_BACKOFF, random), isPause: false }
    }
    this.#crashes = []
    return { waitMs: CRASH_PAUSE_MS, isPause: true }
  }
}

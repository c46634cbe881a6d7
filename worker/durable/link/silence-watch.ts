import { BUSY_SILENCE_LIMIT_MS, SUSPECT_AFTER_MS } from '../../../shared/wire.ts'

export interface Silence {
  /** When the node was last heard. */
  heardAt: number
  /** Since when it has had calls to run without a pause; undefined when it has none. */
  busySince: number | undefined
  now: number
}

/** `suspect`: takes no new calls. `stalled`: its calls are better off elsewhere. */
export type Verdict = 'well' | 'suspect' | 'stalled'

/**
 * Judges a busy link by its silence; see shared/PROTOCOL.md §6. Looks are regular. Only the second one that finds a link
 * overdue gives it up: after a freeze of the edge itself, what the node said meanwhile is heard between the two.
 */
export class SilenceWatch {
  #wasOverdue = false

  look({ heardAt, busySince, now }: Silence): Verdict {
    const silentMs = busySince === undefined ? 0 : now - Math.max(heardAt, busySince)
    const isOverdue = silentMs >= BUSY_SILENCE_LIMIT_MS
    const isStalled = isOverdue && this.#wasOverdue
    this.#wasOverdue = isOverdue
    if (isStalled) return 'stalled'
    return silentMs >= SUSPECT_AFTER_MS ? 'suspect' : 'well'
  }
}

import { causeOf } from '../../../shared/failure-cause.ts'
import type { Logger } from '../../../shared/log.ts'
import type { ChildMemory } from '../messages.ts'

/** A taker of memory that no model needs, for as long as that is so. */
export interface Guest {
  /** Memory that is kept for it. */
  readonly takenMiB: number
  /** Its memory as measured, where there is a process. */
  readonly memory: ChildMemory | undefined
  /** A call needs its model loaded: it goes, and resolves when its memory is free. */
  leave(): Promise<void>
}

/** Memory that models leave to others. */
export interface SpareMemory {
  /** The memory that could be taken now. */
  readonly freeMiB: number
  /** Takes some of it. Answers with what gives it back. */
  admit(guest: Guest): () => void
}

/** Those who take memory beside the models. */
export class Guests {
  readonly #guests = new Set<Guest>()

  get takenMiB(): number {
    return [...this.#guests].reduce((sum, { takenMiB }) => sum + takenMiB, 0)
  }

  get memories(): ChildMemory[] {
    return [...this.#guests].flatMap(({ memory }) => memory ?? [])
  }

  /** `onLeft`: its memory is given back. */
  admit(guest: Guest, onLeft: () => void): () => void {
    this.#guests.add(guest)
    return () => {
      if (this.#guests.delete(guest)) onLeft()
    }
  }

  /** Asks all to go. Never rejects: what does not go by itself is gone all the same, or keeps its place. */
  async leave(log: Logger): Promise<void> {
    for (const guest of [...this.#guests]) {
      try {
        await guest.leave()
      } catch (thrown) {
        log.error('guest.leave_failed', { reason: causeOf(thrown) })
      }
      this.#guests.delete(guest)
    }
  }
}

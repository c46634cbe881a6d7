import { causeOf } from '../../../shared/failure-cause.ts'
import type { Logger } from '../../../shared/log.ts'
import { pause } from '../pause.ts'
import type { ResponseStore } from './response-store.ts'

/** How long an account may keep more responses than its plan allows before the oldest go. */
export const TRIM_AFTER_MS = 5_000

/** A trim that has not come by then died with its request: the next response that is kept starts another. */
export const TRIM_OVERDUE_MS = 30_000

export interface TrimmingOptions {
  store: Pick<ResponseStore, 'trim'>
  /** Lets the trim go on after the response. */
  later: (work: Promise<unknown>) => void
  log: Pick<Logger, 'error'>
  now?: () => number
  wait?: (milliseconds: number) => Promise<void>
}

/**
 * Says that a response of an account was kept. A trim looks at all that the account keeps, so one serves all that are kept
 * until it comes.
 */
export function createTrimming({ store, later, log, now = Date.now, wait = pause }: TrimmingOptions) {
  /** The accounts that will be trimmed, and since when. */
  const startedAt = new Map<string, number>()

  async function trim(accountId: string): Promise<void> {
    await wait(TRIM_AFTER_MS)
    // What is kept from here on may come too late for this one.
    startedAt.delete(accountId)
    try {
      await store.trim(accountId)
    } catch (thrown) {
      log.error('responses.not_trimmed', { cause: causeOf(thrown) })
    }
  }

  return (accountId: string): void => {
    const started = startedAt.get(accountId)
    if (started !== undefined && now() - started < TRIM_OVERDUE_MS) return
    startedAt.set(accountId, now())
    later(trim(accountId))
  }
}

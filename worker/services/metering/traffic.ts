import { and, eq, gte, lte, type SQL, sql } from 'drizzle-orm'
import { causeOf } from '../../../shared/failure-cause.ts'
import type { Logger } from '../../../shared/log.ts'
import { HOUR_MS } from '../../../shared/units.ts'
import type { Db } from '../../db/client.ts'
import { accounts } from '../../db/tables/accounts.ts'
import { traffic } from '../../db/tables/metering.ts'
import { pause } from '../pause.ts'

/** The interval at which an isolate writes its counts at most. */
export const FLUSH_INTERVAL_MS = 1_000

/** A flush that has not come by then died with its request: the next request starts another. */
export const FLUSH_OVERDUE_MS = 10_000

/** `lastSeenAt` of an account is this exact: an account that is always there is not written every second. */
export const LAST_SEEN_RESOLUTION_MS = 60_000

/** The unix hour of a time. */
export const hourOf = (ms: number): number => Math.floor(ms / HOUR_MS)

/** One request as it was answered. */
export interface RequestNote {
  surface: string
  status: number
  ms: number
  /** It passed because the limiter could not be asked. */
  unlimited: boolean
  accountId?: string | null | undefined
}

type Tally = typeof traffic.$inferSelect

export interface TrafficStats {
  requests: number
  /** Those answered with a status of 500 or more. */
  failures: number
  unlimited: number
  /** Null when there was no request. */
  averageMs: number | null
}

export interface TrafficOptions {
  /** Lets the flush go on after the response. */
  later: (work: Promise<unknown>) => void
  log: Logger
  now?: () => number
  wait?: (milliseconds: number) => Promise<void>
}

export type Traffic = ReturnType<typeof createTraffic>

/** Counts requests in memory and writes the sums, so that counting costs a request nothing. */
export function createTraffic(db: Db, { later, log, now = Date.now, wait = pause }: TrafficOptions) {
  let tallies = new Map<string, Tally>()
  let seen = new Set<string>()
  let flushStartedAt: number | undefined

  function add(tally: Tally): void {
    const key = `${tally.hour} ${tally.surface}`
    const known = tallies.get(key)
    if (!known) {
      tallies.set(key, { ...tally })
      return
    }
    known.requests += tally.requests
    known.failures += tally.failures
    known.unlimited += tally.unlimited
    known.totalMs += tally.totalMs
  }

  const upsert = (tally: Tally) =>
    db
      .insert(traffic)
      .values(tally)
      .onConflictDoUpdate({
        target: [traffic.hour, traffic.surface],
        set: {
          requests: sql`${traffic.requests} + excluded.requests`,
          failures: sql`${traffic.failures} + excluded.failures`,
          unlimited: sql`${traffic.unlimited} + excluded.unlimited`,
          totalMs: sql`${traffic.totalMs} + excluded.total_ms`,
        },
      })

  /** One statement whatever the number of accounts: D1 takes 100 parameters at most, and this is one. */
  const touch = (accountIds: ReadonlySet<string>) =>
    db
      .update(accounts)
      .set({ lastSeenAt: now() })
      .where(
        and(
          sql`${accounts.id} in (select value from json_each(${JSON.stringify([...accountIds])}))`,
          lte(sql`coalesce(${accounts.lastSeenAt}, 0)`, now() - LAST_SEEN_RESOLUTION_MS),
        ),
      )

  async function flush(): Promise<void> {
    const taken = { tallies: [...tallies.values()], seen }
    tallies = new Map()
    seen = new Set()
    const statements = taken.tallies.map(upsert)
    try {
      if (statements.length > 0) await db.batch([touch(taken.seen), ...statements])
    } catch (thrown) {
      for (const tally of taken.tallies) add(tally)
      for (const accountId of taken.seen) seen.add(accountId)
      log.error('traffic.flush_failed', { surfaces: taken.tallies.length, cause: causeOf(thrown) })
    }
  }

  async function flushLater(): Promise<void> {
    await wait(FLUSH_INTERVAL_MS)
    // From here on a new request starts the next flush: what it counts may come too late for this one.
    flushStartedAt = undefined
    await flush()
  }

  async function stats(filter: { sinceHour: number; surface?: string | undefined }): Promise<TrafficStats> {
    const sum = (column: SQL) => sql<number>`coalesce(sum(${column}), 0)`
    const [row] = await db
      .select({
        requests: sum(sql`${traffic.requests}`),
        failures: sum(sql`${traffic.failures}`),
        unlimited: sum(sql`${traffic.unlimited}`),
        totalMs: sum(sql`${traffic.totalMs}`),
      })
      .from(traffic)
      .where(
        and(
          gte(traffic.hour, filter.sinceHour),
          filter.surface === undefined ? undefined : eq(traffic.surface, filter.surface),
        ),
      )
    const { requests, failures, unlimited, totalMs } = row ?? {
      requests: 0,
      failures: 0,
      unlimited: 0,
      totalMs: 0,
    }
    return { requests, failures, unlimited, averageMs: requests === 0 ? null : totalMs / requests }
  }

  return {
    /** Counts a request. In the database within about `FLUSH_INTERVAL_MS`; a failed write is made up for by the next. */
    note({ surface, status, ms, unlimited, accountId }: RequestNote): void {
      add({
        hour: hourOf(now()),
        surface,
        requests: 1,
        failures: Number(status >= 500),
        unlimited: Number(unlimited),
        totalMs: ms,
      })
      if (accountId) seen.add(accountId)
      if (flushStartedAt !== undefined && now() - flushStartedAt < FLUSH_OVERDUE_MS) return
      flushStartedAt = now()
      later(flushLater())
    },

    /** The counts from an hour on, of one surface or all. */
    stats,
    requestsSince: async (sinceHour: number, surface?: string) =>
      (await stats({ sinceHour, surface })).requests,
    averageMs: async (sinceHour: number, surface?: string) => (await stats({ sinceHour, surface })).averageMs,
  }
}

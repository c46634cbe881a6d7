import { and, asc, eq, gte, lte, sql } from 'drizzle-orm'
import { DAY_MS } from '../../../shared/units.ts'
import type { Db } from '../../db/client.ts'
import { usageHours } from '../../db/tables/metering.ts'
import { sweep } from '../sweep.ts'
import { addedTo, sumsOf, type UsageTotals } from './sums.ts'
import { hourOf } from './traffic.ts'

/** The sums of single hours are kept this long; those of days for ever. */
export const USAGE_HOURS_KEPT_DAYS = 31

/** The use of one hour. */
export interface UsageOfHour extends UsageTotals {
  /** The unix hour. */
  hour: number
}

export interface HoursFilter {
  accountId?: string | undefined
  model?: string | undefined
  /** Unix hours, both included. */
  from: number
  to: number
}

type Row = typeof usageHours.$inferInsert

/** The sums of what was used within single hours of the last days. */
export function createUsageHours(db: Db, now: () => number = Date.now) {
  const { hour, accountId, model, kind } = usageHours

  return {
    /** Adds a run to the hour of its end, in one batch with what else is written of it. */
    adding: ({ createdAt, ...run }: Omit<Row, 'hour'> & { createdAt: number }) =>
      db
        .insert(usageHours)
        .values({ ...run, hour: hourOf(createdAt) })
        .onConflictDoUpdate({ target: [hour, accountId, model, kind], set: addedTo(usageHours) }),

    /** The hours in which something was used, oldest first. */
    list: (filter: HoursFilter): Promise<UsageOfHour[]> =>
      db
        .select({ hour, ...sumsOf(usageHours) })
        .from(usageHours)
        .where(
          and(
            gte(hour, filter.from),
            lte(hour, filter.to),
            filter.accountId === undefined ? undefined : eq(accountId, filter.accountId),
            filter.model === undefined ? undefined : eq(model, filter.model),
          ),
        )
        .groupBy(hour)
        .orderBy(asc(hour)),

    /** Forgets hours older than `USAGE_HOURS_KEPT_DAYS`. Returns how many sums. */
    sweep: (): Promise<number> =>
      sweep(async (limit) => {
        const oldest = hourOf(now() - USAGE_HOURS_KEPT_DAYS * DAY_MS)
        const { meta } = await db.run(sql`
          DELETE FROM usage_hours WHERE rowid IN
            (SELECT rowid FROM usage_hours WHERE hour < ${oldest} ORDER BY hour LIMIT ${limit})`)
        return meta.changes
      }),
  }
}

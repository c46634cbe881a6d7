import { and, eq, exists, isNotNull, isNull, lte, or, type SQL, sql } from 'drizzle-orm'
import type { BatchItem } from 'drizzle-orm/batch'
import { type Db, newId } from '../../../db/client.ts'
import { accounts } from '../../../db/tables/accounts.ts'
import { searchDatasets } from '../../../db/tables/search-datasets.ts'

/** How long a step of work may take; each that is written down renews it. Whoever was cut off is followed by another after it. */
export const LEASE_MS = 60_000

export type DatasetRecord = typeof searchDatasets.$inferSelect
export type DatasetChange = { [Name in keyof DatasetRecord]?: DatasetRecord[Name] | SQL }

/** Whether the account of a dataset is active: what others have begun stands still. */
export const isOfActive = (db: Db) =>
  exists(
    db
      .select({ one: sql`1` })
      .from(accounts)
      .where(and(eq(accounts.id, searchDatasets.accountId), eq(accounts.active, true))),
  )

/** The lease is another one's: whatever was done for it is theirs to do. */
export class LeaseLost extends Error {
  override readonly name = 'LeaseLost'
}

export type DatasetLeases = ReturnType<typeof createDatasetLeases>

/** The right to work on a dataset. Of two who want it one gets it; whoever has lost it changes nothing any more. */
export function createDatasetLeases(db: Db, now: () => number) {
  return {
    /** The dataset, if something is due, its account is active, and nobody works on it. A lease that nobody has given back was an attempt. */
    async take(id: string): Promise<DatasetRecord | undefined> {
      const time = now()
      const { attempts, leaseUntil, nextAt } = searchDatasets
      const [row] = await db
        .update(searchDatasets)
        .set({
          leaseId: newId(),
          leaseUntil: time + LEASE_MS,
          attempts: sql`${attempts} + (${leaseUntil} is not null)`,
        })
        .where(
          and(
            eq(searchDatasets.id, id),
            isNotNull(nextAt),
            lte(nextAt, time),
            or(isNull(leaseUntil), lte(leaseUntil, time)),
            isOfActive(db),
          ),
        )
        .returning()
      return row
    },

    /** Changes a dataset, with other statements in front, and renews the lease. Throws `LeaseLost`. */
    async change(
      { id, leaseId }: DatasetRecord,
      set: DatasetChange,
      before: readonly BatchItem<'sqlite'>[] = [],
    ): Promise<DatasetRecord> {
      const update = db
        .update(searchDatasets)
        .set({ leaseUntil: now() + LEASE_MS, ...set })
        .where(and(eq(searchDatasets.id, id), eq(searchDatasets.leaseId, leaseId ?? '')))
        .returning()
      const [first = update, ...others]: BatchItem<'sqlite'>[] = [...before, update]
      const results = await db.batch([first, ...others])
      // The last statement answers with the dataset.
      const [row] = results.at(-1) as DatasetRecord[]
      if (!row) throw new LeaseLost('The dataset is with somebody else.')
      return row
    },
  }
}

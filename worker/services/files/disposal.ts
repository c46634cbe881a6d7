import { type SQL, sql } from 'drizzle-orm'
import type { Db } from '../../db/client.ts'
import { disposedObjects } from '../../db/tables/disposal.ts'
import { sweep } from '../sweep.ts'

export type Disposal = ReturnType<typeof createDisposal>

/**
 * Deletes objects that rows have let go of. The rows' batch says which; they are deleted after it, and again by the sweep
 * where that did not come to its end: neither is an object deleted that has its row, nor does one stay without.
 */
export function createDisposal({
  db,
  bucket,
  now = Date.now,
}: {
  db: Db
  bucket: R2Bucket
  now?: () => number
}) {
  async function dispose(keys: readonly string[]): Promise<void> {
    if (keys.length === 0) return
    await bucket.delete([...keys])
    const given = sql`(select value from json_each(${JSON.stringify(keys)}))`
    await db.delete(disposedObjects).where(sql`${disposedObjects.key} in ${given}`)
  }

  return {
    /** The statement that notes the keys which a query selects, for a batch before the rows go; answers with `{key}`. */
    noting: (selectKeys: SQL) =>
      db
        .insert(disposedObjects)
        .select(sql`select key, ${now()} from (${selectKeys}) where true`)
        .onConflictDoNothing()
        .returning({ key: disposedObjects.key }),

    /** Deletes objects that were noted. */
    dispose,

    /** Deletes what is left over. */
    sweep: (): Promise<number> =>
      sweep(async (limit) => {
        const left = await db.select({ key: disposedObjects.key }).from(disposedObjects).limit(limit)
        await dispose(left.map(({ key }) => key))
        return left.length
      }),
  }
}

import { ID_RANDOM_BYTES, makeId } from '../../../shared/ids.ts'
import { DAY_MS } from '../../../shared/units.ts'
import { SWEEP_ROUNDS, SWEEP_ROWS } from '../sweep.ts'

/** How many days of objects a sweep looks at. */
export const SWEPT_DAYS = 2

export interface OrphanOptions {
  bucket: R2Bucket
  /** How the keys begin; an id follows. */
  prefix: string
  /** Those of some ids that still have their rows. */
  withRows: (ids: readonly string[]) => Promise<readonly string[]>
  now: number
}

/**
 * Deletes objects that have no row: they were cut off between an object's end and its row. Keys sort by age, so only those of the
 * days before yesterday are looked at: today's may still get their rows.
 */
export async function sweepOrphans({ bucket, prefix, withRows, now }: OrphanOptions): Promise<number> {
  const before = (ms: number) => prefix + makeId(now - ms, new Uint8Array(ID_RANDOM_BYTES))
  const [first, end] = [before((1 + SWEPT_DAYS) * DAY_MS), before(DAY_MS)]
  let startAfter = first
  let deleted = 0
  for (let round = 0; round < SWEEP_ROUNDS; round += 1) {
    const page = await bucket.list({ prefix, startAfter, limit: SWEEP_ROWS })
    const keys = page.objects.map(({ key }) => key).filter((key) => key < end)
    const known = new Set(await withRows(keys.map((key) => key.slice(prefix.length))))
    const orphans = keys.filter((key) => !known.has(key.slice(prefix.length)))
    if (orphans.length > 0) await bucket.delete(orphans)
    deleted += orphans.length
    const last = keys.at(-1)
    if (!page.truncated || last === undefined || keys.length < page.objects.length) break
    startAfter = last
  }
  return deleted
}

import { eq } from 'drizzle-orm'
import { DEFAULT_REGION } from '../../../shared/node.ts'
import type { Db } from '../../db/client.ts'
import { regions } from '../../db/tables/pool.ts'

/** Regions that nodes may open; whoever names another one is counted to the default. Callers look through them all in vain. */
export const MAX_REGIONS = 64

export type Regions = ReturnType<typeof createRegions>

/** Which regions have nodes. Each one's directory says so of itself. */
export function createRegions(db: Db) {
  const list = async (): Promise<string[]> => {
    const rows = await db.select({ name: regions.name }).from(regions).orderBy(regions.name)
    return rows.map(({ name }) => name)
  }
  return {
    list,

    /** The region of a node that would be in this one. */
    async admit(name: string): Promise<string> {
      if (name === DEFAULT_REGION) return name
      const known = await list()
      return known.includes(name) || known.length < MAX_REGIONS ? name : DEFAULT_REGION
    },

    async add(name: string): Promise<void> {
      await db.insert(regions).values({ name, createdAt: Date.now() }).onConflictDoNothing()
    },

    async remove(name: string): Promise<void> {
      await db.delete(regions).where(eq(regions.name, name))
    },
  }
}

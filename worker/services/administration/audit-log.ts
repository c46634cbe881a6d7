import { and, desc, eq, inArray, lt, ne, or } from 'drizzle-orm'
import { AppError } from '../../../shared/errors.ts'
import { DAY_MS } from '../../../shared/units.ts'
import type { Db } from '../../db/client.ts'
import { accounts } from '../../db/tables/accounts.ts'
import { auditLog } from '../../db/tables/administration.ts'
import { sweep } from '../sweep.ts'

/** Changes are remembered for so long. */
export const AUDIT_KEPT_DAYS = 400

/** The longest page of the audit log. */
export const MAX_AUDIT_PAGE = 100

export interface AuditFilter {
  limit: number
  /** The last entry of the page before. */
  after?: string | undefined
  actorId?: string | undefined
  action?: string | undefined
  target?: string | undefined
}

export type AuditLog = ReturnType<typeof createAuditLog>
export type ReadAuditEntry = Awaited<ReturnType<AuditLog['list']>>['entries'][number]

/** The record of changes as administrators read it. */
export function createAuditLog(db: Db, now: () => number = Date.now) {
  const { id, actorId, action, target, before, after, address, createdAt } = auditLog

  async function lastOf(entryId: string) {
    const [row] = await db.select({ createdAt }).from(auditLog).where(eq(id, entryId))
    if (row) return row
    throw new AppError('invalid_request', `There is no entry '${entryId}'.`, { param: 'after' })
  }

  return {
    /** The newest first, with the names of who did it. Throws `invalid_request` when the entry `after` does not exist. */
    async list(filter: AuditFilter) {
      const last = filter.after === undefined ? undefined : await lastOf(filter.after)
      const rows = await db
        .select({
          ...{ id, actorId, action, target, before, after, address, createdAt },
          username: accounts.username,
          email: accounts.email,
          name: accounts.name,
        })
        .from(auditLog)
        .leftJoin(accounts, eq(accounts.id, actorId))
        .where(
          and(
            last &&
              or(
                lt(createdAt, last.createdAt),
                and(eq(createdAt, last.createdAt), lt(id, filter.after ?? '')),
              ),
            filter.actorId === undefined ? undefined : eq(actorId, filter.actorId),
            filter.action === undefined ? undefined : eq(action, filter.action),
            filter.target === undefined ? undefined : eq(target, filter.target),
          ),
        )
        .orderBy(desc(createdAt), desc(id))
        .limit(filter.limit + 1)
      return { entries: rows.slice(0, filter.limit), hasMore: rows.length > filter.limit }
    },

    /** Forgets what is older than `AUDIT_KEPT_DAYS`. Returns how much. */
    sweep: (): Promise<number> =>
      sweep(async (limit) => {
        const old = db
          .select({ id })
          .from(auditLog)
          // Who last changed the catalogue pays for its vectors, however long ago that was.
          .where(and(lt(createdAt, now() - AUDIT_KEPT_DAYS * DAY_MS), ne(action, 'catalogue.update')))
          .orderBy(createdAt)
          .limit(limit)
        const { meta } = await db.delete(auditLog).where(inArray(id, old))
        return meta.changes
      }),
  }
}

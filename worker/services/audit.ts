import { type Db, newId } from '../db/client.ts'
import { auditLog } from '../db/tables/administration.ts'

/** One change by an administrator. `before` and `after` are JSON and hold no secret: rows are never deleted. */
export interface AuditEntry {
  /** The account that made the change. */
  actorId: string
  /** The action, as `noun.verb`: `settings.update`. */
  action: string
  /** The target of the action: an id, or the name of a thing of which there is one. */
  target: string
  before?: unknown
  after?: unknown
}

export type Audit = ReturnType<typeof createAudit>

/** The record of what administrators changed. */
export function createAudit(db: Db, now: () => number = Date.now) {
  return {
    /** The insert of one row: goes into one `db.batch` with the change, so that neither is there without the other. */
    row: (entry: AuditEntry) => db.insert(auditLog).values({ id: newId(), createdAt: now(), ...entry }),
  }
}

import { AsyncLocalStorage } from 'node:async_hooks'
import { and, eq, gt, type SQL, sql } from 'drizzle-orm'
import type { SQLiteTable } from 'drizzle-orm/sqlite-core'
import { type Db, newId } from '../db/client.ts'
import { auditLog } from '../db/tables/administration.ts'

/** One change by somebody. `before` and `after` are JSON and hold neither secrets nor what people have written. */
export interface AuditEntry {
  /** The account that made the change, or `NOBODY`. */
  actorId: string
  /** The action, as `noun.verb`: `settings.update`. */
  action: string
  /** The target of the action: an id, or the name of a thing of which there is one. */
  target: string
  before?: unknown
  after?: unknown
}

/** The actor where nobody is known who it was. */
export const NOBODY = 'nobody'

/** The longest address that is written down: an IPv6 one with room for its zone. */
const MAX_ADDRESS_LENGTH = 64

/** The address that the request comes from which is being answered: no service has to be handed it to write it down. */
const askers = new AsyncLocalStorage<string>()

/** Answers a request so that what it changes is written down with the address that it came from. */
export const answeringTo = <Result>(address: string | undefined, answer: () => Result): Result =>
  address === undefined ? answer() : askers.run(address.slice(0, MAX_ADDRESS_LENGTH), answer)

export type Audit = ReturnType<typeof createAudit>

/** The record of what was changed, by whom and from where. */
export function createAudit(db: Db, now: () => number = Date.now) {
  const rowOf = (entry: AuditEntry) => ({
    id: newId(),
    createdAt: now(),
    address: askers.getStore() ?? null,
    ...entry,
  })

  function rowIf(entry: AuditEntry, condition: SQL) {
    const { id, actorId, action, target, before = null, after = null, address, createdAt } = rowOf(entry)
    const json = (value: unknown) => (value === null ? null : JSON.stringify(value))
    // All columns in the order of the table.
    return db.insert(auditLog).select(sql`
      SELECT ${id}, ${actorId}, ${action}, ${target}, ${json(before)}, ${json(after)}, ${address}, ${createdAt}
      WHERE ${condition}`)
  }

  return {
    /** The insert of one row: goes into one `db.batch` with the change, so that neither is there without the other. */
    row: (entry: AuditEntry) => db.insert(auditLog).values(rowOf(entry)),

    /**
     * The same, where the change may turn out to be none: a row only while the table holds one that the condition names, at this
     * place of the batch.
     */
    rowWhere: (entry: AuditEntry, table: SQLiteTable, condition: SQL | undefined) =>
      rowIf(entry, sql`EXISTS (SELECT 1 FROM ${table} WHERE ${condition})`),

    /**
     * The same for what was refused, which anybody can cause: at most so many rows since a time for the target, and as many for the
     * address, so that nobody fills the table.
     */
    rowWithin(entry: AuditEntry, { most, since }: { most: number; since: number }) {
      const { action, target, createdAt, address } = auditLog
      const fewOf = (condition: SQL | undefined) =>
        sql`(SELECT count(*) FROM ${auditLog} WHERE ${and(gt(createdAt, since), eq(action, entry.action), condition)}) < ${most}`
      const from = askers.getStore()
      const fewFrom = from === undefined ? sql`true` : fewOf(eq(address, from))
      return rowIf(entry, sql`${fewOf(eq(target, entry.target))} AND ${fewFrom}`)
    },
  }
}

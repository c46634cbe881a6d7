import { and, desc, eq, type SQL, sql } from 'drizzle-orm'
import { AppError } from '../../../shared/errors.ts'
import type { Db } from '../../db/client.ts'
import { accounts } from '../../db/tables/accounts.ts'
import type { Audit } from '../audit.ts'
import { type AccountRecord, accountColumns, type BillingCycle, type Plan, type Role } from './account-row.ts'

/** The longest page of accounts. */
export const MAX_ACCOUNTS_PER_PAGE = 100

/** How often a change is tried that other changes of the same account overtake. */
const MAX_UPDATE_TRIES = 3

/** An administrator's change to an account. */
export interface AccountPatch {
  roles?: readonly Role[] | undefined
  plan?: Plan | undefined
  billingCycle?: BillingCycle | null | undefined
  active?: boolean | undefined
}

const isActiveAdmin = ({ active, roles }: { active: boolean; roles: readonly string[] }) =>
  active && roles.includes('admin')

/** The account is as it was read. Compared as JSON: rows were not all written by the same hand. */
const isUnchanged = ({ id, roles, plan, billingCycle, active }: AccountRecord): SQL => sql`EXISTS (
  SELECT 1 FROM ${accounts} WHERE ${accounts.id} = ${id} AND json(${accounts.roles}) = json(${JSON.stringify(roles)})
    AND ${accounts.plan} = ${plan} AND ${accounts.billingCycle} IS ${billingCycle}
    AND ${accounts.active} = ${active ? 1 : 0})`

const hasOtherAdmin = (id: string): SQL => sql`EXISTS (
  SELECT 1 FROM ${accounts}, json_each(${accounts.roles}) AS role
  WHERE ${accounts.id} <> ${id} AND ${accounts.active} = 1 AND role.value = 'admin')`

/** The administration of accounts. */
export function createAccountAdmin(db: Db, audit: Audit) {
  async function find(id: string): Promise<AccountRecord | undefined> {
    const [row] = await db.select(accountColumns).from(accounts).where(eq(accounts.id, id))
    return row
  }

  async function get(id: string): Promise<AccountRecord> {
    const record = await find(id)
    if (!record) throw new AppError('not_found', `There is no account '${id}'.`)
    return record
  }

  const isTrue = async (condition: SQL): Promise<boolean> => {
    const [row] = await db.all<{ holds: number }>(sql`SELECT ${condition} AS holds`)
    return row?.holds === 1
  }

  /** One transaction: the condition still holds, the change, and its record; or none of them. */
  async function write(before: AccountRecord, after: AccountRecord, actorId: string, condition: SQL) {
    const changed = (Object.keys(after) as (keyof AccountRecord)[]).filter(
      (field) => JSON.stringify(after[field]) !== JSON.stringify(before[field]),
    )
    const pick = (record: AccountRecord) => Object.fromEntries(changed.map((field) => [field, record[field]]))
    const { id, roles, plan, billingCycle, active } = after
    await db.batch([
      // D1 undoes a batch only when a statement fails, and an UPDATE without rows does not: bad JSON does.
      db
        .select({ holds: sql`json(CASE WHEN ${condition} THEN 'true' ELSE 'refused' END)`.as('holds') })
        .from(sql`(SELECT 1)`),
      db
        .update(accounts)
        .set({ roles: [...roles], plan, billingCycle, active })
        .where(eq(accounts.id, id)),
      audit.row({
        actorId,
        action: 'account.update',
        target: id,
        before: pick(before),
        after: pick(after),
      }),
    ])
  }

  return {
    /** One account, active or not. Throws `not_found`. */
    get,

    /** The newest first, those after the account `after`. Throws `invalid_request` when that one does not exist. */
    async list({ limit, after }: { limit: number; after?: string | undefined }) {
      const last = after === undefined ? undefined : await find(after)
      if (after !== undefined && !last) {
        throw new AppError('invalid_request', `There is no account '${after}'.`, { param: 'after' })
      }
      const rows: AccountRecord[] = await db
        .select(accountColumns)
        .from(accounts)
        .where(and(last && sql`${accounts.number} < ${last.number}`))
        .orderBy(desc(accounts.number))
        .limit(limit + 1)
      return { accounts: rows.slice(0, limit), hasMore: rows.length > limit }
    },

    /**
     * Changes an account and records who did it. An inactive account's tokens and keys end everywhere within
     * `ACCOUNT_CACHE_MS`. Throws `not_found`, and `conflict` rather than leave the deployment without an active administrator.
     */
    async update(id: string, patch: AccountPatch, actorId: string): Promise<AccountRecord> {
      const given = Object.fromEntries(Object.entries(patch).filter(([, value]) => value !== undefined))
      for (let tried = 1; ; tried += 1) {
        const before = await get(id)
        const after: AccountRecord = { ...before, ...given }
        const removesAdmin = isActiveAdmin(before) && !isActiveAdmin(after)
        const condition = removesAdmin
          ? sql`${isUnchanged(before)} AND ${hasOtherAdmin(id)}`
          : isUnchanged(before)
        try {
          await write(before, after, actorId, condition)
          return after
        } catch (thrown) {
          if (removesAdmin && !(await isTrue(hasOtherAdmin(id)))) {
            throw new AppError('conflict', 'This is the last active administrator: name another one first.')
          }
          if (tried === MAX_UPDATE_TRIES) throw thrown
        }
      }
    },
  }
}

import { eq, type SQL, sql } from 'drizzle-orm'
import { MIB } from '../../../shared/units.ts'
import type { Db } from '../../db/client.ts'
import { accounts } from '../../db/tables/accounts.ts'
import { PLANS, type Plan } from './account-row.ts'

/** The most that an account may have of a kind, by its plan. */
export type PlanRows = Readonly<Record<Plan, number>>

/** Conversations that are begun before anything is said in them; those that begin with a question cost its tokens. */
export const MAX_CONVERSATIONS: PlanRows = { free: 10_000, pro: 50_000, enterprise: 100_000 }

/** Bytes of messages that were put into conversations as they are, and that no model has answered. */
export const MAX_ADDED_BYTES: PlanRows = { free: 64 * MIB, pro: 512 * MIB, enterprise: 1_024 * MIB }

/** The weight of a message beside its text: of its row, and of its place in the index. */
export const MESSAGE_OVERHEAD_BYTES = 256

/** Records of models. */
export const MAX_MODEL_RECORDS: PlanRows = { free: 1_000, pro: 10_000, enterprise: 50_000 }

/** Records of training elsewhere, whose logs may have 300 KB each. */
export const MAX_FINE_TUNE_RECORDS: PlanRows = { free: 100, pro: 1_000, enterprise: 5_000 }

/** The limit of an account, by its plan as the database has it. */
export const limitOf = (accountId: string, rows: PlanRows): SQL => {
  const byPlan = PLANS.map((plan) => sql`when ${plan} then ${rows[plan]}`)
  return sql`(select case ${accounts.plan} ${sql.join(byPlan, sql` `)} end from ${accounts} where ${accounts.id} = ${accountId})`
}

/** The same as a number, for a sentence. */
export async function readLimit(db: Db, accountId: string, rows: PlanRows): Promise<string> {
  const [account] = await db.select({ plan: accounts.plan }).from(accounts).where(eq(accounts.id, accountId))
  return rows[account?.plan ?? 'free'].toLocaleString('en')
}

import type { BatchItem } from 'drizzle-orm/batch'
import type { Db } from '../../db/client.ts'
import { calls, usage } from '../../db/tables/metering.ts'
import { billedOf, type CallRecord, costOf } from './call-record.ts'
import { addedTo } from './sums.ts'
import { hourOf } from './traffic.ts'
import type { createUsageHours } from './usage-hours.ts'

/** A call that ended, with what makes it the same one however often it is written down. */
export interface KeptCall extends CallRecord {
  id: string
  /** Of its end, epoch ms. */
  createdAt: number
}

/** Rows of one statement: D1 takes 100 parameters, and a call has twelve. */
const CALLS_PER_STATEMENT = 8

/** The day (UTC) of a time, as `YYYY-MM-DD`. */
export const dayOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10)

/** Everything that is written of one call. */
interface WrittenCall {
  row: typeof calls.$inferInsert
  sum: Omit<typeof usage.$inferInsert, 'day' | 'cost'> & { cost: number; createdAt: number }
}

/** Writes calls down: each by itself, and the sums of what they used. */
export function createCallRows(
  db: Db,
  {
    priceOf,
    hours,
  }: {
    priceOf: (model: string) => Promise<number>
    hours: Pick<ReturnType<typeof createUsageHours>, 'adding'>
  },
) {
  async function written(call: KeptCall): Promise<WrittenCall> {
    const { id, createdAt, accountId, model, kind, outcome, attempts, firstMs, totalMs } = call
    const { requests, ...tokens } = billedOf(call)
    const cost = costOf(tokens, await priceOf(model))
    return {
      row: { id, accountId, model, kind, outcome, attempts, firstMs, totalMs, createdAt, ...tokens },
      sum: { createdAt, accountId, model, kind, requests, ...tokens, cost },
    }
  }

  const adding = ({ createdAt, ...sum }: WrittenCall['sum']) =>
    db
      .insert(usage)
      .values({ day: dayOf(createdAt), ...sum })
      .onConflictDoUpdate({
        target: [usage.day, usage.accountId, usage.model, usage.kind],
        set: addedTo(usage),
      })

  /** Of calls of one hour, account, model and kind, what they used together. */
  function summed(all: readonly WrittenCall[]): WrittenCall['sum'][] {
    const sums = new Map<string, WrittenCall['sum']>()
    for (const { sum } of all) {
      const { createdAt, accountId, model, kind } = sum
      const key = JSON.stringify([hourOf(createdAt), accountId, model, kind])
      const known = sums.get(key)
      if (!known) {
        sums.set(key, { ...sum })
        continue
      }
      known.requests += sum.requests
      known.promptTokens += sum.promptTokens
      known.cachedPromptTokens += sum.cachedPromptTokens
      known.completionTokens += sum.completionTokens
      known.cost += sum.cost
    }
    return [...sums.values()]
  }

  return {
    /** All of them, or none: the ids of calls that are there already make it fail as a whole. */
    async write(kept: readonly KeptCall[]): Promise<void> {
      const all = await Promise.all(kept.map(written))
      const statements: BatchItem<'sqlite'>[] = []
      for (let at = 0; at < all.length; at += CALLS_PER_STATEMENT) {
        const rows = all.slice(at, at + CALLS_PER_STATEMENT).map(({ row }) => row)
        statements.push(db.insert(calls).values(rows))
      }
      for (const sum of summed(all)) statements.push(adding(sum), hours.adding(sum))
      const [first, ...others] = statements
      if (first) await db.batch([first, ...others])
    },
  }
}

import { and, desc, eq, gte, inArray, lt, lte, type SQL, sql } from 'drizzle-orm'
import { base64url } from 'jose'
import { z } from 'zod'
import { AppError } from '../../../shared/errors.ts'
import { causeOf } from '../../../shared/failure-cause.ts'
import type { Logger } from '../../../shared/log.ts'
import { DAY_MS } from '../../../shared/units.ts'
import { type Db, newId } from '../../db/client.ts'
import { calls, usage } from '../../db/tables/metering.ts'
import { accountSubject, TOKENS_BUDGET } from '../limits/budget.ts'
import type { Limiter } from '../limits/limiter.ts'
import { pause } from '../pause.ts'
import { sweep } from '../sweep.ts'
import { billedOf, type CallRecord } from './call-record.ts'
import { createCallRows, type KeptCall } from './call-rows.ts'
import { type Latencies, latenciesOf } from './latencies.ts'
import { sumsOf, type UsageTotals } from './sums.ts'
import { createUsageHours } from './usage-hours.ts'

/** How often a run is written down before it is given up, and the pause between. */
export const RECORD_TRIES = 3
export const RECORD_PAUSE_MS = 500

/** Single runs are kept this long; what they used is kept for ever. */
export const CALLS_KEPT_DAYS = 8

/** A model's latencies are those of at most this many runs, the last ones. */
export const LATENCY_CALLS = 1_000

/** How an answer ends that was not broken off. */
const ENDED_WELL = ['stop', 'length', 'tool_calls']

/** An account's use of a model on one day. */
export type UsageRow = typeof usage.$inferSelect

export interface UsageFilter {
  accountId?: string | undefined
  /** Days (UTC), both included. */
  from?: string | undefined
  to?: string | undefined
  model?: string | undefined
}

export interface UsageOptions {
  log: Logger
  /** The price of a thousand tokens of a model now. */
  priceOf: (model: string) => Promise<number>
  limiter: Pick<Limiter, 'spend'>
  now?: () => number
  wait?: (milliseconds: number) => Promise<void>
}

export type UsageService = ReturnType<typeof createUsage>

const Cursor = z.tuple([z.string(), z.string(), z.string(), z.string()])

const toCursor = ({ day, accountId, model, kind }: UsageRow): string =>
  base64url.encode(JSON.stringify([day, accountId, model, kind]))

/** The row that a page ended with. Throws `invalid_request` for what is no cursor of ours. */
function readCursor(after: string) {
  try {
    return Cursor.parse(JSON.parse(new TextDecoder().decode(base64url.decode(after))))
  } catch (cause) {
    const message = "Invalid 'after': it is not a cursor that a page has ended with."
    throw new AppError('invalid_request', message, { param: 'after', cause })
  }
}

/** An earlier try was carried out although its answer was lost: the row is there. */
const isRecorded = (thrown: unknown): boolean =>
  causeOf(thrown).includes('UNIQUE constraint failed: calls.id')

const matching = ({ accountId, from, to, model }: UsageFilter): (SQL | undefined)[] => [
  accountId === undefined ? undefined : eq(usage.accountId, accountId),
  from === undefined ? undefined : gte(usage.day, from),
  to === undefined ? undefined : lte(usage.day, to),
  model === undefined ? undefined : eq(usage.model, model),
]

/** The use of models by accounts: every run once, whether it ended well, failed or was left. */
export function createUsage(db: Db, { log, priceOf, limiter, now = Date.now, wait = pause }: UsageOptions) {
  const hours = createUsageHours(db, now)
  const rows = createCallRows(db, { priceOf, hours })
  let lost = 0

  async function write(call: CallRecord): Promise<void> {
    // The id is drawn once: a second try of a batch that was carried out after all meets it and changes nothing.
    const kept = { ...call, id: newId(), createdAt: now() }
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await rows.write([kept])
      } catch (thrown) {
        if (attempt > 1 && isRecorded(thrown)) return
        if (attempt >= RECORD_TRIES) {
          lost += 1
          const { accountId, model, kind } = call
          const { requests: _, ...tokens } = billedOf(call)
          log.error('usage.lost', { accountId, model, kind, ...tokens, lost, cause: causeOf(thrown) })
          return
        }
        await wait(RECORD_PAUSE_MS)
      }
    }
  }

  const spend = (call: CallRecord): Promise<void> => {
    const { promptTokens, completionTokens } = billedOf(call)
    return limiter.spend(accountSubject(call.accountId), TOKENS_BUDGET, promptTokens + completionTokens)
  }

  return {
    /** Writes a run down and takes its tokens off the account's day. Never throws: what is lost is logged and counted. */
    async record(call: CallRecord): Promise<void> {
      await Promise.all([write(call), spend(call)])
    },

    /** Takes a call's tokens off the account's day: for who keeps its record, and writes that down later. */
    spend,

    /** Writes calls down that were kept, in one go. Throws where that fails; the same ones again are written once. */
    async writeKept(kept: readonly KeptCall[]): Promise<void> {
      try {
        await rows.write(kept)
      } catch (thrown) {
        if (!isRecorded(thrown)) throw thrown
      }
    },

    /** Writes tokens down that a job has trained. They are counted apart from those of the day that a plan bounds. */
    async recordTraining(trained: {
      accountId: string
      model: string
      tokens: number
      outcome: string
    }): Promise<void> {
      const { tokens, ...call } = trained
      if (tokens <= 0) return
      const usage = { promptTokens: tokens, cachedPromptTokens: 0, completionTokens: 0 }
      await write({ ...call, kind: 'train', usage, relayedTokens: 0, attempts: 1, firstMs: null, totalMs: 0 })
    },

    /** Usage per day, model and account, newest day first: a page, and where the next one begins. */
    async list(
      filter: UsageFilter & { limit: number; after?: string | undefined },
    ): Promise<{ rows: UsageRow[]; next: string | null }> {
      const conditions = matching(filter)
      if (filter.after !== undefined) {
        const [day, accountId, model, kind] = readCursor(filter.after)
        const key = sql`(${usage.day}, ${usage.accountId}, ${usage.model}, ${usage.kind})`
        conditions.push(sql`${key} < (${day}, ${accountId}, ${model}, ${kind})`)
      }
      const rows = await db
        .select()
        .from(usage)
        .where(and(...conditions))
        .orderBy(desc(usage.day), desc(usage.accountId), desc(usage.model), desc(usage.kind))
        .limit(filter.limit + 1)
      const page = rows.slice(0, filter.limit)
      const last = page.at(-1)
      return { rows: page, next: last && rows.length > page.length ? toCursor(last) : null }
    },

    /** All of it together. */
    async totals(filter: UsageFilter = {}): Promise<UsageTotals> {
      const [totals] = await db
        .select(sumsOf(usage))
        .from(usage)
        .where(and(...matching(filter)))
      return totals ?? { requests: 0, promptTokens: 0, cachedPromptTokens: 0, completionTokens: 0, cost: 0 }
    },

    /** The hours in which something was used. */
    hours: hours.list,

    /** How fast a model was since a time (epoch ms), measured from its last `LATENCY_CALLS` runs that ended well. */
    async latencies(model: string, sinceMs: number): Promise<Latencies> {
      const { totalMs, firstMs, completionTokens } = calls
      const rows = await db
        .select({ totalMs, firstMs, completionTokens })
        .from(calls)
        .where(and(eq(calls.model, model), gte(calls.createdAt, sinceMs), inArray(calls.outcome, ENDED_WELL)))
        .orderBy(desc(calls.createdAt))
        .limit(LATENCY_CALLS)
      return latenciesOf(rows)
    },

    /** Forgets single runs older than `CALLS_KEPT_DAYS`, and old hours. Returns how many. */
    async sweep(): Promise<number> {
      const runs = await sweep(async (limit) => {
        const old = db
          .select({ id: calls.id })
          .from(calls)
          .where(lt(calls.createdAt, now() - CALLS_KEPT_DAYS * DAY_MS))
          .orderBy(calls.createdAt)
          .limit(limit)
        const { meta } = await db.delete(calls).where(inArray(calls.id, old))
        return meta.changes
      })
      return runs + (await hours.sweep())
    },
  }
}

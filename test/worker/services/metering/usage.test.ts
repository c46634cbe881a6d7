import { env } from 'cloudflare:workers'
import { eq, sql } from 'drizzle-orm'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { createLogger } from '../../../../shared/log.ts'
import { DAY_MS } from '../../../../shared/units.ts'
import { createDb } from '../../../../worker/db/client.ts'
import { calls, usage as table } from '../../../../worker/db/tables/metering.ts'
import { TOKENS_BUDGET } from '../../../../worker/services/limits/budget.ts'
import type { CallRecord } from '../../../../worker/services/metering/call-record.ts'
import { dayOf } from '../../../../worker/services/metering/call-rows.ts'
import {
  CALLS_KEPT_DAYS,
  createUsage,
  LATENCY_CALLS,
  RECORD_TRIES,
} from '../../../../worker/services/metering/usage.ts'
import { usage as tokens } from '../../samples.ts'

const NOW = Date.parse('2026-11-22T10:00:00Z')

const call = (over: Partial<CallRecord> = {}): CallRecord => ({
  accountId: 'ada',
  model: 'm',
  kind: 'generate',
  outcome: 'stop',
  usage: tokens({ promptTokens: 5, cachedPromptTokens: 3, completionTokens: 2 }),
  relayedTokens: 2,
  attempts: 1,
  firstMs: 10,
  totalMs: 30,
  ...over,
})

/** Usage with a clock, and what it logged and spent. `failures` of the next batches: before or after they are carried out. */
function setUp(failures: ('before' | 'after')[] = []) {
  const db = createDb(env.DB)
  const batch = db.batch.bind(db)
  const flaky = Object.assign(Object.create(db) as typeof db, {
    batch: async (statements: Parameters<typeof batch>[0]) => {
      const failure = failures.shift()
      if (failure === 'before') throw new Error('D1 is away')
      const done = await batch(statements)
      if (failure === 'after') throw new Error('D1 went away')
      return done
    },
  })
  const clock = { now: NOW }
  const lines: Record<string, unknown>[] = []
  const spend = vi.fn(async () => {})
  const wait = vi.fn(async () => {})
  const log = createLogger((line) => lines.push(JSON.parse(line)))
  const prices = new Map<string, number>()
  const priceOf = vi.fn(async (model: string) => prices.get(model) ?? 0)
  const usage = createUsage(flaky, { log, priceOf, limiter: { spend }, now: () => clock.now, wait })
  return { db, prices, priceOf, clock, lines, spend, wait, usage }
}

beforeEach(async () => {
  const { db } = setUp()
  await db.batch([db.delete(calls), db.delete(table)])
})

describe('a run of a model', () => {
  it('is written down once by itself, and summed by day, account, model and kind', async () => {
    const { db, usage } = setUp()
    await usage.record(call())
    await usage.record(call({ outcome: 'length' }))
    await usage.record(call({ accountId: 'bob' }))
    await usage.record(call({ kind: 'embed', firstMs: null }))
    expect(await db.$count(calls)).toBe(4)
    expect(await db.select().from(table).where(eq(table.accountId, 'ada')).orderBy(table.kind)).toEqual([
      {
        day: '2026-11-22',
        accountId: 'ada',
        model: 'm',
        kind: 'embed',
        requests: 1,
        promptTokens: 5,
        cachedPromptTokens: 3,
        completionTokens: 2,
        cost: 0,
      },
      {
        day: '2026-11-22',
        accountId: 'ada',
        model: 'm',
        kind: 'generate',
        requests: 2,
        promptTokens: 10,
        cachedPromptTokens: 6,
        completionTokens: 4,
        cost: 0,
      },
    ])
  })

  it('costs what its tokens cost at the price of its time, whatever the price is later', async () => {
    const { clock, db, prices, usage } = setUp()
    const costs = async () =>
      (await db.select({ cost: table.cost }).from(table).orderBy(table.day)).map(({ cost }) => cost)
    prices.set('m', 2)
    await usage.record(call())
    expect(await costs()).toEqual([0.014])
    clock.now += DAY_MS
    prices.set('m', 100)
    await usage.record(call())
    prices.set('m', 10)
    await usage.record(call({ isFurtherChoice: true }))
    expect(await costs()).toEqual([0.014, 0.72])
    expect((await usage.totals()).cost).toBeCloseTo(0.734, 12)
  })

  it('is written down when its price could not be read at first, and never without it', async () => {
    const { db, priceOf, usage } = setUp()
    priceOf.mockRejectedValueOnce(new Error('D1 is away')).mockResolvedValueOnce(1_000)
    await usage.record(call())
    expect(await db.select({ cost: table.cost }).from(table)).toEqual([{ cost: 7 }])
  })

  it('belongs to the day on which it ended, in UTC', async () => {
    const { clock, db, usage } = setUp()
    clock.now = Date.parse('2026-11-22T23:59:59.999Z')
    await usage.record(call())
    clock.now += 1
    await usage.record(call())
    const days = await db.select({ day: table.day }).from(table).orderBy(table.day)
    expect(days).toEqual([{ day: '2026-11-22' }, { day: '2026-11-23' }])
  })

  it.each([
    ['cancelled, by what the node says', call({ outcome: 'cancelled', relayedTokens: 1 }), [5, 3, 2]],
    [
      'cancelled, by what was relayed when the node is silent',
      call({ outcome: 'cancelled', usage: null, relayedTokens: 9 }),
      [0, 0, 9],
    ],
    ['failed', call({ outcome: 'node_failed', usage: null, relayedTokens: 4, firstMs: null }), [0, 0, 4]],
  ])('counts when it was %s', async (_name, record, expected) => {
    const { db, usage } = setUp()
    await usage.record(record)
    const [row] = await db.select().from(table)
    expect([row?.promptTokens, row?.cachedPromptTokens, row?.completionTokens]).toEqual(expected)
    expect(row?.requests).toBe(1)
    expect(await db.select({ outcome: calls.outcome }).from(calls)).toEqual([{ outcome: record.outcome }])
  })

  it('takes its tokens from the account’s day', async () => {
    const { spend, usage } = setUp()
    await usage.record(call())
    expect(spend).toHaveBeenCalledExactlyOnceWith('account:ada', TOKENS_BUDGET, 7)
  })

  it('is written down again when the database was away', async () => {
    const { db, lines, usage, wait } = setUp(['before', 'before'])
    await usage.record(call())
    expect(await db.$count(calls)).toBe(1)
    expect(wait).toHaveBeenCalledTimes(2)
    expect(lines).toEqual([])
  })

  it('counts once when the answer of the database was lost', async () => {
    const { db, usage } = setUp(['after'])
    await usage.record(call())
    expect(await db.$count(calls)).toBe(1)
    expect((await usage.totals()).requests).toBe(1)
  })

  it('is logged and counted when it cannot be written down, throws nothing, and is spent all the same', async () => {
    const { lines, spend, usage } = setUp(Array.from({ length: 2 * RECORD_TRIES }, () => 'before'))
    await usage.record(call())
    await usage.record(call({ usage: null, relayedTokens: 4 }))
    expect(spend).toHaveBeenCalledTimes(2)
    expect(lines).toEqual([
      expect.objectContaining({
        event: 'usage.lost',
        accountId: 'ada',
        promptTokens: 5,
        lost: 1,
        cause: 'D1 is away',
      }),
      expect.objectContaining({ event: 'usage.lost', promptTokens: 0, completionTokens: 4, lost: 2 }),
    ])
  })
})

describe('calls that were kept', () => {
  const kept = (id: string, createdAt = NOW) => ({ ...call(), id, createdAt })

  it('are written down together, each by itself and all in the sums of their hours and days', async () => {
    const { db, usage } = setUp()
    const many = Array.from({ length: 9 }, (_, at) => kept(`call ${at}`))
    await usage.writeKept([...many, kept('next day', NOW + DAY_MS)])
    expect(await db.$count(calls)).toBe(10)
    const sums = await db.select().from(table).orderBy(table.day)
    expect(sums).toMatchObject([
      { day: '2026-11-22', requests: 9, promptTokens: 45, completionTokens: 18 },
      { day: '2026-11-23', requests: 1, promptTokens: 5, completionTokens: 2 },
    ])
  })

  it('count once, however often the same ones are written, and not at all where the database is away', async () => {
    const { db, spend, usage } = setUp(['before', 'after'])
    const both = [kept('one'), kept('two')]
    await expect(usage.writeKept(both)).rejects.toThrow('away')
    expect(await db.$count(calls)).toBe(0)
    await expect(usage.writeKept(both)).rejects.toThrow('went away')
    await usage.writeKept(both)
    expect((await usage.totals()).requests).toBe(2)
    // Their tokens were taken off the day when they ended.
    expect(spend).not.toHaveBeenCalled()
  })
})

describe('usage is listed', () => {
  /** Three days, two accounts, two models. */
  async function filled() {
    const set = setUp()
    for (const days of [2, 1, 0]) {
      set.clock.now = NOW - days * DAY_MS
      for (const accountId of ['ada', 'bob']) {
        for (const model of ['m', 'größer']) await set.usage.record(call({ accountId, model }))
      }
    }
    return set
  }
  const keyOf = ({ day, accountId, model }: { day: string; accountId: string; model: string }) =>
    `${day.slice(-2)} ${accountId} ${model}`

  it('newest day first', async () => {
    const { usage } = await filled()
    const { rows, next } = await usage.list({ limit: 100 })
    expect(rows.map(keyOf).slice(0, 5)).toEqual([
      '22 bob m',
      '22 bob größer',
      '22 ada m',
      '22 ada größer',
      '21 bob m',
    ])
    expect([rows.length, next]).toEqual([12, null])
  })

  it.each([
    ['of one account', { accountId: 'ada' }, 6],
    ['of one model', { model: 'größer' }, 6],
    ['from a day on', { from: '2026-11-21' }, 8],
    ['up to a day', { to: '2026-11-20' }, 4],
    ['of one day', { from: '2026-11-21', to: '2026-11-21' }, 4],
    ['of nobody', { accountId: 'eve' }, 0],
  ])('%s', async (_name, filter, count) => {
    const { usage } = await filled()
    expect((await usage.list({ ...filter, limit: 100 })).rows).toHaveLength(count)
    expect((await usage.totals(filter)).requests).toBe(count)
  })

  it.each([1, 5, 11, 12, 13])('in pages of %i without a gap or a repeat', async (limit) => {
    const { usage } = await filled()
    const all = (await usage.list({ limit: 100 })).rows.map(keyOf)
    const found: string[] = []
    let after: string | undefined
    do {
      const { rows, next } = await usage.list({ limit, after })
      expect(rows.length).toBeLessThanOrEqual(limit)
      found.push(...rows.map(keyOf))
      after = next ?? undefined
    } while (after)
    expect(found).toEqual(all)
  })

  it.each(['', 'x', '!', 'bnVsbA', 'W10', 'WzEsMiwzLDRd'])(
    'but not after %j, which is no cursor',
    async (after) => {
      await expect(setUp().usage.list({ limit: 1, after })).rejects.toMatchObject({
        code: 'invalid_request',
        param: 'after',
      })
    },
  )

  it('as sums, which are zero where there is nothing', async () => {
    const none = { requests: 0, promptTokens: 0, cachedPromptTokens: 0, completionTokens: 0, cost: 0 }
    expect(await setUp().usage.totals()).toEqual(none)
    expect(await (await filled()).usage.totals()).toEqual({
      requests: 12,
      promptTokens: 60,
      cachedPromptTokens: 36,
      completionTokens: 24,
      cost: 0,
    })
  })
})

describe('the latencies of a model', () => {
  it('are those of its runs that ended well, since a time', async () => {
    const { clock, usage } = setUp()
    await usage.record(call({ totalMs: 1_000 }))
    clock.now += 1_000
    await usage.record(call({ totalMs: 40, firstMs: 20 }))
    for (const outcome of ['cancelled', 'node_failed']) await usage.record(call({ outcome, totalMs: 9_000 }))
    await usage.record(call({ model: 'other', totalMs: 5 }))
    expect(await usage.latencies('m', clock.now)).toMatchObject({
      calls: 1,
      totalMs: { p50: 40, p99: 40 },
      firstMs: { p50: 20, p99: 20 },
      tokensPerSecond: 50,
    })
    expect((await usage.latencies('m', NOW)).totalMs).toEqual({ p50: 40, p99: 1_000 })
    expect(await usage.latencies('m', clock.now + 1)).toMatchObject({ calls: 0, totalMs: null })
  })

  it('are measured from the last runs, at most so many', async () => {
    const { db, usage } = setUp()
    await db.run(sql`insert into calls
      with recursive n(i) as (select 1 union all select i + 1 from n where i <= ${LATENCY_CALLS})
      select 'id-' || i, 'ada', 'm', 'generate', 'stop', 1, 0, 1, 1, null, case i when 1 then 99999 else 7 end, i from n`)
    expect(await usage.latencies('m', 0)).toMatchObject({ calls: LATENCY_CALLS, averageMs: 7 })
  })
})

describe('the sweep', () => {
  it('forgets single runs that are too old, and keeps what they used', async () => {
    const { clock, db, usage } = setUp()
    await usage.record(call())
    clock.now += 1
    await usage.record(call())
    clock.now = NOW + CALLS_KEPT_DAYS * DAY_MS
    expect(await usage.sweep()).toBe(0)
    clock.now += 1
    expect(await usage.sweep()).toBe(1)
    expect(await db.$count(calls)).toBe(1)
    expect((await usage.totals()).requests).toBe(2)
  })
})

describe('dayOf', () => {
  it('is the day in UTC', () => expect(dayOf(NOW)).toBe('2026-11-22'))
})

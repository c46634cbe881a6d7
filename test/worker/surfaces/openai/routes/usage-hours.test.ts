import { env } from 'cloudflare:workers'
import { eq } from 'drizzle-orm'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createLogger } from '../../../../../shared/log.ts'
import { DAY_MS, HOUR_MS } from '../../../../../shared/units.ts'
import { createDb } from '../../../../../worker/db/client.ts'
import { calls, usageHours } from '../../../../../worker/db/tables/metering.ts'
import type { CallRecord } from '../../../../../worker/services/metering/call-record.ts'
import { hourOf } from '../../../../../worker/services/metering/traffic.ts'
import { createUsage } from '../../../../../worker/services/metering/usage.ts'
import { USAGE_HOURS_KEPT_DAYS } from '../../../../../worker/services/metering/usage-hours.ts'
import { createWorld, freshAccounts, type World } from '../../../world.ts'

const db = createDb(env.DB)
/** Run by this file alone: a run that another file began may be counted when this one has begun. */
const MODEL = 'counted-by-the-hour'
/** On the hour, so that two runs of a test are within one. */
const NOW = Math.floor(Date.now() / HOUR_MS) * HOUR_MS
let time = NOW
const usage = createUsage(db, {
  log: createLogger(() => {}),
  limiter: { spend: async () => {} },
  priceOf: async () => 1,
  now: () => time,
})

let world: World
let viewer: string
beforeAll(async () => {
  world = await createWorld()
  viewer = (await freshAccounts().accounts.authenticate(world.viewerKey)).id
})
beforeEach(async () => {
  time = NOW
  await db.delete(usageHours)
  await db.delete(calls)
})

const run = (more: Partial<CallRecord> = {}) =>
  usage.record({
    accountId: viewer,
    model: MODEL,
    kind: 'generate',
    outcome: 'stop',
    usage: { promptTokens: 600, cachedPromptTokens: 100, completionTokens: 400 },
    relayedTokens: 400,
    attempts: 1,
    firstMs: 1,
    totalMs: 2,
    ...more,
  })
interface Hours {
  data: { start: number; requests: number; prompt_tokens: number }[]
  budget: { limit_tokens: number; remaining_tokens: number; resets_at: number } | null
}
const get = (query = '', key = world.viewerKey) => world.request(`/v1/usage/hours${query}`, { key })
const hours = async (query = '', key?: string) => (await (await get(query, key)).json()) as Hours
const startsOf = async (query = '', key?: string) => (await hours(query, key)).data.map(({ start }) => start)

describe('GET /v1/usage/hours', () => {
  it('sums the runs of each hour, with what they cost', async () => {
    await run()
    time = NOW + HOUR_MS - 1
    await run({ model: 'other' })
    expect((await hours()).data).toEqual([
      {
        object: 'usage_hour',
        start: NOW / 1_000,
        requests: 2,
        prompt_tokens: 1_200,
        cached_prompt_tokens: 200,
        completion_tokens: 800,
        cost: 2,
      },
    ])
    expect((await hours('?model=other')).data).toMatchObject([{ requests: 1, prompt_tokens: 600 }])
  })

  it('has the hours oldest first, of 30 days or of those between two', async () => {
    for (const back of [0, 3, 29 * 24, 32 * 24]) {
      time = NOW - back * HOUR_MS
      await run()
    }
    const started = (back: number) => (NOW - back * HOUR_MS) / 1_000
    expect(await startsOf()).toEqual([started(29 * 24), started(3), started(0)])
    const day = new Date(NOW - 32 * DAY_MS).toISOString().slice(0, 10)
    expect(await startsOf(`?from=${day}&to=${day}`)).toEqual([started(32 * 24)])
  })

  it('shows administrators everybody, or whom they ask for, and everybody else themselves', async () => {
    await run()
    await run({ accountId: 'f'.repeat(24) })
    expect((await hours(`?model=${MODEL}`, world.adminKey)).data).toMatchObject([{ requests: 2 }])
    expect((await hours(`?account_id=${viewer}`, world.adminKey)).data).toMatchObject([{ requests: 1 }])
    expect((await hours()).data).toMatchObject([{ requests: 1 }])
    expect((await get(`?account_id=${'f'.repeat(24)}`)).status).toBe(403)
    expect((await get('', '')).status).toBe(401)
  })

  it('tells what is left of the day, and null where there is no limit', async () => {
    const { budget } = await hours()
    expect(budget).toEqual({
      limit_tokens: 10_000,
      remaining_tokens: expect.any(Number),
      resets_at: expect.any(Number),
    })
    expect((await hours('', world.adminKey)).budget).toBeNull()
  })

  it.each([
    ['from', 'from=yesterday'],
    ['from', 'from=2026-01-02&to=2026-01-01'],
    ['account_id', 'account_id=ada'],
    ['limit', 'limit=1'],
  ])('refuses a bad %s (%s)', async (param, query) => {
    const response = await get(`?${query}`)
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({ error: { param } })
  })

  it('forgets hours whose time is over', async () => {
    const oldest = NOW - USAGE_HOURS_KEPT_DAYS * DAY_MS
    for (const at of [oldest, oldest - HOUR_MS]) {
      time = at
      await run()
    }
    time = NOW
    // The two runs are older than runs are kept, too.
    expect(await usage.sweep()).toBe(3)
    const left = await db.select().from(usageHours).where(eq(usageHours.model, MODEL))
    expect(left.map(({ hour }) => hour)).toEqual([hourOf(oldest)])
  })
})

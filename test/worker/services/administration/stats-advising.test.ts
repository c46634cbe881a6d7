import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { createDb, newId } from '../../../../worker/db/client.ts'
import { accounts } from '../../../../worker/db/tables/accounts.ts'
import { traffic as trafficRows } from '../../../../worker/db/tables/metering.ts'
import { configOf } from '../../../../worker/env.ts'
import { nextNumber } from '../../../../worker/services/accounts/account-row.ts'
import { ACTIVE_WITHIN_MS, createStats } from '../../../../worker/services/administration/stats.ts'
import { hourOf } from '../../../../worker/services/metering/traffic.ts'
import { createServices } from '../../../../worker/wiring.ts'

const db = createDb(env.DB)
const { traffic, usage, inference } = createServices(env, configOf(env))
const statsAt = (time: string, over: object = {}) =>
  createStats(db, { traffic, usage, inference, now: () => Date.parse(time), ...over }).advising()

const addAccount = (lastSeenAt: number | null) =>
  db.insert(accounts).values({ id: newId(), number: nextNumber, roles: [], createdAt: 0, lastSeenAt })
const addTraffic = (time: string, surface: string, requests: number, totalMs: number) =>
  db
    .insert(trafficRows)
    .values({ hour: hourOf(Date.parse(time)), surface, requests, totalMs, failures: 0, unlimited: 0 })

beforeEach(async () => {
  await db.delete(trafficRows)
  await db.delete(accounts)
})

describe('the figures of the advising', () => {
  it('are zero where nothing has happened, and what was not measured is absent', async () => {
    expect(await statsAt('2026-03-05T12:00:00Z')).toEqual({
      accounts: 0,
      profiles: 0,
      recommendations: 0,
      conversations: 0,
      activeAccounts: 0,
      averageMs: null,
      isServed: false,
    })
  })

  it('count as active who was seen within the last 15 minutes', async () => {
    const now = Date.parse('2026-03-05T12:00:00Z')
    for (const ago of [0, ACTIVE_WITHIN_MS, ACTIVE_WITHIN_MS + 1]) await addAccount(now - ago)
    await addAccount(null)
    expect(ACTIVE_WITHIN_MS).toBe(900_000)
    expect(await statsAt('2026-03-05T12:00:00Z')).toMatchObject({ accounts: 4, activeAccounts: 2 })
  })

  it('average the requests of the last 24 hours over all surfaces, by the hour', async () => {
    await addTraffic('2026-03-04T12:00:00Z', 'sira', 1, 900_000)
    await addTraffic('2026-03-04T13:00:00Z', 'sira', 3, 600)
    await addTraffic('2026-03-05T12:00:00Z', 'rajora', 1, 200)
    const averageAt = async (time: string) => (await statsAt(time)).averageMs
    expect(await averageAt('2026-03-05T12:59:59.999Z')).toBe(200)
    expect(await averageAt('2026-03-05T13:00:00Z')).toBe(200)
    expect(await averageAt('2026-03-06T11:00:00Z')).toBe(200)
    expect(await averageAt('2026-03-06T12:00:00Z')).toBeNull()
    expect(await averageAt('2026-03-05T11:59:00Z')).toBe((900_000 + 600 + 200) / 5)
  })

  it('are served as long as a node is linked', async () => {
    const online = (count: number) => ({
      inference: { ...inference, countNodes: async () => ({ online: count }) },
    })
    expect((await statsAt('2026-03-05T12:00:00Z', online(1))).isServed).toBe(true)
    expect((await statsAt('2026-03-05T12:00:00Z', online(0))).isServed).toBe(false)
  })
})

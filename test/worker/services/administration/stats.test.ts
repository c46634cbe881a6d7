import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { createDb } from '../../../../worker/db/client.ts'
import { traffic as trafficRows } from '../../../../worker/db/tables/metering.ts'
import { configOf } from '../../../../worker/env.ts'
import { createStats } from '../../../../worker/services/administration/stats.ts'
import { hourOf } from '../../../../worker/services/metering/traffic.ts'
import { createServices } from '../../../../worker/wiring.ts'

const db = createDb(env.DB)
const { traffic, usage, inference } = createServices(env, configOf(env))
const at = (time: string) => () => Date.parse(time)

const count = (time: string, surface: string, requests: number) =>
  db
    .insert(trafficRows)
    .values({ hour: hourOf(Date.parse(time)), surface, requests, failures: 0, unlimited: 0, totalMs: 0 })

describe('the figures of a deployment', () => {
  it('are zero where nothing has happened', async () => {
    expect(await createStats(db, { traffic, usage, inference }).deployment()).toEqual({
      accounts: { total: 0, active: 0, admins: 0 },
      requests: { total: 0, today: 0 },
      runs: { total: 0, tokens: 0 },
      models: 0,
    })
  })

  it('count requests of all surfaces, and those since midnight UTC', async () => {
    await count('2026-03-04T23:00:00Z', 'rajora', 1)
    await count('2026-03-05T00:00:00Z', 'rajora', 10)
    await count('2026-03-05T09:00:00Z', 'openai', 100)
    const requestsAt = async (time: string) =>
      (await createStats(db, { traffic, usage, inference, now: at(time) }).deployment()).requests
    expect(await requestsAt('2026-03-05T23:59:59.999Z')).toEqual({ total: 111, today: 110 })
    expect(await requestsAt('2026-03-05T00:00:00Z')).toEqual({ total: 111, today: 110 })
    expect(await requestsAt('2026-03-06T00:00:00Z')).toEqual({ total: 111, today: 0 })
    expect(await requestsAt('2026-03-04T23:59:59.999Z')).toEqual({ total: 111, today: 111 })
  })
})

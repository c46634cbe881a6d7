import { createExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { createLogger } from '../../shared/log.ts'
import { DAY_MS } from '../../shared/units.ts'
import { appOf } from '../../worker/app.ts'
import { createDb } from '../../worker/db/client.ts'
import { accounts } from '../../worker/db/tables/accounts.ts'
import { createTraffic, hourOf } from '../../worker/services/metering/traffic.ts'
import { eventually } from '../support/eventually.ts'
import { createWorld } from './world.ts'

// An hour of its own: the app of this isolate may still be writing what it counted for other files.
beforeEach(() => void vi.setSystemTime(Date.now() + DAY_MS))
afterEach(() => void vi.useRealTimers())

it('every request that the edge answers is counted, and its account was seen', async () => {
  const db = createDb(env.DB)
  const { stats } = createTraffic(db, { later: () => {}, log: createLogger(() => {}) })
  const { adminKey } = await createWorld()
  const sinceHour = hourOf(Date.now())
  const app = appOf({ ...env })
  const request = (path: string, key = adminKey) => {
    const headers = { authorization: `Bearer ${key}` }
    return app.fetch(new Request(`http://localhost${path}`, { headers }), env, createExecutionContext())
  }
  for (const path of ['/v1/models', '/v1/keys', '/v1/nothing']) await request(path)
  await request('/v1/keys', 'sk-unknown')
  // The isolate writes its sums by itself, once a second.
  await eventually(async () =>
    expect(await stats({ sinceHour, surface: 'openai' })).toMatchObject({ requests: 4, failures: 0 }),
  )
  expect((await stats({ sinceHour, surface: 'openai' })).averageMs).toBeGreaterThanOrEqual(0)
  const seen = (await db.select().from(accounts)).filter(({ lastSeenAt }) => lastSeenAt !== null)
  expect(seen.map(({ roles }) => roles)).toEqual([['admin']])
}, 15_000)

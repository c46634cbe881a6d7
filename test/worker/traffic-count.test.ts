import { env } from 'cloudflare:workers'
import { expect, it, vi } from 'vitest'
import { createLogger } from '../../shared/log.ts'
import { createDb } from '../../worker/db/client.ts'
import { accounts } from '../../worker/db/schema.ts'
import { createTraffic, hourOf } from '../../worker/services/metering/traffic.ts'
import { createWorld } from './world.ts'

it('every request that the edge answers is counted, and its account was seen', async () => {
  const db = createDb(env.DB)
  const { stats } = createTraffic(db, { later: () => {}, log: createLogger(() => {}) })
  const world = await createWorld()
  const sinceHour = hourOf(Date.now())
  for (const path of ['/v1/models', '/v1/keys', '/v1/nothing']) await world.request(path)
  await world.request('/v1/keys', { key: 'sk-unknown' })
  // The isolate writes its sums by itself, once a second.
  await vi.waitFor(
    async () =>
      expect(await stats({ sinceHour, surface: 'openai' })).toMatchObject({ requests: 4, failures: 0 }),
    { timeout: 10_000 },
  )
  expect((await stats({ sinceHour, surface: 'openai' })).averageMs).toBeGreaterThanOrEqual(0)
  const seen = (await db.select().from(accounts)).filter(({ lastSeenAt }) => lastSeenAt !== null)
  expect(seen.map(({ roles }) => roles)).toEqual([['admin']])
}, 15_000)

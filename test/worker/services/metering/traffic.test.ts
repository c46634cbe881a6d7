import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { createLogger } from '../../../../shared/log.ts'
import { createDb } from '../../../../worker/db/client.ts'
import { accounts } from '../../../../worker/db/tables/accounts.ts'
import { traffic as table } from '../../../../worker/db/tables/metering.ts'
import { nextNumber } from '../../../../worker/services/accounts/account-row.ts'
import {
  createTraffic,
  FLUSH_INTERVAL_MS,
  FLUSH_OVERDUE_MS,
  hourOf,
  LAST_SEEN_RESOLUTION_MS,
  type RequestNote,
} from '../../../../worker/services/metering/traffic.ts'

const HOUR = 60 * 60 * 1000
const NOW = 500_000 * HOUR

const request = (over: Partial<RequestNote> = {}): RequestNote => ({
  surface: 'openai',
  status: 200,
  ms: 10,
  unlimited: false,
  ...over,
})

/** One isolate whose waits end when the test says so; `broken` makes its next batches fail. */
function setUp() {
  const db = createDb(env.DB)
  const state = { now: NOW, broken: false, batches: 0 }
  const batch = db.batch.bind(db)
  const counted = Object.assign(Object.create(db) as typeof db, {
    batch: (statements: Parameters<typeof batch>[0]) => {
      state.batches += 1
      return state.broken ? Promise.reject(new Error('D1 is away')) : batch(statements)
    },
  })
  const work: Promise<unknown>[] = []
  const waits: { milliseconds: number; end: () => void }[] = []
  const lines: Record<string, unknown>[] = []
  const traffic = createTraffic(counted, {
    later: (promise) => void work.push(promise),
    log: createLogger((line) => lines.push(JSON.parse(line))),
    now: () => state.now,
    wait: (milliseconds) => new Promise((end) => waits.push({ milliseconds, end })),
  })
  /** Lets the waiting flushes run, to their end. */
  const pass = async () => {
    state.now += FLUSH_INTERVAL_MS
    for (const { end } of waits.splice(0)) end()
    await Promise.all(work.splice(0))
  }
  return { db, lines, pass, state, traffic, waits, work }
}

beforeEach(async () => {
  const { db } = setUp()
  await db.delete(table)
})

describe('the count of requests', () => {
  it('is written once for all that came within the interval', async () => {
    const { db, pass, state, traffic, waits, work } = setUp()
    traffic.note(request())
    traffic.note(request({ status: 503, ms: 30 }))
    traffic.note(request({ surface: 'clara', unlimited: true, status: 499 }))
    expect([waits.map(({ milliseconds }) => milliseconds), work.length]).toEqual([[FLUSH_INTERVAL_MS], 1])
    expect(state.batches).toBe(0)
    await pass()
    expect(state.batches).toBe(1)
    const hour = hourOf(NOW)
    expect(await db.select().from(table).orderBy(table.surface)).toEqual([
      { hour, surface: 'clara', requests: 1, failures: 0, unlimited: 1, totalMs: 10 },
      { hour, surface: 'openai', requests: 2, failures: 1, unlimited: 0, totalMs: 40 },
    ])
  })

  it('adds up over flushes and isolates', async () => {
    for (const { pass, traffic } of [setUp(), setUp()]) {
      traffic.note(request())
      await pass()
      traffic.note(request())
      await pass()
    }
    expect(await setUp().traffic.requestsSince(0)).toBe(4)
  })

  it('has a flush on its way for every request, also one that comes while another is written', async () => {
    const { pass, traffic, waits, work } = setUp()
    traffic.note(request())
    const [[first], [writing]] = [waits.splice(0), work.splice(0)]
    first?.end()
    await Promise.resolve() // the flush has begun and has taken what there was
    traffic.note(request())
    expect(waits).toHaveLength(1)
    await writing
    expect(await traffic.requestsSince(0)).toBe(1)
    await pass()
    expect(await traffic.requestsSince(0)).toBe(2)
  })

  it('keeps what could not be written for the next flush', async () => {
    const { db, lines, pass, state, traffic } = setUp()
    const accountId = `account-${crypto.randomUUID()}`
    await db.insert(accounts).values({ id: accountId, number: nextNumber, roles: [], createdAt: 0 })
    state.broken = true
    traffic.note(request({ accountId }))
    await pass()
    expect(lines).toEqual([expect.objectContaining({ event: 'traffic.flush_failed', cause: 'D1 is away' })])
    state.broken = false
    traffic.note(request())
    await pass()
    expect(await traffic.requestsSince(0)).toBe(2)
    expect((await db.select().from(accounts)).find(({ id }) => id === accountId)?.lastSeenAt).toBe(state.now)
  })

  it('begins another flush when one has died with its request', async () => {
    const { state, traffic, waits } = setUp()
    traffic.note(request())
    waits.splice(0) // nobody will end this wait
    state.now += FLUSH_OVERDUE_MS - 1
    traffic.note(request())
    expect(waits).toHaveLength(0)
    state.now += 1
    traffic.note(request())
    expect(waits).toHaveLength(1)
    for (const { end } of waits) end()
    await expect.poll(() => traffic.requestsSince(0)).toBe(3)
  })

  it('belongs to the hour of the request', async () => {
    const { pass, state, traffic } = setUp()
    state.now = NOW + HOUR - 1
    traffic.note(request())
    state.now += 1
    traffic.note(request({ ms: 20 }))
    await pass()
    const hour = hourOf(NOW)
    expect(await traffic.requestsSince(hour)).toBe(2)
    expect(await traffic.requestsSince(hour + 1)).toBe(1)
    expect(await traffic.averageMs(hour)).toBe(15)
    expect(await traffic.averageMs(hour + 1)).toBe(20)
    expect(await traffic.averageMs(hour + 2)).toBeNull()
  })

  it('is told by surface, or of all together', async () => {
    const { pass, traffic } = setUp()
    traffic.note(request({ ms: 10 }))
    traffic.note(request({ surface: 'clara', ms: 30, status: 500, unlimited: true }))
    await pass()
    const all = { requests: 2, failures: 1, unlimited: 1, averageMs: 20 }
    expect(await traffic.stats({ sinceHour: 0 })).toEqual(all)
    expect(await traffic.stats({ sinceHour: 0, surface: 'openai' })).toEqual({
      requests: 1,
      failures: 0,
      unlimited: 0,
      averageMs: 10,
    })
    expect(await traffic.requestsSince(0, 'sira')).toBe(0)
  })
})

describe('when an account was last seen', () => {
  it('is written with the count, not more often than it has to be', async () => {
    const { db, pass, state, traffic } = setUp()
    const ids = [crypto.randomUUID(), crypto.randomUUID()]
    for (const id of ids) {
      await db.insert(accounts).values({ id, number: nextNumber, roles: [], createdAt: 0 })
    }
    const seenAt = async () => {
      const rows = await db.select().from(accounts)
      return ids.map((id) => rows.find((row) => row.id === id)?.lastSeenAt)
    }
    for (const accountId of [ids[0], ids[0], null, undefined]) traffic.note(request({ accountId }))
    await pass()
    const first = state.now
    expect(await seenAt()).toEqual([first, null])
    state.now = first + LAST_SEEN_RESOLUTION_MS - FLUSH_INTERVAL_MS - 1
    traffic.note(request({ accountId: ids[0] }))
    await pass()
    expect(await seenAt()).toEqual([first, null])
    state.now = first + LAST_SEEN_RESOLUTION_MS - FLUSH_INTERVAL_MS
    for (const accountId of ids) traffic.note(request({ accountId }))
    await pass()
    expect(await seenAt()).toEqual([first + LAST_SEEN_RESOLUTION_MS, first + LAST_SEEN_RESOLUTION_MS])
  })
})

import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { MAX_NAMES_PER_SUBJECT, type TakeRequest } from '../../../worker/services/limits/rate-window.ts'
import { eventually } from '../../support/eventually.ts'

const HOUR_MS = 60 * 60 * 1_000
/** Later than any clock that runs this: an alarm of the past would ring at once. */
const NOON = Date.UTC(2100, 0, 1, 12)

const newLimiter = () => env.RATE_LIMITER.getByName(`account:${crypto.randomUUID()}`)
type Limiter = ReturnType<typeof newLimiter>

const minute = (limit: number) => ({ name: 'minute', limit, seconds: 60 })
const budget = { name: 'tokens', limit: 100 }
const storedIn = (limiter: Limiter) =>
  runInDurableObject(limiter, (_, { storage }) => [...storage.kv.list()].map(([, value]) => value))
const alarmOf = (limiter: Limiter) => runInDurableObject(limiter, (_, { storage }) => storage.getAlarm())

/** Saving follows the answer: resolves when what is stored says so. */
const saved = (limiter: Limiter, expected: unknown) =>
  eventually(async () => expect(await storedIn(limiter)).toMatchObject([expected]))

async function admittedOf(limiter: Limiter, request: TakeRequest, count: number): Promise<number> {
  const answers = await Promise.all(Array.from({ length: count }, () => limiter.take(request)))
  return answers.filter(({ refusedBy }) => !refusedBy).length
}

afterEach(() => vi.useRealTimers())

describe('RateLimiter', () => {
  it('lets in exactly as many of many requests at once as its limit says', async () => {
    expect(await admittedOf(newLimiter(), { windows: [minute(100)] }, 200)).toBe(100)
  })

  it('counts each subject for itself', async () => {
    const [one, other] = [newLimiter(), newLimiter()]
    await admittedOf(one, { windows: [minute(2)] }, 2)
    expect((await other.take({ windows: [minute(2)] })).windows).toMatchObject([{ remaining: 1 }])
  })

  it('counts again what left the window', async () => {
    const limiter = newLimiter()
    vi.useFakeTimers({ toFake: ['Date'], now: NOON })
    expect(await admittedOf(limiter, { windows: [minute(1)] }, 2)).toBe(1)
    const { refusedBy } = await limiter.take({ windows: [minute(1)] })
    vi.setSystemTime(NOON + (refusedBy?.waitMs ?? 0))
    expect(await admittedOf(limiter, { windows: [minute(1)] }, 2)).toBe(1)
  })

  it('refuses when the budget of the day is spent', async () => {
    const limiter = newLimiter()
    await limiter.spend('tokens', 99)
    expect((await limiter.take({ windows: [], budget })).budget).toMatchObject({ remaining: 1 })
    await limiter.spend('tokens', 1)
    expect((await limiter.take({ windows: [], budget })).refusedBy).toMatchObject({ name: 'tokens' })
  })

  it('gives back what another subject has refused', async () => {
    const limiter = newLimiter()
    const { takenAt } = await limiter.take({ windows: [minute(1)] })
    await limiter.giveBack(['minute'], takenAt)
    expect((await limiter.take({ windows: [minute(1)] })).refusedBy).toBeUndefined()
  })

  it(`takes ${MAX_NAMES_PER_SUBJECT} names and no more`, async () => {
    const windows = Array.from({ length: MAX_NAMES_PER_SUBJECT + 1 }, (_, index) => ({
      ...minute(1),
      name: `w${index}`,
    }))
    await runInDurableObject(newLimiter(), (limiter) => {
      expect(() => limiter.take({ windows })).toThrow('at most')
      expect(limiter.take({ windows: windows.slice(1) }).refusedBy).toBeUndefined()
    })
  })

  it('shows none of its insides to a caller', async () => {
    const names = await runInDurableObject(newLimiter(), (instance) => Object.keys(instance))
    expect(names.toSorted()).toEqual(['ctx', 'env'])
  })
})

describe('RateLimiter, evicted', () => {
  it('still knows what it has counted and what was spent', async () => {
    const limiter = newLimiter()
    await admittedOf(limiter, { windows: [minute(60)] }, 60)
    await limiter.spend('tokens', 100)
    await saved(limiter, { budgets: { tokens: { spent: 100 } } })
    await evictDurableObject(limiter)
    expect((await limiter.take({ windows: [minute(60)] })).refusedBy).toMatchObject({ name: 'minute' })
    expect((await limiter.take({ windows: [], budget })).refusedBy).toMatchObject({ name: 'tokens' })
  })

  it('has saved the requests of a burst that came after its first save', async () => {
    const limiter = newLimiter()
    await limiter.take({ windows: [minute(10)] })
    await saved(limiter, { windows: { minute: { seconds: 60 } } })
    await admittedOf(limiter, { windows: [minute(10)] }, 9)
    await eventually(async () => {
      const [memory] = (await storedIn(limiter)) as { windows: { minute: { counts: number[][] } } }[]
      const total = memory?.windows.minute.counts.reduce((sum, [, count = 0]) => sum + count, 0)
      expect(total).toBe(10)
    })
    await evictDurableObject(limiter)
    expect((await limiter.take({ windows: [minute(10)] })).refusedBy).toBeDefined()
  })
})

describe('RateLimiter, when nothing counts any more', () => {
  it('is woken then, not much later, and deletes what it has stored', async () => {
    const limiter = newLimiter()
    vi.useFakeTimers({ toFake: ['Date'], now: NOON })
    await limiter.take({ windows: [minute(1)] })
    await saved(limiter, { windows: { minute: {} } })
    const alarm = (await alarmOf(limiter)) ?? 0
    expect(alarm).toBeGreaterThanOrEqual(NOON + 60_000)
    expect(alarm).toBeLessThan(NOON + HOUR_MS)
    vi.setSystemTime(alarm)
    expect(await runDurableObjectAlarm(limiter)).toBe(true)
    expect(await storedIn(limiter)).toEqual([])
    expect(await alarmOf(limiter)).toBeNull()
    expect((await limiter.take({ windows: [minute(1)] })).refusedBy).toBeUndefined()
  })

  it('stays as long as something counts, and is woken again for the rest', async () => {
    const limiter = newLimiter()
    vi.useFakeTimers({ toFake: ['Date'], now: NOON })
    await limiter.take({ windows: [minute(1)] })
    await limiter.spend('tokens', 1)
    await saved(limiter, { windows: { minute: {} }, budgets: { tokens: {} } })
    vi.setSystemTime(NOON + HOUR_MS)
    expect(await runDurableObjectAlarm(limiter)).toBe(true)
    expect(await storedIn(limiter)).toMatchObject([{ windows: {}, budgets: { tokens: { spent: 1 } } }])
    const midnight = Date.UTC(2100, 0, 2)
    const alarm = (await alarmOf(limiter)) ?? 0
    expect(alarm).toBeGreaterThanOrEqual(midnight)
    vi.setSystemTime(alarm)
    await runDurableObjectAlarm(limiter)
    expect(await storedIn(limiter)).toEqual([])
  })

  it('keeps nothing of a subject whose only request was given back', async () => {
    const limiter = newLimiter()
    const { takenAt } = await limiter.take({ windows: [minute(1)] })
    await saved(limiter, { windows: { minute: {} } })
    await limiter.giveBack(['minute'], takenAt)
    await eventually(async () => expect(await storedIn(limiter)).toEqual([]))
  })
})

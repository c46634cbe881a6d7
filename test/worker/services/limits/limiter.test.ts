import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createLogger } from '../../../../shared/log.ts'
import {
  createLimiter,
  FAILURE_LOG_INTERVAL_MS,
  LIMITER_TIMEOUT_MS,
  type LimitCheck,
  type RateLimiterStub,
} from '../../../../worker/services/limits/limiter.ts'
import { createStubs } from '../../../../worker/services/stubs.ts'

const NOON = Date.UTC(2100, 0, 1, 12)

const uniqueSubject = (kind: 'account' | 'ip') => `${kind}:${crypto.randomUUID()}`
const window = (name: string, limit: number, seconds = 60) => ({ name, limit, seconds })

/** A limiter over real objects, or over one that the test plays. */
function setUp(play?: (subject: string) => RateLimiterStub) {
  const lines: Record<string, unknown>[] = []
  const work: Promise<unknown>[] = []
  const clock = { now: NOON }
  const limiter = createLimiter({
    rateLimiter: play ?? createStubs(env).rateLimiter,
    later: (promise) => void work.push(promise),
    log: createLogger((line) => lines.push(JSON.parse(line))),
    now: () => clock.now,
  })
  return { limiter, lines, clock, settled: () => Promise.all(work) }
}

/** A limiter that does this whatever it is asked. */
const allDo = (act: () => Promise<never>): RateLimiterStub => ({ take: act, giveBack: act, spend: act })
const broken = () => allDo(async () => Promise.reject(new Error('Network connection lost.')))
const silent = () => allDo(() => new Promise<never>(() => {}))

const minuteOf = (subject: string): LimitCheck => ({ subject, windows: [window('minute', 3)] })

// The clock stands: a slow machine neither leaves a window nor finds a limiter late.
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date', 'setTimeout', 'clearTimeout'], now: NOON })
})
afterEach(() => vi.useRealTimers())

describe('a limiter', () => {
  it('answers with how every window and the budget stand, in whole seconds', async () => {
    const { limiter } = setUp()
    const [account, address] = [uniqueSubject('account'), uniqueSubject('ip')]
    const answer = await limiter.check([
      { subject: account, windows: [window('second', 20, 1)], budget: { name: 'tokens', limit: 9 } },
      { subject: address, windows: [window('hour', 1_000, 3_600)] },
    ])
    expect(answer).toEqual({
      retryAfterSeconds: 0,
      windows: [
        { name: 'second', limit: 20, seconds: 1, remaining: 19, resetSeconds: 2 },
        { name: 'hour', limit: 1_000, seconds: 3_600, remaining: 999, resetSeconds: 3_660 },
      ],
      budget: { name: 'tokens', limit: 9, seconds: 86_400, remaining: 9, resetSeconds: 0 },
    })
  })

  it('lets in as many as the limit says, and tells the next one how long to wait', async () => {
    const { limiter } = setUp()
    const checks = [minuteOf(uniqueSubject('account'))]
    for (let count = 0; count < 3; count += 1) {
      expect((await limiter.check(checks))?.refusedBy).toBeUndefined()
    }
    const refused = await limiter.check(checks)
    expect(refused).toMatchObject({ refusedBy: { name: 'minute', limit: 3, remaining: 0 } })
    const waitSeconds = refused?.retryAfterSeconds ?? 0
    expect(waitSeconds).toBe(60) // no more than the window, although its last slot ends a second later
    vi.setSystemTime(NOON + (waitSeconds - 1) * 1_000 - 1)
    expect((await limiter.check(checks))?.refusedBy).toBeDefined()
    vi.setSystemTime(NOON + waitSeconds * 1_000)
    const again = await limiter.check(checks)
    expect(again?.retryAfterSeconds).toBe(1)
    vi.setSystemTime(NOON + (waitSeconds + 1) * 1_000)
    expect((await limiter.check(checks))?.refusedBy).toBeUndefined()
  })

  it('asks nobody when there is nothing to check', async () => {
    const play = vi.fn(broken)
    expect(await setUp(play).limiter.check([])).toEqual({ retryAfterSeconds: 0, windows: [] })
    expect(play).not.toHaveBeenCalled()
  })

  it('asks all subjects at once', async () => {
    const asked: string[] = []
    const bothAsked = Promise.withResolvers<void>()
    const { limiter } = setUp((subject) => ({
      ...silent(),
      take: async () => {
        asked.push(subject)
        if (asked.length === 2) bothAsked.resolve()
        await bothAsked.promise
        return { windows: [], takenAt: NOON }
      },
    }))
    expect(await limiter.check([minuteOf('account:a'), minuteOf('ip:b')])).toBeDefined()
    expect(asked).toEqual(['account:a', 'ip:b'])
  })

  it('names the refusal with the longest wait, and counts the request for no other subject', async () => {
    const { limiter, settled } = setUp()
    const [account, address] = [uniqueSubject('account'), uniqueSubject('ip')]
    const [first, second] = [minuteOf(account), { subject: address, windows: [window('hour', 4, 3_600)] }]
    for (let count = 0; count < 3; count += 1) await limiter.check([first, second])
    for (let count = 0; count < 5; count += 1) {
      expect((await limiter.check([first, second]))?.refusedBy?.name).toBe('minute')
      await settled()
    }
    expect((await limiter.check([second]))?.windows).toMatchObject([{ remaining: 0 }])
    const both = await limiter.check([first, second])
    expect(both).toMatchObject({ refusedBy: { name: 'hour' }, retryAfterSeconds: 3_600 })
  })

  it('refuses when a budget is spent, until midnight UTC', async () => {
    const { limiter } = setUp()
    const subject = uniqueSubject('account')
    const checks = [{ subject, windows: [window('minute', 9)], budget: { name: 'tokens', limit: 100 } }]
    await limiter.spend(subject, 'tokens', 60)
    expect(await limiter.check(checks)).toMatchObject({ budget: { remaining: 40, resetSeconds: 43_200 } })
    await limiter.spend(subject, 'tokens', 60)
    expect(await limiter.check(checks)).toMatchObject({
      refusedBy: { name: 'tokens', remaining: 0 },
      retryAfterSeconds: 43_200,
    })
  })
})

describe('a limiter that cannot be reached', () => {
  it('lets requests pass, and says so in the log once in a while with their number', async () => {
    const { limiter, lines, clock } = setUp(broken)
    const checks = [minuteOf('account:a')]
    for (let count = 0; count < 5; count += 1) expect(await limiter.check(checks)).toBeUndefined()
    clock.now += FAILURE_LOG_INTERVAL_MS - 1
    await limiter.check(checks)
    expect(lines).toMatchObject([{ event: 'limiter.failed', count: 1, reason: 'Network connection lost.' }])
    clock.now += 1
    await limiter.check(checks)
    expect(lines).toMatchObject([{ count: 1 }, { event: 'limiter.failed', count: 6 }])
  })

  it('is not waited for longer than its time', async () => {
    const { limiter, lines } = setUp(silent)
    const done = vi.fn()
    const check = limiter.check([minuteOf('account:a')]).then(done)
    await vi.advanceTimersByTimeAsync(LIMITER_TIMEOUT_MS - 1)
    expect(done).not.toHaveBeenCalled()
    await vi.advanceTimersByTimeAsync(1)
    await check
    expect(done).toHaveBeenCalledWith(undefined)
    expect(lines).toMatchObject([{ event: 'limiter.failed', reason: 'No answer in time.' }])
  })

  it('does not take the others with it: what they say counts', async () => {
    const real = createStubs(env).rateLimiter
    const { limiter, lines } = setUp((subject) => (subject === 'ip:gone' ? broken() : real(subject)))
    const checks = [minuteOf(uniqueSubject('account')), minuteOf('ip:gone')]
    for (let count = 0; count < 3; count += 1) {
      expect((await limiter.check(checks))?.windows).toMatchObject([{ remaining: 2 - count }])
    }
    expect((await limiter.check(checks))?.refusedBy).toMatchObject({ name: 'minute' })
    expect(lines).toHaveLength(1)
  })

  it('spares whoever spends its failure', async () => {
    const { limiter, lines } = setUp(broken)
    await limiter.spend('account:a', 'tokens', 1)
    expect(lines).toMatchObject([{ event: 'limiter.failed' }])
  })
})

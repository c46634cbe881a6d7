import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { AppError } from '../../../../shared/errors.ts'
import { createLogger } from '../../../../shared/log.ts'
import {
  ADDRESS_WINDOW,
  createLoginGuard,
  NAME_WINDOW,
} from '../../../../worker/services/accounts/login-guard.ts'
import { createLimiter } from '../../../../worker/services/limits/limiter.ts'
import { createStubs } from '../../../../worker/services/stubs.ts'

const NOON = Date.UTC(2100, 0, 1, 12)

function setUp() {
  const work: Promise<unknown>[] = []
  const limiter = createLimiter({
    rateLimiter: createStubs(env).rateLimiter,
    later: (promise) => void work.push(promise),
    log: createLogger(() => {}),
  })
  const guard = createLoginGuard(limiter)
  const uniqueAddress = `ip:${crypto.randomUUID()}`
  const attempt = (login: string, verify: () => Promise<string>, subject = uniqueAddress) =>
    guard.run({ login, subject }, verify)
  return {
    attempt,
    fail: (login: string, subject?: string) =>
      attempt(login, wrong, subject).catch((thrown: AppError) => thrown.code),
    settled: () => Promise.all(work),
  }
}

const wrong = () => Promise.reject(new AppError('unauthenticated', 'The login or the password is wrong.'))
const right = async () => 'token'
const times = async (count: number, work: (index: number) => Promise<unknown>) => {
  for (let index = 0; index < count; index += 1) await work(index)
}

// The clock stands, so that no window slides on during a test.
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date', 'setTimeout', 'clearTimeout'], now: NOON })
})
afterEach(() => vi.useRealTimers())

describe('guessing a password', () => {
  it('ends for a name however it is written', async () => {
    const { fail } = setUp()
    const spellings = ['ada', 'ADA', 'ａｄａ', '𝐚𝐝𝐚', 'aDa']
    await times(NAME_WINDOW.limit, (index) => fail(spellings[index % spellings.length] ?? ''))
    for (const login of [...spellings, 'Ada']) expect(await fail(login)).toBe('limit_exceeded')
  })

  it('ends after so many failures, without another look at a password, until the window has passed', async () => {
    const { attempt, fail } = setUp()
    await times(NAME_WINDOW.limit - 1, () => fail('ada'))
    expect(await fail('ada')).toBe('unauthenticated')
    const verify = vi.fn(right)
    await expect(attempt('ada', verify)).rejects.toMatchObject({
      code: 'limit_exceeded',
      message: 'Too many failed logins: try again later.',
      retryAfterSeconds: expect.any(Number),
    })
    expect(verify).not.toHaveBeenCalled()
    vi.setSystemTime(NOON + 2 * NAME_WINDOW.seconds * 1_000)
    expect(await attempt('ada', right)).toBe('token')
  })

  it('is counted for a name however it is written', async () => {
    const { fail } = setUp()
    await times(NAME_WINDOW.limit, (index) => fail(index % 2 === 0 ? 'Ada@example.org' : 'ada@EXAMPLE.org'))
    expect(await fail('ada@example.org')).toBe('limit_exceeded')
  })

  it('is stopped when all guesses come at once', async () => {
    const { fail } = setUp()
    const codes = await Promise.all(Array.from({ length: 2 * NAME_WINDOW.limit }, () => fail('ada')))
    expect(codes.filter((code) => code === 'unauthenticated')).toHaveLength(NAME_WINDOW.limit)
  })

  it('locks nobody out who comes from elsewhere, or has another name', async () => {
    const { attempt, fail } = setUp()
    await times(NAME_WINDOW.limit, () => fail('ada'))
    expect(await attempt('ada', right, `ip:${crypto.randomUUID()}`)).toBe('token')
    expect(await attempt('grace', right)).toBe('token')
  })

  it('one password for many names ends at the limit of an address', async () => {
    const { fail } = setUp()
    await times(ADDRESS_WINDOW.limit - 1, (index) => fail(`name-${index}`))
    expect(await fail('the-last')).toBe('unauthenticated')
    expect(await fail('one-more')).toBe('limit_exceeded')
  })
})

describe('logging in', () => {
  it('counts nothing when the password is right, however often', async () => {
    const { attempt, settled } = setUp()
    await times(2 * NAME_WINDOW.limit, async () => {
      await attempt('ada', right)
      await settled()
    })
  })

  it('counts nothing when it failed for another reason', async () => {
    const { attempt, settled } = setUp()
    await times(2 * NAME_WINDOW.limit, async () => {
      await expect(attempt('ada', () => Promise.reject(new Error('D1 is away.')))).rejects.toThrow('D1')
      await settled()
    })
  })
})

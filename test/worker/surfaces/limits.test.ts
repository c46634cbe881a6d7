import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createLogger } from '../../../shared/log.ts'
import type { LimitedRequest, LimitPolicy } from '../../../worker/http/limit-policy.ts'
import type { Account } from '../../../worker/services/accounts/accounts.ts'
import type { Settings } from '../../../worker/services/administration/settings.ts'
import { createLimiter, type LimitCheck } from '../../../worker/services/limits/limiter.ts'
import { createStubs } from '../../../worker/services/stubs.ts'
import { agenticLimits } from '../../../worker/surfaces/agentic/limits.ts'
import { claraLimits } from '../../../worker/surfaces/clara/limits.ts'
import { dualqueryLimits } from '../../../worker/surfaces/dualquery/limits.ts'
import { mcpLimits } from '../../../worker/surfaces/mcp/limits.ts'
import { openaiLimits } from '../../../worker/surfaces/openai/limits.ts'
import { rajoraLimits } from '../../../worker/surfaces/rajora/limits.ts'
import { siraLimits } from '../../../worker/surfaces/sira/limits.ts'
import { uniqueAddress } from '../../contracts/contract-client.ts'
import { testAccount } from '../samples.ts'

const settings = (rateLimits: Settings['rateLimits'] = {}): Settings => ({
  features: { chat: true, streaming: true },
  defaultModel: null,
  rateLimits,
  storage: {},
  prices: {},
  maintenance: false,
})

const account = (over: Partial<Account> = {}): Account => testAccount({ id: crypto.randomUUID(), ...over })

const caller = (over: Partial<Account> = {}): LimitedRequest => ({
  account: account(over),
  address: uniqueAddress(),
  spends: true,
})
const stranger = (): LimitedRequest => ({ account: undefined, address: uniqueAddress(), spends: true })

const limiter = createLimiter({
  ...createStubs(env),
  log: createLogger((line) => {
    throw new Error(line)
  }),
})

// The clock stands: a slow machine neither leaves a window nor finds a limiter late.
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date', 'setTimeout', 'clearTimeout'], now: Date.UTC(2100, 0, 1, 12) })
})
afterEach(() => vi.useRealTimers())

/** Only the window or budget of that name, so that one limit can be walked without running into another. */
const only = (checks: readonly LimitCheck[], name: string): LimitCheck[] =>
  checks.flatMap(({ subject, windows, budget }) => {
    const window = windows.find((one) => one.name === name)
    if (window) return [{ subject, windows: [window] }]
    return budget?.name === name ? [{ subject, windows: [], budget }] : []
  })

const allWindowsOf = (policy: LimitPolicy, who: LimitedRequest) =>
  policy(who, settings()).flatMap(({ subject, windows }) =>
    windows.map(({ name, limit, seconds }) => `${subject.split(':')[0]} ${name} ${limit}/${seconds}`),
  )

describe('the policies', () => {
  it.each<[string, LimitPolicy, Partial<Account>, string, number]>([
    ['SIRA by the minute', siraLimits.policy, {}, 'sira-minute', 120],
    ['SIRA by the hour', siraLimits.policy, {}, 'sira-hour', 2_000],
    ['Clara by the minute', claraLimits.policy, {}, 'clara-minute', 100],
    ['Clara by the hour', claraLimits.policy, {}, 'clara-hour', 1_000],
    ['Agentic by the minute', agenticLimits.policy, {}, 'agentic-minute', 100],
    ['Agentic by the day', agenticLimits.policy, {}, 'agentic-day', 1_000],
    ['Rajora free', rajoraLimits.policy, {}, 'rajora-minute', 20],
    ['Rajora pro', rajoraLimits.policy, { plan: 'pro' }, 'rajora-minute', 60],
    ['Rajora enterprise', rajoraLimits.policy, { plan: 'enterprise' }, 'rajora-minute', 60],
    ['MCP by the minute', mcpLimits.policy, {}, 'mcp-minute', 300],
    ['/v1 free', openaiLimits.policy, {}, 'v1-minute', 20],
    ['/v1 pro', openaiLimits.policy, { plan: 'pro' }, 'v1-minute', 60],
  ])('%s: at the limit the last is let in, the next one is not', async (_, policy, over, name, limit) => {
    const checks = only(policy(caller(over), settings()), name)
    for (let first = 0; first < limit - 1; first += 100) {
      const part = Math.min(100, limit - 1 - first)
      await Promise.all(Array.from({ length: part }, () => limiter.check(checks)))
    }
    expect(await limiter.check(checks)).toMatchObject({
      retryAfterSeconds: 0,
      windows: [{ limit, remaining: 0 }],
    })
    expect(await limiter.check(checks)).toMatchObject({ refusedBy: { name, limit } })
  })

  it.each<[string, LimitPolicy]>([
    ['/v1', openaiLimits.policy],
    ['Agentic', agenticLimits.policy],
    ['DualQuery', dualqueryLimits.policy],
    ['SIRA', siraLimits.policy],
  ])('%s: free of the day’s tokens is an administrator by a credential that administers', (_, policy) => {
    const budgets = (scopes?: string[] | null) => {
      const key = scopes === undefined ? {} : { key: { id: 'k', scopes, model: null } }
      const checks = policy(caller({ roles: ['admin'], ...key }), settings())
      return checks.filter(({ budget }) => budget).length
    }
    expect([budgets(), budgets(null), budgets(['inference', 'admin'])]).toEqual([0, 0, 0])
    expect([budgets(['inference']), budgets(['account', 'files'])]).toEqual([1, 1])
  })

  it('Clara lets in a burst of 20 and not of 21', async () => {
    const checks = only(claraLimits.policy(caller(), settings()), 'clara-second')
    const answers = await Promise.all(Array.from({ length: 21 }, () => limiter.check(checks)))
    expect(answers.filter((answer) => !answer?.refusedBy)).toHaveLength(20)
  })

  it.each<[string, LimitPolicy, Partial<Account>, number]>([
    ['Rajora free', rajoraLimits.policy, {}, 10_000],
    ['Rajora pro', rajoraLimits.policy, { plan: 'pro' }, 100_000],
    ['Rajora enterprise', rajoraLimits.policy, { plan: 'enterprise' }, 100_000],
    ['/v1 free', openaiLimits.policy, {}, 10_000],
  ])('%s: one token left lets in, none left does not', async (_, policy, over, limit) => {
    const checks = only(policy(caller(over), settings()), 'tokens')
    const subject = checks[0]?.subject ?? ''
    await limiter.spend(subject, 'tokens', limit - 1)
    expect(await limiter.check(checks)).toMatchObject({
      budget: { limit, remaining: 1 },
      retryAfterSeconds: 0,
    })
    await limiter.spend(subject, 'tokens', 1)
    expect(await limiter.check(checks)).toMatchObject({ refusedBy: { name: 'tokens', limit } })
  })

  it('count accounts and addresses as documented', () => {
    const who = caller()
    expect(allWindowsOf(siraLimits.policy, who)).toEqual(['ip sira-minute 120/60', 'ip sira-hour 2000/3600'])
    expect(allWindowsOf(claraLimits.policy, who)).toEqual([
      'account clara-second 20/1',
      'account clara-minute 100/60',
      'ip clara-hour 1000/3600',
    ])
    expect(allWindowsOf(agenticLimits.policy, who)).toEqual([
      'account agentic-minute 100/60',
      'account agentic-day 1000/86400',
    ])
    expect(allWindowsOf(rajoraLimits.policy, who)).toEqual(['account rajora-minute 20/60'])
    expect(allWindowsOf(openaiLimits.policy, who)).toEqual(['account v1-minute 20/60'])
  })

  it('/v1 counts what runs no model apart: at 300 a minute the last is let in, the next one is not', async () => {
    const who = { ...caller(), spends: false }
    expect(allWindowsOf(openaiLimits.policy, who)).toEqual(['account v1-other-minute 300/60'])
    const checks = openaiLimits.policy(who, settings())
    for (let first = 0; first < 299; first += 100) {
      const part = Math.min(100, 299 - first)
      await Promise.all(Array.from({ length: part }, () => limiter.check(checks)))
    }
    expect((await limiter.check(checks))?.refusedBy).toBeUndefined()
    expect(await limiter.check(checks)).toMatchObject({ refusedBy: { name: 'v1-other-minute', limit: 300 } })
    expect(
      (await limiter.check(openaiLimits.policy({ ...who, spends: true }, settings())))?.refusedBy,
    ).toBeUndefined()
  })

  it('know strangers by their address alone', () => {
    const who = stranger()
    expect(allWindowsOf(siraLimits.policy, who)).toHaveLength(2)
    expect(allWindowsOf(claraLimits.policy, who)).toEqual(['ip clara-hour 1000/3600'])
    for (const policy of [agenticLimits.policy, rajoraLimits.policy, openaiLimits.policy])
      expect(policy(who, settings())).toEqual([])
  })

  it('let administrators be where that is documented', () => {
    const admin = caller({ roles: ['viewer', 'admin'] })
    expect(agenticLimits.policy(admin, settings())).toEqual([])
    expect(openaiLimits.policy(admin, settings())).toEqual([])
    expect(rajoraLimits.policy(admin, settings())).toHaveLength(1)
    expect(claraLimits.policy(admin, settings())).toHaveLength(2)
  })

  it.each([
    ['Agentic', agenticLimits.policy],
    ['DualQuery', dualqueryLimits.policy],
    ['Rajora', rajoraLimits.policy],
    ['SIRA', siraLimits.policy],
  ])('of tokens are one budget on every surface: what /v1 has spent is spent on %s', async (_, policy) => {
    const who = caller()
    const [openai] = openaiLimits.policy(who, settings())
    await limiter.spend(openai?.subject ?? '', 'tokens', 9_999)
    expect((await limiter.check(policy(who, settings())))?.refusedBy).toBeUndefined()
    await limiter.spend(openai?.subject ?? '', 'tokens', 1)
    expect((await limiter.check(policy(who, settings())))?.refusedBy).toMatchObject({ name: 'tokens' })
    const free = await limiter.check(policy({ ...who, spends: false }, settings()))
    expect(free?.refusedBy).toBeUndefined()
  })

  it('share one budget of tokens between Rajora and /v1', async () => {
    const who = caller()
    const [rajora, openai] = [rajoraLimits.policy(who, settings()), openaiLimits.policy(who, settings())]
    await limiter.spend(rajora[0]?.subject ?? '', 'tokens', 10_000)
    expect((await limiter.check(openai))?.refusedBy).toMatchObject({ name: 'tokens' })
  })

  it('of tokens refuse nothing that spends none, and tell it how the day stands', async () => {
    const who = caller()
    const [check] = openaiLimits.policy(who, settings())
    await limiter.spend(check?.subject ?? '', 'tokens', 10_000)
    const read = await limiter.check(openaiLimits.policy({ ...who, spends: false }, settings()))
    expect(read?.refusedBy).toBeUndefined()
    expect(read?.budget).toMatchObject({ limit: 10_000, remaining: 0 })
  })

  it('change at once for who has asked already', async () => {
    const who = caller()
    for (let count = 0; count < 20; count += 1) await limiter.check(rajoraLimits.policy(who, settings()))
    expect((await limiter.check(rajoraLimits.policy(who, settings())))?.refusedBy).toBeDefined()
    const more = rajoraLimits.policy(who, settings({ requestsPerMinute: 22 }))
    expect((await limiter.check(more))?.windows).toMatchObject([{ limit: 22, remaining: 1 }])
    const fewer = rajoraLimits.policy(who, settings({ requestsPerMinute: 3 }))
    expect((await limiter.check(fewer))?.refusedBy).toMatchObject({ limit: 3 })
  })
})

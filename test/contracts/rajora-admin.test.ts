import { env } from 'cloudflare:workers'
import { desc, eq } from 'drizzle-orm'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { createDb } from '../../worker/db/client.ts'
import { auditLog } from '../../worker/db/tables/administration.ts'
import { configOf } from '../../worker/env.ts'
import { createServices } from '../../worker/wiring.ts'
import { uniqueModel } from '../worker/samples.ts'
import { freshAccounts } from '../worker/world.ts'
import { type Call, contractClient, newAccount, PASSWORD, unreadableBodies } from './contract-client.ts'

const { call, raw } = contractClient('rajora')
const services = createServices(env, configOf(env))

/** The page's own example of a change. */
const EXAMPLE = {
  feature_flags: { chat_enabled: true, streaming_enabled: true },
  default_model: 'llama-3.1-70b',
  rate_limits: { requests_per_minute: 60 },
  maintenance_mode: false,
}

const UNSET = { requests_per_minute: null, tokens_per_day: null }
const UNSET_STORAGE = { bytes: null, files: null }
const NOTHING_SET = {
  feature_flags: { chat_enabled: true, streaming_enabled: true },
  default_model: null,
  rate_limits: { ...UNSET, tiers: { free: UNSET, pro: UNSET, enterprise: UNSET } },
  storage_limits: {
    ...UNSET_STORAGE,
    tiers: { free: UNSET_STORAGE, pro: UNSET_STORAGE, enterprise: UNSET_STORAGE },
  },
  cost_per_1k_tokens: {},
  maintenance_mode: false,
}

let admin: Awaited<ReturnType<typeof newAccount>>
beforeAll(async () => {
  admin = await newAccount({ roles: ['admin'], plan: 'enterprise' })
  // This file asks more often in a minute than any plan may.
  await change({ rate_limits: { tiers: { enterprise: { requests_per_minute: 100_000 } } } })
})

const asAdmin = (path: string, rest: Call = {}) => call(path, { token: admin.token, ...rest })
const change = (body: unknown) => asAdmin('/api/admin/config', { body })
const me = (token: string) => call('/api/auth/me', { token })

afterEach(async () => {
  const { tiers } = NOTHING_SET.rate_limits
  const rest = { ...tiers, enterprise: { requests_per_minute: 100_000, tokens_per_day: null } }
  await change({ ...NOTHING_SET, rate_limits: { ...UNSET, tiers: rest } })
})

describe('who has spent the day’s tokens', () => {
  it('runs no model, and can raise the limit all the same', async () => {
    const who = await newAccount({ roles: ['admin'] })
    await services.limiter.spend(`account:${who.account.id}`, 'tokens', 10_000)
    const body = { model: uniqueModel(), messages: [{ role: 'user', content: 'Hello' }] }
    expect((await call('/api/chat/completions', { token: who.token, body })).status).toBe(429)
    const raised = { rate_limits: { tiers: { free: { tokens_per_day: 20_000 } } } }
    expect((await call('/api/admin/config', { token: who.token, body: raised })).status).toBe(200)
    expect((await call('/api/chat/completions', { token: who.token, body })).status).not.toBe(429)
  })
})

describe('who may administer', () => {
  const routes: [method: string, path: string, body?: unknown][] = [
    ['GET', '/api/admin/stats'],
    ['GET', '/api/admin/config'],
    ['POST', '/api/admin/config', EXAMPLE],
    ['POST', '/api/admin/config', { colour: 'blue' }],
  ]

  it.each(routes)('%s %s asks for an administrator', async (method, path, body) => {
    expect((await call(path, { method, body })).status).toBe(401)
    for (const roles of [[], ['viewer'], ['analyst'], ['trainer']]) {
      const { token } = await newAccount({ roles })
      const response = await call(path, { method, body, token })
      expect([response.status, await response.json()], roles[0]).toEqual([
        403,
        { detail: 'Only an administrator may do this.', status_code: 403 },
      ])
    }
  })

  it('an administrator’s key that was not given that scope may not', async () => {
    const { keys } = freshAccounts()
    const keyFor = async (scopes: ('account' | 'admin')[]) =>
      (await keys.create({ accountId: admin.account.id, name: 'x', kind: 'raj_', scopes })).secret
    const [narrow, wide] = [await keyFor(['account']), await keyFor(['admin'])]
    expect((await call('/api/admin/stats', { headers: { 'x-api-key': narrow } })).status).toBe(403)
    expect((await call('/api/admin/stats', { headers: { 'x-api-key': wide } })).status).toBe(200)
    const userOf = async (request: Call) => (await (await call('/api/auth/me', request)).json()) as object
    const both = await keyFor(['account', 'admin'])
    expect(await userOf({ headers: { 'x-api-key': narrow } })).toMatchObject({ is_admin: false })
    expect(await userOf({ headers: { 'x-api-key': both } })).toMatchObject({ is_admin: true })
    expect(await userOf({ token: admin.token })).toMatchObject({ is_admin: true })
  })
})

describe('POST /api/admin/config', () => {
  it('takes the page’s example and answers the whole config, which stands from then on', async () => {
    const response = await change(EXAMPLE)
    expect(response.status).toBe(200)
    const config = await response.json()
    expect(config).toEqual({
      ...NOTHING_SET,
      ...EXAMPLE,
      rate_limits: {
        requests_per_minute: 60,
        tokens_per_day: null,
        tiers: {
          free: UNSET,
          pro: UNSET,
          enterprise: { requests_per_minute: 100_000, tokens_per_day: null },
        },
      },
    })
    expect(await (await asAdmin('/api/admin/config')).json()).toEqual(config)
  })

  it('changes nothing when its answer is sent back', async () => {
    const config = await (
      await change({ ...EXAMPLE, rate_limits: { tiers: { pro: { tokens_per_day: 7 } } } })
    ).json()
    expect(await (await change(config)).json()).toEqual(config)
    expect(await (await change({})).json()).toEqual(config)
  })

  it('takes away with null what was set', async () => {
    const config = await (await asAdmin('/api/admin/config')).json()
    const set = { requests_per_minute: 7, tokens_per_day: 8 }
    await change({ default_model: 'm', rate_limits: { ...set, tiers: { free: set, pro: set } } })
    await change({ storage_limits: { bytes: 9, tiers: { pro: { files: 10 } } } })
    const cleared = { ...UNSET, tiers: { free: null, pro: UNSET } }
    await change({ default_model: null, rate_limits: cleared })
    const storage_limits = { bytes: null, tiers: { pro: null } }
    expect(await (await change({ storage_limits })).json()).toEqual(config)
  })

  it.each<[name: string, body: object, detail: string]>([
    ['an unknown field', { maintenance: true }, 'maintenance: extra fields not permitted'],
    ['an unknown flag', { feature_flags: { chat: false } }, 'feature_flags.chat: extra fields not permitted'],
    ['an unknown limit', { rate_limits: { rpm: 1 } }, 'rate_limits.rpm: extra fields not permitted'],
    ['unknown storage', { storage_limits: { gigabytes: 1 } }, 'storage_limits.gigabytes: extra fields'],
    ['storage below 0', { storage_limits: { files: -1 } }, 'storage_limits.files: ensure'],
    ['an unknown tier', { rate_limits: { tiers: { gold: {} } } }, 'rate_limits.tiers.gold: extra fields'],
    [
      'a flag that is text',
      { feature_flags: { chat_enabled: 'no' } },
      'feature_flags.chat_enabled: value could',
    ],
    ['flags that are a list', { feature_flags: [] }, 'feature_flags: value is not a valid dict'],
    ['a mode that is a number', { maintenance_mode: 1 }, 'maintenance_mode: value could not be parsed'],
    ['a mode that is null', { maintenance_mode: null }, 'maintenance_mode: value could not be parsed'],
    ['an empty model', { default_model: ' ' }, 'default_model: ensure this value has at least 1'],
    [
      'a model of 257 characters',
      { default_model: 'x'.repeat(257) },
      'default_model: ensure this value has at most 256',
    ],
    ['a model that is a number', { default_model: 7 }, 'default_model: str type expected'],
    ['a limit of 0', { rate_limits: { requests_per_minute: 0 } }, 'rate_limits.requests_per_minute: ensure'],
    [
      'half a request',
      { rate_limits: { requests_per_minute: 0.5 } },
      'requests_per_minute: value is not a valid integer',
    ],
    [
      'a limit over 1,000,000',
      { rate_limits: { requests_per_minute: 1_000_001 } },
      'requests_per_minute: ensure',
    ],
    [
      'a limit that is text',
      { rate_limits: { tokens_per_day: '7' } },
      'tokens_per_day: value is not a valid',
    ],
    [
      'no token at all',
      { rate_limits: { tiers: { pro: { tokens_per_day: 0 } } } },
      'tiers.pro.tokens_per_day: ensure',
    ],
  ])('answers 422 to %s, naming it, and changes nothing', async (_name, wrong, detail) => {
    const before = await (await asAdmin('/api/admin/config')).json()
    const response = await change({ ...EXAMPLE, ...wrong })
    expect([response.status, await response.json()]).toEqual([
      422,
      { detail: expect.stringContaining(detail), status_code: 422 },
    ])
    expect(await (await asAdmin('/api/admin/config')).json()).toEqual(before)
  })

  it.each(unreadableBodies)('answers %s in its own format', async (_name, init, status) => {
    const headers = { ...init.headers, authorization: `Bearer ${admin.token}` }
    const response = await raw('/api/admin/config', { method: 'POST', ...init, headers })
    expect([response.status, await response.json()]).toEqual([
      status,
      { detail: expect.any(String), status_code: status },
    ])
  })

  it('is recorded: who, what, before and after', async () => {
    await change({ default_model: 'recorded' })
    const [row] = await createDb(env.DB)
      .select()
      .from(auditLog)
      .where(eq(auditLog.actorId, admin.account.id))
      .orderBy(desc(auditLog.createdAt), desc(auditLog.id))
      .limit(1)
    expect(row).toMatchObject({
      action: 'settings.update',
      target: 'settings',
      before: { defaultModel: null },
      after: { defaultModel: 'recorded' },
    })
  })
})

describe('maintenance mode', () => {
  it('answers 503 to all but administrators; logging in and what is public stay open', async () => {
    const { account, token } = await newAccount()
    await change({ maintenance_mode: true })
    for (const refused of [
      await me(token),
      await call('/api/auth/me'),
      await call('/api/auth/register', { body: {} }),
      await call('/api/admin/stats', { token }),
    ]) {
      expect([refused.status, await refused.json()]).toEqual([
        503,
        { detail: 'Down for maintenance: try again later.', status_code: 503 },
      ])
    }
    const form = { username: account.username ?? '', password: PASSWORD }
    for (const path of ['/', '/health', '/docs', '/redoc', '/openapi.json']) {
      expect((await call(path)).status, path).toBe(200)
    }
    expect((await call('/api/auth/login', { form })).status).toBe(200)
    expect((await asAdmin('/api/admin/stats')).status).toBe(200)
    await change({ maintenance_mode: false })
    expect((await me(token)).status).toBe(200)
  })
})

describe('rate limits', () => {
  const limitsOf = ({ headers }: Response) =>
    ['limit', 'remaining', 'reset'].map((name) => Number(headers.get(`x-ratelimit-${name}`)))

  it.each([
    ['free', 20],
    ['pro', 60],
  ] as const)('let an account of the %s tier ask %i times a minute', async (plan, limit) => {
    const { token } = await newAccount({ plan })
    for (let asked = 1; asked <= limit; asked += 1) {
      const response = await me(token)
      expect(response.status).toBe(200)
      expect(limitsOf(response).slice(0, 2)).toEqual([limit, limit - asked])
    }
    const now = Math.floor(Date.now() / 1000)
    const response = await me(token)
    expect([response.status, await response.json()]).toEqual([
      429,
      { detail: `Rate limit exceeded: ${limit} requests per minute`, status_code: 429 },
    ])
    const [shown, remaining, reset] = limitsOf(response)
    expect([shown, remaining]).toEqual([limit, 0])
    expect(reset).toBeGreaterThan(now)
    expect(reset).toBeLessThanOrEqual(now + 62)
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0)
  })

  it('are what an administrator sets, the tier’s own before the one for all', async () => {
    await change({ rate_limits: { requests_per_minute: 3, tiers: { pro: { requests_per_minute: 2 } } } })
    const limit = async (plan: 'free' | 'pro') => limitsOf(await me((await newAccount({ plan })).token))[0]
    expect(await limit('free')).toBe(3)
    expect(await limit('pro')).toBe(2)
  })

  it('end a day whose tokens are spent, but for what spends none', async () => {
    const { account, token } = await newAccount()
    const spend = (amount: number) => services.limiter.spend(`account:${account.id}`, 'tokens', amount)
    // Refused for its emptiness, which is looked at after the limits.
    const ask = () => call('/api/chat/completions', { token, body: {} })
    await spend(9_999)
    expect((await ask()).status).toBe(422)
    await spend(1)
    const response = await ask()
    expect([response.status, await response.json()]).toEqual([
      429,
      { detail: 'Rate limit exceeded: 10000 tokens per day', status_code: 429 },
    ])
    expect(limitsOf(response).slice(0, 2)).toEqual([10_000, 0])
    expect((await me(token)).status).toBe(200)
    await change({ rate_limits: { tokens_per_day: 10_001 } })
    expect((await ask()).status).toBe(422)
  })
})

describe('GET /openapi.json, /docs and /redoc', () => {
  it('describe this surface', async () => {
    const document = (await (await call('/openapi.json')).json()) as {
      openapi: string
      servers: unknown
      paths: Record<string, object>
      components: { securitySchemes: object }
    }
    expect(document.openapi).toBe('3.1.0')
    expect(document.servers).toEqual([{ url: 'http://localhost/rajora' }])
    expect(Object.keys(document.paths)).toEqual([
      '/',
      '/health',
      '/api/auth/register',
      '/api/auth/login',
      '/api/auth/me',
      '/api/chat/completions',
      '/api/chat/stream',
      '/api/chat/conversations',
      '/api/models/list',
      '/api/models/{model_id}',
      '/api/models/{model_id}/benchmarks',
      '/ws/chat',
      '/api/admin/stats',
      '/api/admin/config',
    ])
    expect(Object.keys(document.components.securitySchemes)).toEqual(['bearer', 'apiKey'])
    for (const page of ['/docs', '/redoc']) {
      const response = await call(page)
      expect(response.headers.get('content-type')).toContain('text/html')
      expect(await response.text()).toContain("'/rajora/openapi.json'")
    }
  })
})

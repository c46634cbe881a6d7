import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'
import { toUuid } from '../../shared/ids.ts'
import { createDb } from '../../worker/db/client.ts'
import { accounts } from '../../worker/db/tables/accounts.ts'
import { profiles, recommendations } from '../../worker/db/tables/advising.ts'
import { conversations } from '../../worker/db/tables/conversations.ts'
import { configOf } from '../../worker/env.ts'
import { siraSurface } from '../../worker/surfaces/sira/index.ts'
import { MAX_NAME_LENGTH, MAX_SUBJECT_LENGTH } from '../../worker/surfaces/sira/schemas.ts'
import { createServices } from '../../worker/wiring.ts'
import { createWorld, freshAccounts } from '../worker/world.ts'
import {
  contractClient,
  expiredToken,
  forgeries,
  from,
  newAccount,
  PASSWORD,
  read,
  unique,
  unreadableBodies,
} from './contract-client.ts'
import { call } from './sira-client.ts'

const client = contractClient('sira')

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/
const OPEN = ['/', '/health', '/docs', '/openapi.json', '/redoc']
const LIMIT_HEADERS = [
  'x-ratelimit-limit-minute',
  'x-ratelimit-remaining-minute',
  'x-ratelimit-limit-hour',
  'x-ratelimit-remaining-hour',
]
const MISSING = {
  error: 'Unauthorized',
  message: 'The authentication token is missing or not valid.',
  details: {},
}

const invalid = (field: string, message: unknown, type: string) => ({
  error: 'Validation Error',
  message: 'Invalid input data',
  details: [{ field, message, type }],
})

let ada: Awaited<ReturnType<typeof newAccount>>
let admin: Awaited<ReturnType<typeof newAccount>>
beforeAll(async () => {
  ada = await newAccount()
  admin = await newAccount({ roles: ['admin'] })
})

const details = (over: object = {}) => ({
  clerk_user_id: ada.account.id,
  email: `${unique('student')}@example.com`,
  first_name: 'John',
  last_name: 'Doe',
  ...over,
})
const sync = (over: object = {}, token = ada.token) => call('/api/users/sync', { token, body: details(over) })

describe('POST /api/users/sync', () => {
  it('answers the page’s example with 201, as often as it comes', async () => {
    const body = details()
    const first = await call('/api/users/sync', { token: ada.token, body })
    const user = {
      id: toUuid(ada.account.id),
      ...body,
      created_at: new Date(ada.account.createdAt).toISOString().replace(/\.\d+/, ''),
    }
    expect(user.id).toMatch(UUID)
    expect(user.created_at).toMatch(TIME)
    expect(await read(first)).toEqual([201, user])
    expect(await read(await call('/api/users/sync', { token: ada.token, body }))).toEqual([201, user])
  })

  it('takes the caller’s own id in either spelling, and answers in the same', async () => {
    const spelling = toUuid(ada.account.id)
    for (const id of [ada.account.id, spelling, spelling.toUpperCase()]) {
      expect(await read(await sync({ clerk_user_id: id }))).toMatchObject([201, { clerk_user_id: id }])
    }
  })

  it('writes down what it is told', async () => {
    const body = details({
      email: `${unique('STUDENT')}@Example.com`,
      first_name: ' José ',
      last_name: 'O’Neill & Söhne',
    })
    await call('/api/users/sync', { token: ada.token, body })
    expect(await freshAccounts().accounts.get(ada.account.id)).toMatchObject({
      email: null,
      contactEmail: body.email.toLowerCase(),
      givenName: 'José',
      familyName: 'O’Neill & Söhne',
    })
  })

  it.each([undefined, null, '', '  '])('takes a name of %j for one that was not given', async (absent) => {
    expect(await read(await sync({ first_name: absent, last_name: absent }))).toMatchObject([
      201,
      { first_name: null, last_name: null },
    ])
  })

  it('is for the caller’s own subject only', async () => {
    for (const id of [admin.account.id, toUuid(admin.account.id), 'user_2abc123xyz', 'null']) {
      expect(await read(await sync({ clerk_user_id: id }))).toEqual([
        403,
        { error: 'Forbidden', message: 'clerk_user_id is not your own.', details: {} },
      ])
    }
  })

  it('answers 409 to another’s email, in any case, and changes nothing', async () => {
    const { account } = await newAccount({ email: `${unique('owner')}@example.com` })
    const before = await freshAccounts().accounts.get(ada.account.id)
    for (const email of [account.email, account.email?.toUpperCase()]) {
      expect(await read(await sync({ email, first_name: 'Changed' }))).toEqual([
        409,
        { error: 'Conflict', message: 'The email belongs to another user.', details: {} },
      ])
    }
    expect(await freshAccounts().accounts.get(ada.account.id)).toMatchObject({
      contactEmail: before.contactEmail,
      givenName: before.givenName,
    })
  })

  it('takes nobody’s email from them: whoever it is can still register with it, and log in', async () => {
    const email = `${unique('victim')}@example.com`
    expect((await sync({ email })).status).toBe(201)
    const other = await newAccount()
    expect((await sync({ email, clerk_user_id: other.account.id }, other.token)).status).toBe(201)
    const dualquery = contractClient('dualquery')
    const registration = { email, password: PASSWORD, name: 'The Owner' }
    expect((await dualquery.call('/api/auth/register', { body: registration })).status).toBe(201)
    const { access_token: token } = (await (
      await dualquery.call('/api/auth/login', { body: { email, password: PASSWORD } })
    ).json()) as { access_token: string }
    expect(await (await dualquery.call('/api/auth/me', { token })).json()).toMatchObject({
      name: 'The Owner',
    })
  })

  it.each<[field: string, value: unknown, type: string]>([
    ['clerk_user_id', undefined, 'value_error.missing'],
    ['clerk_user_id', 7, 'type_error.str'],
    ['clerk_user_id', '', 'value_error.any_str.min_length'],
    ['clerk_user_id', 'x'.repeat(MAX_SUBJECT_LENGTH + 1), 'value_error.any_str.max_length'],
    ['email', undefined, 'value_error.missing'],
    ['email', null, 'type_error.str'],
    ['email', 'student', 'value_error.email'],
    ['first_name', 7, 'type_error.str'],
    ['first_name', 'x'.repeat(MAX_NAME_LENGTH + 1), 'value_error.any_str.max_length'],
    ['last_name', ['Doe'], 'type_error.str'],
    ['last_name', 'x'.repeat(MAX_NAME_LENGTH + 1), 'value_error.any_str.max_length'],
  ])('answers 422 to a bad %s, naming it: %j', async (field, value, type) => {
    expect(await read(await sync({ [field]: value }))).toEqual([
      422,
      invalid(`body -> ${field}`, expect.any(String), type),
    ])
  })

  it('takes markup out of names', async () => {
    const response = await sync({ first_name: '<script>alert(1)</script>', last_name: '<b>Doe</b>' })
    expect(response.status).toBe(201)
    expect(await response.json()).toMatchObject({ first_name: null, last_name: 'Doe' })
  })

  it('names every field that is wrong', async () => {
    const response = await call('/api/users/sync', { token: ada.token, body: {} })
    expect(await read(response)).toEqual([
      422,
      {
        error: 'Validation Error',
        message: 'Invalid input data',
        details: ['clerk_user_id', 'email'].map((field) => ({
          field: `body -> ${field}`,
          message: 'field required',
          type: 'value_error.missing',
        })),
      },
    ])
  })

  it.each(unreadableBodies)('answers %s in its own format', async (_name, init, status) => {
    const headers = { ...init.headers, ...from(), authorization: `Bearer ${ada.token}` }
    const response = await client.raw('/api/users/sync', { method: 'POST', ...init, headers })
    expect(await read(response)).toEqual([
      status,
      { error: expect.stringMatching(/^[A-Z]/), message: expect.any(String), details: {} },
    ])
  })
})

describe('GET /api/admin/stats', () => {
  const stats = async () => (await call('/api/admin/stats', { token: admin.token })).json()

  it('counts what there is', async () => {
    const db = createDb(env.DB)
    const accountId = ada.account.id
    const mark = { accountId, createdAt: 0 }
    await db.insert(profiles).values({ ...mark, id: 'p', name: 'p', status: 'draft', updatedAt: 0 })
    const recommendation = { ...mark, profileId: 'p', query: 'q', result: [] }
    await db.insert(recommendations).values([
      { ...recommendation, id: 'r1' },
      { ...recommendation, id: 'r2' },
    ])
    const conversation = { ...mark, title: 't', updatedAt: 0 }
    await db.insert(conversations).values(['c1', 'c2', 'c3'].map((id) => ({ ...conversation, id })))
    // A file that ran before in this workerd may have closed its last node just now.
    await expect.poll(stats).toMatchObject({ system_health: 'degraded' })
    expect(await read(await call('/api/admin/stats', { token: admin.token }))).toEqual([
      200,
      {
        total_users: await db.$count(accounts),
        total_profiles: 1,
        total_recommendations: 2,
        total_conversations: 3,
        active_sessions: expect.any(Number),
        avg_response_time_ms: expect.toSatisfy((ms) => ms === null || Number.isInteger(ms)),
        system_health: 'degraded',
      },
    ])
  })

  it('is healthy as long as a node is linked', async () => {
    const node = await (await createWorld()).addNode()
    expect(await stats()).toMatchObject({ system_health: 'healthy' })
    node.close()
  })

  it('is for administrators', async () => {
    const response = await call('/api/admin/stats', { token: ada.token })
    expect(await read(response)).toEqual([
      403,
      { error: 'Forbidden', message: 'Only an administrator may do this.', details: {} },
    ])
  })
})

describe('who asks', () => {
  it.each(['POST /api/users/sync', 'GET /api/admin/stats'])(
    '%s is for nobody without a token',
    async (route) => {
      const [method = '', path = ''] = route.split(' ')
      for (const headers of [{}, { authorization: 'Basic YTpi' }, { 'x-api-key': admin.token }]) {
        const response = await call(path, { method, headers })
        expect(response.headers.get('www-authenticate')).toBe('Bearer')
        expect(await read(response)).toEqual([401, MISSING])
      }
    },
  )

  it.each(forgeries)('refuses %s in the same words', async (_name, forge) => {
    const response = await call('/api/admin/stats', { token: await forge(admin.account.id) })
    expect(await read(response)).toEqual([401, MISSING])
  })

  it('tells the bearer of an expired token that it is over, and takes no key', async () => {
    const expired = await call('/api/admin/stats', { token: await expiredToken(admin.account.id) })
    const message = 'The authentication token has expired.'
    expect(await read(expired)).toEqual([401, { error: 'Unauthorized', message, details: {} }])
    const { secret } = await freshAccounts().keys.create({ accountId: admin.account.id, name: 'k' })
    expect(await read(await call('/api/admin/stats', { token: secret }))).toEqual([
      401,
      { ...MISSING, message: expect.stringMatching(/^An API key is not taken here/) },
    ])
  })
})

describe('limits', () => {
  it('are said on every answer that counts, refusals and failures too', async () => {
    const headers = from()
    const remaining: (string | null)[] = []
    for (const path of ['/api/admin/stats', '/api/nothing', '/api/users/sync']) {
      const response = await call(path, { headers })
      for (const header of LIMIT_HEADERS) expect(response.headers.get(header), path).toMatch(/^\d+$/)
      expect(response.headers.get('x-ratelimit-limit-minute')).toBe('120')
      expect(response.headers.get('x-ratelimit-limit-hour')).toBe('2000')
      remaining.push(response.headers.get('x-ratelimit-remaining-minute'))
    }
    expect(remaining).toEqual(['119', '118', '117'])
  })

  it('let 120 requests of an address in within a minute, and answer the next as the page does', async () => {
    const headers = from()
    const ask = (path = '/api/nothing') => call(path, { headers })
    for (let asked = 0; asked < 120; asked += 20) {
      const answers = await Promise.all(Array.from({ length: 20 }, () => ask()))
      expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 404))
    }
    const refused = await ask()
    expect(await read(refused)).toEqual([429, { detail: 'Rate limit exceeded: 120 requests per minute' }])
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
    // The minute, and what the window slides by.
    expect(Number(refused.headers.get('retry-after'))).toBeLessThanOrEqual(61)
    expect(refused.headers.get('x-ratelimit-remaining-minute')).toBe('0')
    for (const path of OPEN) {
      const open = await ask(path)
      expect(open.status, path).toBe(200)
      for (const header of LIMIT_HEADERS) expect(open.headers.get(header), path).toBeNull()
    }
    expect((await call('/api/nothing')).status).toBe(404)
  })
})

describe('the surface', () => {
  it('names itself and its health, by path and by host', async () => {
    for (const ask of [client.call, client.callByHost]) {
      expect(await read(await ask('/'))).toEqual([
        200,
        { service: 'SIRA API', status: 'ok', version: '1.0.0' },
      ])
      expect(await read(await ask('/health'))).toEqual([
        200,
        { status: 'healthy', timestamp: expect.stringMatching(TIME) },
      ])
      const asked = await ask('/api/admin/stats', { token: admin.token, headers: from() })
      expect(asked.status).toBe(200)
      for (const page of ['/docs', '/redoc']) {
        expect((await ask(page)).headers.get('content-type')).toContain('text/html')
      }
    }
  })

  it('describes itself', async () => {
    expect(await (await client.callByHost('/openapi.json')).json()).toMatchObject({
      openapi: '3.1.0',
      servers: [{ url: 'http://sira.localhost' }],
      components: { securitySchemes: { bearerAuth: { type: 'http', scheme: 'bearer' } } },
      paths: { '/api/users/sync': { post: { operationId: 'syncUser' } } },
    })
  })

  it('has its own 404 and 405', async () => {
    expect(await read(await call('/api/nothing'))).toEqual([
      404,
      { error: 'Not Found', message: expect.any(String), details: {} },
    ])
    const response = await call('/api/users/sync', { method: 'DELETE' })
    expect(response.headers.get('allow')).toBe('POST')
    expect(await read(response)).toEqual([
      405,
      { error: 'Method Not Allowed', message: expect.any(String), details: {} },
    ])
  })

  it('says nothing of a mistake of ours', async () => {
    const services = createServices(env, configOf(env))
    const broken = () => Promise.reject(new Error('SELECT secret FROM /etc/passwd'))
    const app = siraSurface({ ...services, stats: { advising: broken } })
    const headers = { ...from(), authorization: `Bearer ${admin.token}` }
    const response = await app.request('/sira/api/admin/stats', { headers }, env)
    expect(await read(response)).toEqual([
      500,
      { error: 'Internal Server Error', message: 'Server error', details: {} },
    ])
  })
})

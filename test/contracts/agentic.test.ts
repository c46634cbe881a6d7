import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'
import { AppError, ERROR_CODES } from '../../shared/errors.ts'
import { DAY_SECONDS } from '../../shared/units.ts'
import { configOf } from '../../worker/env.ts'
import { errorBody } from '../../worker/surfaces/agentic/errors.ts'
import { agenticSurface } from '../../worker/surfaces/agentic/index.ts'
import { createServices } from '../../worker/wiring.ts'
import { eventually } from '../support/eventually.ts'
import { uniqueModel } from '../worker/samples.ts'
import { createWorld, freshAccounts } from '../worker/world.ts'
import {
  contractClient,
  expiredToken,
  forgeries,
  newAccount,
  openOperations,
  PASSWORD,
  unique,
  unreadableBodies,
} from './contract-client.ts'

const { call, callByHost, raw } = contractClient('agentic')
const services = createServices(env, configOf(env))

const logIn = (username: string | null, password = PASSWORD) =>
  call('/api/auth/login', { body: { username, password } })
const me = (token: string) => call('/api/auth/me', { token })

const MISSING = 'field required'
const issue = (field: string, msg: string, type: string) => ({ loc: ['body', field], msg, type })
const missing = (field: string) => issue(field, MISSING, 'value_error.missing')
const wrongType = (field: string) => issue(field, 'str type expected', 'type_error.str')
const tooShort = (field: string) =>
  issue(field, 'ensure this value has at least 1 characters', 'value_error.any_str.min_length')
const tooLong = (field: string, limit: number) =>
  issue(field, `ensure this value has at most ${limit} characters`, 'value_error.any_str.max_length')

describe('POST /api/auth/login', () => {
  it.each([
    ['admin', ['admin']],
    ['user', ['viewer']],
    ['user', []],
  ])('answers the page’s example to a %s', async (role, roles) => {
    const { account } = await newAccount({ roles })
    const response = await logIn(account.username)
    expect(response.status).toBe(200)
    const body = (await response.json()) as { access_token: string }
    expect(body).toEqual({
      access_token: expect.stringMatching(/^eyJ/),
      token_type: 'bearer',
      user: { username: account.username, role },
    })
    expect((await me(body.access_token)).status).toBe(200)
  })

  it('takes an email for a username, and shows it where there is none', async () => {
    const email = `${unique('ada')}@example.com`
    await newAccount({ username: null, email })
    expect(await (await logIn(email)).json()).toMatchObject({ user: { username: email, role: 'user' } })
  })

  it('does not tell an unknown name from a wrong password', async () => {
    const { account } = await newAccount()
    for (const username of [account.username, 'nobody-at-all']) {
      const response = await logIn(username, 'a wrong password')
      expect(response.status).toBe(401)
      expect(await response.json()).toEqual({ detail: 'Incorrect username or password' })
    }
  })

  it.each<[name: string, body: unknown, detail: object[]]>([
    ['nothing', {}, [missing('username'), missing('password')]],
    ['no password', { username: 'x' }, [missing('password')]],
    ['a username that is null', { username: null, password: 'x' }, [wrongType('username')]],
    ['a username that is a number', { username: 7, password: 'x' }, [wrongType('username')]],
    ['an empty username', { username: '', password: 'x' }, [tooShort('username')]],
    [
      'a username of 255 characters',
      { username: 'x'.repeat(255), password: 'x' },
      [tooLong('username', 254)],
    ],
    ['a password that is a list', { username: 'x', password: ['x'] }, [wrongType('password')]],
    ['an empty password', { username: 'x', password: '' }, [tooShort('password')]],
    [
      'a password of 1,025 characters',
      { username: 'x', password: 'x'.repeat(1_025) },
      [tooLong('password', 1024)],
    ],
    ['a list', [], [{ loc: ['body'], msg: 'value is not a valid dict', type: 'type_error.dict' }]],
  ])('answers 422 to %s, with every mistake', async (_name, body, detail) => {
    const response = await call('/api/auth/login', { body })
    expect([response.status, await response.json()]).toEqual([422, { detail }])
  })

  it.each(unreadableBodies)('answers %s in its own format', async (_name, init, status) => {
    const response = await raw('/api/auth/login', { method: 'POST', ...init })
    const error = { 400: 'Bad Request', 413: 'Payload Too Large', 415: 'Unsupported Media Type' }[status]
    expect([response.status, await response.json()]).toEqual([
      status,
      { error, detail: expect.any(String), status_code: status },
    ])
  })
})

describe('GET /api/auth/me', () => {
  it('answers the page’s example', async () => {
    const { account, token } = await newAccount({ roles: ['admin'] })
    const response = await me(token)
    expect([response.status, await response.json()]).toEqual([
      200,
      { username: account.username, role: 'admin' },
    ])
  })

  it.each<Record<string, string>>([
    {},
    { authorization: 'Basic YWRtaW46YWRtaW4=' },
    { authorization: 'Bearer' },
  ])('asks for a token: %j', async (headers) => {
    const response = await call('/api/auth/me', { headers })
    expect(response.headers.get('www-authenticate')).toBe('Bearer')
    expect([response.status, await response.json()]).toEqual([401, { detail: 'Not authenticated' }])
  })

  it('answers 403 to a token that has expired', async () => {
    const { account } = await newAccount()
    const response = await me(await expiredToken(account.id))
    expect([response.status, await response.json()]).toEqual([403, { detail: 'Token has expired' }])
  })

  it.each(forgeries)('refuses %s in the same words', async (_name, forge) => {
    const { account } = await newAccount({ roles: ['admin'] })
    const response = await me(await forge(account.id))
    expect([response.status, await response.json()]).toEqual([
      401,
      { detail: 'Could not validate credentials' },
    ])
  })

  it('refuses keys: this contract has tokens alone', async () => {
    const { account } = await newAccount()
    const { keys } = freshAccounts()
    for (const kind of ['sk-', 'raj_'] as const) {
      const { secret } = await keys.create({ accountId: account.id, name: 'x', kind })
      const response = await me(secret)
      expect([response.status, await response.json()]).toEqual([
        401,
        { detail: expect.stringMatching(/^An API key is not taken here: log in/) },
      ])
    }
  })

  it('refuses the token of an account that was deactivated', async () => {
    const { account, token } = await newAccount()
    await freshAccounts().accounts.update(account.id, { active: false }, account.id)
    const response = await me(token)
    expect([response.status, await response.json()]).toEqual([
      401,
      { detail: 'Could not validate credentials' },
    ])
  })
})

describe('rate limits', () => {
  const limitsOf = ({ headers }: Response) =>
    ['limit', 'remaining', 'reset'].map((name) => Number(headers.get(`x-ratelimit-${name}`)))

  it('let an account ask 100 times a minute', async () => {
    const { token } = await newAccount()
    for (let asked = 1; asked <= 100; asked += 1) {
      const response = await me(token)
      expect([response.status, ...limitsOf(response).slice(0, 2)]).toEqual([200, 100, 100 - asked])
    }
    const now = Math.floor(Date.now() / 1000)
    const response = await me(token)
    expect(response.status).toBe(429)
    const wait = Number(response.headers.get('retry-after'))
    expect(wait).toBeGreaterThan(0)
    expect(wait).toBeLessThanOrEqual(61)
    expect(await response.json()).toEqual({
      error: 'Rate limit exceeded',
      detail: 'You have exceeded the rate limit of 100 requests per minute',
      retry_after: wait,
    })
    const [limit, remaining, reset] = limitsOf(response)
    expect([limit, remaining]).toEqual([100, 0])
    expect(reset).toBeGreaterThanOrEqual(now)
    expect(reset).toBeLessThanOrEqual(now + 62)
  })

  it('let an account ask 1000 times a day', async () => {
    const { account, token } = await newAccount()
    const day = { name: 'agentic-day', limit: 1_000, seconds: DAY_SECONDS }
    const checks = [{ subject: `account:${account.id}`, windows: [day] }]
    let left = day.limit
    // A limiter that is late has not answered: ask again.
    while (left > 1) left = (await services.limiter.check(checks))?.windows[0]?.remaining ?? left
    expect((await me(token)).status).toBe(200)
    const response = await me(token)
    expect([response.status, await response.json()]).toEqual([
      429,
      {
        error: 'Rate limit exceeded',
        detail: 'You have exceeded the rate limit of 1000 requests per day',
        retry_after: expect.any(Number),
      },
    ])
  })

  it('are not for administrators, who get no such headers', async () => {
    const { token } = await newAccount({ roles: ['admin'] })
    for (let asked = 0; asked <= 100; asked += 1) {
      const response = await me(token)
      expect(response.status).toBe(200)
      expect(response.headers.get('x-ratelimit-limit')).toBeNull()
    }
  })
})

describe('the pool', () => {
  const health = async () => {
    const response = await call('/health')
    return [response.status, await response.json()]
  }

  it('is unhealthy without a node, and has no models', async () => {
    const { token } = await newAccount()
    expect(await health()).toEqual([
      503,
      { status: 'unhealthy', error: 'No GPU node is connected', ollama_host: 'switchyard-pool' },
    ])
    const response = await call('/v1/models', { token })
    expect([response.status, await response.json()]).toEqual([200, { object: 'list', data: [] }])
  })

  it('is healthy with one, names the default model or else its first, and lists its models', async () => {
    const { account, token } = await newAccount({ roles: ['admin'] })
    const world = await createWorld()
    const { id, holding } = uniqueModel()
    const node = await world.addNode({ models: [holding] })
    const healthy = { status: 'healthy', ollama_host: 'switchyard-pool' }
    expect(await health()).toEqual([200, { ...healthy, model: id }])
    const response = await call('/v1/models', { token })
    expect([response.status, await response.json()]).toEqual([
      200,
      {
        object: 'list',
        data: [{ id, object: 'model', created: expect.toSatisfy(Number.isInteger), owned_by: 'switchyard' }],
      },
    ])
    await services.settings.update({ defaultModel: 'gpt-oss:20b' }, account.id)
    await eventually(async () => expect(await health()).toEqual([200, { ...healthy, model: 'gpt-oss:20b' }]))
    node.close()
  })

  it('shows its models to nobody without a token', async () => {
    const response = await call('/v1/models')
    expect([response.status, await response.json()]).toEqual([401, { detail: 'Not authenticated' }])
  })
})

describe('the surface', () => {
  const information = { message: 'HE Team LLM Assistant API', version: '1.0.0', status: 'running' }
  let token: string
  beforeAll(async () => {
    ;({ token } = await newAccount())
  })

  it('names itself, by path and by host', async () => {
    for (const response of [await call('/'), await callByHost('/')]) {
      expect([response.status, await response.json()]).toEqual([200, information])
    }
  })

  it('is the same by host', async () => {
    expect((await callByHost('/v1/models', { token })).status).toBe(200)
    expect((await callByHost('/v1/models')).status).toBe(401)
  })

  it('has its own 404 and 405', async () => {
    const unknown = await call('/v1/nothing')
    expect([unknown.status, await unknown.json()]).toEqual([
      404,
      { error: 'Not Found', detail: 'There is no route GET /v1/nothing.', status_code: 404 },
    ])
    const method = await call('/v1/models', { method: 'DELETE' })
    expect([method.status, await method.json()]).toEqual([
      405,
      { error: 'Method Not Allowed', detail: '/v1/models does not answer to DELETE.', status_code: 405 },
    ])
  })

  it('says nothing of a mistake of ours', async () => {
    const authenticate = () => Promise.reject(new Error('SELECT secret FROM /etc/passwd'))
    const app = agenticSurface({ ...services, accounts: { ...services.accounts, authenticate } })
    const response = await app.request(
      '/agentic/api/auth/me',
      { headers: { authorization: 'Bearer x' } },
      env,
    )
    expect([response.status, await response.json()]).toEqual([
      500,
      { error: 'Internal server error', detail: 'Something went wrong on our side.', status_code: 500 },
    ])
  })

  it.each(ERROR_CODES)('has a body for %s', (code) => {
    const body = errorBody(new AppError(code, 'Why.', { retryAfterSeconds: 7 }))
    expect(body).toHaveProperty('detail')
    if (['unauthenticated', 'token_expired'].includes(code)) expect(body).toEqual({ detail: 'Why.' })
    else if (code === 'limit_exceeded') expect(body).toMatchObject({ detail: 'Why.', retry_after: 7 })
    else if (code === 'unprocessable') expect(body).toMatchObject({ detail: [{ msg: 'Why.' }] })
    else expect(body).toMatchObject({ detail: 'Why.', status_code: expect.any(Number) })
  })

  it('answers 422 with a list when a key for idempotency comes with another body', async () => {
    const model = uniqueModel()
    const node = await (await createWorld()).addNode({ models: [model.holding] })
    const { token } = await newAccount()
    const headers = { 'idempotency-key': unique('key') }
    const send = (content: string) =>
      call('/v1/chat/completions', {
        token,
        body: { model: model.id, messages: [{ role: 'user', content }] },
        headers,
      })
    const [first] = await Promise.all([send('Hello?'), node.answer(['Hi.'])])
    expect(first.status).toBe(200)
    const response = await send('Another?')
    expect([response.status, await response.json()]).toEqual([
      422,
      { detail: [{ loc: ['header', 'Idempotency-Key'], msg: expect.any(String), type: 'value_error' }] },
    ])
  })

  it('is open to anybody in these places alone, and says so', async () => {
    const open = ['GET /', 'GET /health', 'POST /api/auth/login']
    expect(await openOperations('agentic')).toEqual({ documented: open, found: open })
  })

  it('describes itself', async () => {
    const document = (await (await call('/openapi.json')).json()) as {
      openapi: string
      paths: Record<string, object>
      components: { securitySchemes: object }
    }
    expect(document).toMatchObject({ openapi: '3.1.0', servers: [{ url: 'http://localhost/agentic' }] })
    expect(Object.keys(document.paths)).toEqual([
      '/',
      '/health',
      '/api/auth/login',
      '/api/auth/me',
      '/v1/models',
      '/v1/chat/completions',
      '/api/files/upload',
      '/api/files/documents',
      '/api/files/documents/{file_id}',
    ])
    expect(Object.keys(document.components.securitySchemes)).toEqual(['bearer'])
    for (const page of ['/docs', '/redoc']) {
      const response = await call(page)
      expect(response.headers.get('content-type')).toContain('text/html')
      expect(await response.text()).toContain("'/agentic/openapi.json'")
    }
  })
})

import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'
import { configOf } from '../../worker/env.ts'
import { dualquerySurface } from '../../worker/surfaces/dualquery/index.ts'
import {
  MAX_NAME_LENGTH,
  MAX_PASSWORD_LENGTH,
  MIN_PASSWORD_LENGTH,
} from '../../worker/surfaces/dualquery/schemas.ts'
import { createServices } from '../../worker/wiring.ts'
import { uniqueModel } from '../worker/samples.ts'
import { createWorld, freshAccounts } from '../worker/world.ts'
import {
  contractClient,
  expiredToken,
  forgeries,
  newAccount,
  PASSWORD,
  read,
  unique,
  unreadableBodies,
} from './contract-client.ts'

const { call, callByHost, raw } = contractClient('dualquery')

const OBJECT_ID = /^[0-9a-f]{24}$/
const NOBODY = '507f1f77bcf86cd799439011'
const REFUSED = { detail: 'Could not validate credentials' }

const detail = (loc: (string | number)[], msg: unknown, type: string) => ({ detail: [{ loc, msg, type }] })

const registration = (over: object = {}) => ({
  email: `${unique('john')}@example.com`,
  password: 'securepassword123',
  name: 'John Doe',
  ...over,
})
const register = (over: object = {}) => call('/api/auth/register', { body: registration(over) })
const logIn = (email: string, password: string) => call('/api/auth/login', { body: { email, password } })

let ada: Awaited<ReturnType<typeof newAccount>>
let eve: Awaited<ReturnType<typeof newAccount>>
beforeAll(async () => {
  ada = await newAccount({ email: `${unique('ada')}@example.com` })
  eve = await newAccount({ roles: ['admin'] })
})

describe('POST /api/auth/register', () => {
  it('answers the page’s example with 201', async () => {
    const body = registration()
    expect(await read(await call('/api/auth/register', { body }))).toEqual([
      201,
      {
        _id: expect.stringMatching(OBJECT_ID),
        email: body.email,
        name: 'John Doe',
        current_plan: 'free',
        queries_used: 0,
        fine_tune_jobs: 0,
        datasets_count: 0,
        billing_cycle: null,
      },
    ])
  })

  it('answers 400 to an email that is registered, in any case', async () => {
    const { email } = ada.account
    for (const taken of [email, email?.toUpperCase()]) {
      expect(await read(await register({ email: taken }))).toEqual([
        400,
        { detail: 'Email already registered' },
      ])
    }
  })

  it('gives no role and no plan to whoever asks for one', async () => {
    const body = registration({ roles: ['admin'], plan: 'enterprise', current_plan: 'pro' })
    expect(await read(await call('/api/auth/register', { body }))).toMatchObject([
      201,
      { current_plan: 'free' },
    ])
    const { account } = await freshAccounts().accounts.logIn(body.email, body.password)
    expect(account.roles).toEqual([])
  })

  it('says for the example of a bad email what the page does', async () => {
    expect(await read(await register({ email: 'nobody' }))).toEqual([
      422,
      detail(['body', 'email'], 'value is not a valid email address', 'value_error.email'),
    ])
  })

  it.each<[name: string, over: object, field: string, type: string]>([
    ['no email', { email: undefined }, 'email', 'value_error.missing'],
    ['an email that is a number', { email: 7 }, 'email', 'type_error.str'],
    ['no password', { password: undefined }, 'password', 'value_error.missing'],
    ['a password that is null', { password: null }, 'password', 'type_error.str'],
    ['a password of 5 characters', { password: 'x'.repeat(5) }, 'password', 'value_error.any_str.min_length'],
    ['one of 1,025', { password: 'x'.repeat(1_025) }, 'password', 'value_error.any_str.max_length'],
    ['no name', { name: undefined }, 'name', 'value_error.missing'],
    ['a name that is a list', { name: ['x'] }, 'name', 'type_error.str'],
    ['a name of spaces', { name: '  ' }, 'name', 'value_error.any_str.min_length'],
    [
      'a name that is too long',
      { name: 'x'.repeat(MAX_NAME_LENGTH + 1) },
      'name',
      'value_error.any_str.max_length',
    ],
  ])('answers 422 to %s, naming it', async (_name, over, field, type) => {
    expect(await read(await register(over))).toEqual([422, detail(['body', field], expect.any(String), type)])
  })

  it('names everything that is missing, also where there is no body', async () => {
    const missing = ['email', 'password', 'name'].map((field) => ({
      loc: ['body', field],
      msg: 'field required',
      type: 'value_error.missing',
    }))
    for (const init of [{}, { headers: { 'content-type': 'application/json' }, body: '{}' }]) {
      const response = await raw('/api/auth/register', { method: 'POST', ...init })
      expect(await read(response)).toEqual([422, { detail: missing }])
    }
  })

  it.each([MIN_PASSWORD_LENGTH, MAX_PASSWORD_LENGTH])('takes a password of %i characters', async (length) => {
    const body = registration({ password: 'x'.repeat(length), name: 'x'.repeat(MAX_NAME_LENGTH) })
    expect((await call('/api/auth/register', { body })).status).toBe(201)
    expect((await logIn(body.email, body.password)).status).toBe(200)
  })

  it.each(unreadableBodies)('answers %s in its own format', async (_name, init, status) => {
    const response = await raw('/api/auth/register', { method: 'POST', ...init })
    expect(await read(response)).toEqual([status, { detail: expect.any(String) }])
  })
})

describe('POST /api/auth/login', () => {
  it('gives the page’s answer, for the email and for the username', async () => {
    for (const login of [ada.account.email, ada.account.username]) {
      const response = await logIn(login ?? '', PASSWORD)
      expect(response.status).toBe(200)
      const body = (await response.json()) as { access_token: string }
      expect(body).toEqual({ access_token: expect.stringMatching(/^eyJ/), token_type: 'bearer' })
      expect((await call('/api/auth/me', { token: body.access_token })).status).toBe(200)
    }
  })

  it('does not tell an unknown email from a wrong password', async () => {
    for (const login of [ada.account.email ?? '', 'nobody@example.com', 'nobody']) {
      const response = await logIn(login, 'a wrong password')
      expect(await read(response)).toEqual([401, { detail: 'Incorrect email or password' }])
    }
  })

  it.each<[name: string, over: object, field: string, type: string]>([
    ['no email', { email: undefined }, 'email', 'value_error.missing'],
    ['an empty one', { email: '' }, 'email', 'value_error.any_str.min_length'],
    ['one of 255 characters', { email: 'x'.repeat(255) }, 'email', 'value_error.any_str.max_length'],
    ['one that is an object', { email: {} }, 'email', 'type_error.str'],
    ['no password', { password: undefined }, 'password', 'value_error.missing'],
    ['an empty password', { password: '' }, 'password', 'value_error.any_str.min_length'],
    [
      'a password of 1,025 characters',
      { password: 'x'.repeat(1_025) },
      'password',
      'value_error.any_str.max_length',
    ],
    ['a password that is a number', { password: 123456 }, 'password', 'type_error.str'],
  ])('answers 422 to %s, naming it', async (_name, over, field, type) => {
    const body = { email: 'user@example.com', password: 'x', ...over }
    expect(await read(await call('/api/auth/login', { body }))).toEqual([
      422,
      detail(['body', field], expect.any(String), type),
    ])
  })

  it('takes JSON alone', async () => {
    const response = await call('/api/auth/login', { form: { email: 'x', password: 'x' } })
    expect(await read(response)).toEqual([415, { detail: expect.any(String) }])
  })
})

describe('GET /api/auth/me', () => {
  it('is the account, and what was not given stays null', async () => {
    expect(await read(await call('/api/auth/me', { token: eve.token }))).toEqual([
      200,
      {
        _id: eve.account.id,
        email: null,
        name: null,
        current_plan: 'free',
        queries_used: 0,
        fine_tune_jobs: 0,
        datasets_count: 0,
        billing_cycle: null,
      },
    ])
  })

  it('counts each message to a model on any surface, once', async () => {
    const { account, token } = await newAccount({ plan: 'pro' })
    const world = await createWorld()
    const { id, holding } = uniqueModel({ slots: 2 })
    const node = await world.addNode({ models: [holding] })
    const { secret } = await freshAccounts().keys.create({ accountId: account.id, kind: 'sk-', name: 'test' })
    const body = { model: id, messages: [{ role: 'user', content: 'Hi' }], n: 2 }
    const answers = Promise.all([node.answer(['a']), node.answer(['b'])])
    expect((await world.request('/v1/chat/completions', { key: secret, body })).status).toBe(200)
    await answers
    await expect
      .poll(async () => (await call('/api/auth/me', { token })).json())
      .toMatchObject({ queries_used: 1, current_plan: 'pro' })
    const unknown = { ...body, model: 'nobody-holds-this' }
    expect((await world.request('/v1/chat/completions', { key: secret, body: unknown })).status).toBe(404)
    expect(await (await call('/api/auth/me', { token })).json()).toMatchObject({ queries_used: 1 })
  })
})

describe('who asks', () => {
  const closed = [
    'GET /api/auth/me',
    'POST /api/models',
    'GET /api/models',
    `GET /api/models/${NOBODY}`,
    'POST /api/apikeys',
    'GET /api/apikeys',
    `DELETE /api/apikeys/${NOBODY}`,
  ]
  it.each(closed)('%s is for nobody without a token', async (route) => {
    const [method = '', path = ''] = route.split(' ')
    for (const headers of [{}, { authorization: 'Basic YTpi' }, { 'x-api-key': ada.token }]) {
      const response = await call(path, { method, headers })
      expect(response.headers.get('www-authenticate')).toBe('Bearer')
      expect(await read(response)).toEqual([401, REFUSED])
    }
  })

  it.each(forgeries)('refuses %s in the same words', async (_name, forge) => {
    const response = await call('/api/auth/me', { token: await forge(eve.account.id) })
    expect(await read(response)).toEqual([401, REFUSED])
  })

  it('refuses an expired token in the same words', async () => {
    const response = await call('/api/auth/me', { token: await expiredToken(eve.account.id) })
    expect(await read(response)).toEqual([401, REFUSED])
  })

  it('takes no key for a token', async () => {
    const { secret } = await freshAccounts().keys.create({ accountId: ada.account.id, name: 'k' })
    expect(await read(await call('/api/auth/me', { token: secret }))).toEqual([
      401,
      { detail: expect.stringMatching(/^An API key is not taken here/) },
    ])
  })
})

describe('the surface', () => {
  it('names itself and its health, by path and by host', async () => {
    for (const ask of [call, callByHost]) {
      const service = { message: 'DualQueryIntelligence API', version: '1.0.0' }
      expect(await read(await ask('/'))).toEqual([200, service])
      expect(await read(await ask('/health'))).toEqual([200, { status: 'healthy' }])
      expect((await ask('/api/auth/me', { token: ada.token })).status).toBe(200)
      for (const page of ['/docs', '/redoc']) {
        expect((await ask(page)).headers.get('content-type')).toContain('text/html')
      }
    }
  })

  it('describes itself in the form in which it was asked', async () => {
    const document = async (ask: typeof call) => (await ask('/openapi.json')).json()
    expect(await document(call)).toMatchObject({
      openapi: '3.1.0',
      servers: [{ url: 'http://localhost/dualquery' }],
      components: { securitySchemes: { bearerAuth: { type: 'http', scheme: 'bearer' } } },
      paths: { '/api/auth/register': { post: { security: [] } } },
    })
    expect(await document(callByHost)).toMatchObject({ servers: [{ url: 'http://dualquery.localhost' }] })
  })

  it('has its own 404 and 405', async () => {
    expect(await read(await call('/api/nothing'))).toEqual([404, { detail: expect.any(String) }])
    const response = await call('/api/auth/me', { method: 'DELETE' })
    expect(response.headers.get('allow')).toBe('GET')
    expect(await read(response)).toEqual([405, { detail: expect.any(String) }])
  })

  it('says nothing of a mistake of ours', async () => {
    const services = createServices(env, configOf(env))
    const broken = () => Promise.reject(new Error('SELECT secret FROM /etc/passwd'))
    const app = dualquerySurface({ ...services, stats: { ...services.stats, ofAccount: broken } })
    const headers = { authorization: `Bearer ${ada.token}` }
    const response = await app.request('/dualquery/api/auth/me', { headers }, env)
    expect(await read(response)).toEqual([500, { detail: 'Internal server error' }])
  })
})

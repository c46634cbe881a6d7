import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'
import { MIB } from '../../shared/units.ts'
import { configOf } from '../../worker/env.ts'
import { rajoraSurface } from '../../worker/surfaces/rajora/index.ts'
import { createServices } from '../../worker/wiring.ts'
import { freshAccounts } from '../worker/world.ts'
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

const { call, callByHost, raw } = contractClient('rajora')
const NOT_VALID = { detail: 'The access token or API key is not valid.', status_code: 401 }

interface Registered {
  id: number
  username: string
  api_key: string
}

const registration = (over: object = {}) => {
  const username = unique('john')
  return { email: `${username}@example.com`, username, password: PASSWORD, full_name: 'John Doe', ...over }
}
const register = async (over: object = {}) => call('/api/auth/register', { body: registration(over) })
const logIn = (username: string, password = PASSWORD) =>
  call('/api/auth/login', { form: { username, password } })

describe('POST /api/auth/register', () => {
  it('answers the page’s example with 201, an integer id and a key', async () => {
    const body = registration()
    const response = await call('/api/auth/register', { body })
    expect(response.status).toBe(201)
    const { account } = await freshAccounts().accounts.logIn(body.username, PASSWORD)
    expect(await response.json()).toEqual({
      id: account.number,
      email: body.email,
      username: body.username,
      full_name: 'John Doe',
      is_admin: false,
      api_key: expect.stringMatching(/^raj_[\w-]{43}$/),
    })
  })

  it('counts its ids upwards and takes nobody’s word for a role', async () => {
    const first = (await (await register()).json()) as Registered
    const second = await (await register({ is_admin: true, roles: ['admin'], id: 1 })).json()
    expect(second).toMatchObject({ id: first.id + 1, is_admin: false })
  })

  it('does without a full name', async () => {
    const { full_name: _, ...body } = registration()
    expect(await (await call('/api/auth/register', { body })).json()).toMatchObject({ full_name: null })
  })

  it.each(['email', 'username'] as const)('answers 409 to a %s that is taken', async (field) => {
    const taken = registration()
    await call('/api/auth/register', { body: taken })
    const response = await register({ [field]: taken[field] })
    expect(response.status).toBe(409)
    expect(await response.json()).toEqual({ detail: `The ${field} is taken.`, status_code: 409 })
    const shouted = await register({ [field]: taken[field].toUpperCase() })
    expect([shouted.status, await shouted.json()]).toEqual([
      409,
      { detail: `The ${field} is taken.`, status_code: 409 },
    ])
  })

  it.each<[name: string, over: object, detail: string]>([
    ['no email', { email: undefined }, 'email: field required'],
    ['an email that is none', { email: 'nobody' }, 'email: value is not a valid email address'],
    [
      'an email of 255 characters',
      { email: `${'x'.repeat(253)}@x` },
      'email: ensure this value has at most 254',
    ],
    ['an email that is a number', { email: 7 }, 'email: str type expected'],
    ['no username', { username: undefined }, 'username: field required'],
    ['an empty username', { username: '' }, 'username: expected 1 to 64 letters'],
    ['a username with an @', { username: 'a@b' }, 'username: expected 1 to 64 letters'],
    ['a username of 65 characters', { username: 'x'.repeat(65) }, 'username: expected 1 to 64 letters'],
    ['a username that is a list', { username: [] }, 'username: str type expected'],
    ['no password', { password: undefined }, 'password: field required'],
    ['a password of 7 characters', { password: 'x'.repeat(7) }, 'password: ensure this value has at least 8'],
    ['one of 1,025', { password: 'x'.repeat(1_025) }, 'password: ensure this value has at most 1024'],
    ['a password that is null', { password: null }, 'password: str type expected'],
    ['an empty full name', { full_name: '' }, 'full_name: ensure this value has at least 1'],
    [
      'a full name of 201 characters',
      { full_name: 'x'.repeat(201) },
      'full_name: ensure this value has at most 200',
    ],
    ['a full name that is an object', { full_name: {} }, 'full_name: str type expected'],
  ])('answers 422 to %s, naming it', async (_name, over, detail) => {
    const response = await register(over)
    expect(response.status).toBe(422)
    const body = (await response.json()) as { detail: string }
    expect(body).toEqual({ detail: expect.stringContaining(detail), status_code: 422 })
    expect(body.detail).not.toContain(';')
  })

  it('names every field that is wrong', async () => {
    const response = await call('/api/auth/register', { body: {} })
    expect(await response.json()).toEqual({
      detail: 'email: field required; username: field required; password: field required',
      status_code: 422,
    })
  })

  it.each([8, 1_024])('takes a password of %i characters', async (length) => {
    const password = 'x'.repeat(length)
    const body = registration({ password })
    expect((await call('/api/auth/register', { body })).status).toBe(201)
    expect((await logIn(body.username, password)).status).toBe(200)
  })

  it.each(unreadableBodies)('answers %s in its own format', async (_name, init, status) => {
    const response = await raw('/api/auth/register', { method: 'POST', ...init })
    expect(response.status).toBe(status)
    expect(await response.json()).toEqual({ detail: expect.any(String), status_code: status })
  })

  it('makes one account of a request that is sent twice, also with the same key', async () => {
    const body = registration()
    const send = () => call('/api/auth/register', { body, headers: { 'idempotency-key': body.username } })
    expect([(await send()).status, (await send()).status]).toEqual([201, 409])
  })
})

describe('POST /api/auth/login', () => {
  let username: string
  beforeAll(async () => {
    ;({ username } = (await (await register()).json()) as Registered)
  })

  it('answers the page’s form with a token, for the username and for the email', async () => {
    for (const login of [username, `${username}@example.com`]) {
      const response = await logIn(login)
      expect(response.status).toBe(200)
      const body = (await response.json()) as { access_token: string }
      expect(body).toEqual({ access_token: expect.stringMatching(/^eyJ/), token_type: 'bearer' })
      expect((await call('/api/auth/me', { token: body.access_token })).status).toBe(200)
    }
  })

  it('ignores what OAuth’s form has besides', async () => {
    const form = { username, password: PASSWORD, grant_type: 'password', scope: '', client_id: 'x' }
    expect((await call('/api/auth/login', { form })).status).toBe(200)
  })

  it('does not tell an unknown name from a wrong password', async () => {
    for (const login of [username, 'nobody-at-all']) {
      const response = await logIn(login, 'a wrong password')
      expect(response.status).toBe(401)
      expect(await response.json()).toEqual({ detail: 'Invalid credentials', status_code: 401 })
    }
  })

  it.each<[name: string, form: Record<string, string>, detail: string]>([
    ['no username', { password: 'x' }, 'username: field required'],
    ['an empty username', { username: '', password: 'x' }, 'username: ensure'],
    ['a username of 255 characters', { username: 'x'.repeat(255), password: 'x' }, 'username: ensure'],
    ['no password', { username: 'x' }, 'password: field required'],
    ['an empty password', { username: 'x', password: '' }, 'password: ensure'],
    ['a password of 1,025 characters', { username: 'x', password: 'x'.repeat(1_025) }, 'password: ensure'],
  ])('answers 422 to %s, naming it', async (_name, form, detail) => {
    const response = await call('/api/auth/login', { form })
    expect(response.status).toBe(422)
    expect(await response.json()).toEqual({ detail: expect.stringContaining(detail), status_code: 422 })
  })

  it('answers 422 to a name that is given twice', async () => {
    const response = await raw('/api/auth/login', {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: 'username=a&username=b&password=x',
    })
    expect([response.status, await response.json()]).toEqual([
      422,
      { detail: 'username: str type expected', status_code: 422 },
    ])
  })

  it('answers 415 to JSON and 413 to a form that is too large', async () => {
    const json = await call('/api/auth/login', { body: { username, password: PASSWORD } })
    expect([json.status, await json.json()]).toEqual([415, { detail: expect.any(String), status_code: 415 }])
    const large = await logIn(username, 'x'.repeat(4 * MIB))
    expect([large.status, await large.json()]).toEqual([
      413,
      { detail: expect.any(String), status_code: 413 },
    ])
  })
})

describe('GET /api/auth/me', () => {
  const me = (headers: Record<string, string>) => call('/api/auth/me', { headers })

  it('answers what the registration did, without the key, to a token and to a key', async () => {
    const { api_key: key, ...user } = (await (await register()).json()) as Registered
    const { access_token: token } = (await (await logIn(user.username)).json()) as { access_token: string }
    for (const headers of [{ authorization: `Bearer ${token}` }, { 'x-api-key': key }]) {
      const response = await me(headers)
      expect([response.status, await response.json()]).toEqual([200, user])
    }
  })

  it('says what an account was made without', async () => {
    const { account, token } = await newAccount()
    expect(await (await call('/api/auth/me', { token })).json()).toEqual({
      id: account.number,
      email: null,
      username: account.username,
      full_name: null,
      is_admin: false,
    })
  })

  it.each<Record<string, string>>([
    {},
    { authorization: 'Basic YWRtaW46YWRtaW4=' },
    { authorization: 'Bearer' },
  ])('asks for a token or a key: %j', async (headers) => {
    const response = await me(headers)
    expect(response.status).toBe(401)
    expect(response.headers.get('www-authenticate')).toBe('Bearer')
    expect(await response.json()).toEqual({
      detail: 'Not authenticated: send Authorization: Bearer <token> or X-API-Key: raj_<key>.',
      status_code: 401,
    })
  })

  it('takes each credential only where it belongs', async () => {
    const { account, token } = await newAccount()
    const { keys } = freshAccounts()
    const { secret: sk } = await keys.create({ accountId: account.id, name: 'sk' })
    const { secret: raj } = await keys.create({ accountId: account.id, name: 'raj', kind: 'raj_' })
    const otherKey = expect.stringMatching(/^X-API-Key takes keys that begin with raj_/)
    const keyAsToken = expect.stringMatching(/^Authorization takes an access token: .* X-API-Key\.$/)
    const refused: [headers: Record<string, string>, detail: unknown][] = [
      [{ 'x-api-key': sk }, otherKey],
      [{ 'x-api-key': token }, otherKey],
      [{ 'x-api-key': '' }, otherKey],
      [{ authorization: `Bearer ${sk}` }, keyAsToken],
      [{ authorization: `Bearer ${raj}` }, keyAsToken],
      [{ authorization: `Bearer ${token}`, 'x-api-key': 'raj_unknown' }, NOT_VALID.detail],
    ]
    for (const [headers, detail] of refused) {
      const response = await me(headers)
      expect([response.status, await response.json()], JSON.stringify(headers)).toEqual([
        401,
        { detail, status_code: 401 },
      ])
    }
    expect((await me({ 'x-api-key': raj })).status).toBe(200)
  })

  it('refuses a key that was revoked and one that may only run models', async () => {
    const { account } = await newAccount()
    const { keys } = freshAccounts()
    const revoked = await keys.create({ accountId: account.id, name: 'revoked', kind: 'raj_' })
    await keys.revoke(account.id, revoked.key.id)
    const gone = await me({ 'x-api-key': revoked.secret })
    expect([gone.status, await gone.json()]).toEqual([401, NOT_VALID])
    const { secret } = await keys.create({
      accountId: account.id,
      name: 'narrow',
      kind: 'raj_',
      scopes: ['inference'],
    })
    const narrow = await me({ 'x-api-key': secret })
    expect([narrow.status, await narrow.json()]).toEqual([
      403,
      { detail: expect.any(String), status_code: 403 },
    ])
  })

  it.each(forgeries)('refuses %s in the same words', async (_name, forge) => {
    const { account } = await newAccount({ roles: ['admin'] })
    const response = await call('/api/auth/me', { token: await forge(account.id) })
    expect([response.status, await response.json()]).toEqual([401, NOT_VALID])
  })

  it('tells the bearer of an expired token that it is over, with 401', async () => {
    const { account } = await newAccount()
    const response = await call('/api/auth/me', { token: await expiredToken(account.id) })
    expect([response.status, await response.json()]).toEqual([
      401,
      { detail: 'The access token has expired.', status_code: 401 },
    ])
  })
})

describe('the surface', () => {
  it('names itself, by path and by host', async () => {
    const body = { name: 'Switchyard Rajora API', version: '1.0.0', status: 'running' }
    expect(await (await call('/')).json()).toEqual({ ...body, docs: '/rajora/docs' })
    expect(await (await callByHost('/')).json()).toEqual({ ...body, docs: '/docs' })
  })

  it('is the same by host', async () => {
    const { token } = await newAccount()
    expect((await callByHost('/api/auth/me', { token })).status).toBe(200)
    expect((await callByHost('/api/auth/me')).status).toBe(401)
  })

  it('is open to anybody in these places alone, and says so', async () => {
    const open = ['GET /', 'GET /health', 'POST /api/auth/register', 'POST /api/auth/login', 'GET /ws/chat']
    expect(await openOperations('rajora')).toEqual({ documented: open, found: open })
  })

  it('has its own 404 and 405', async () => {
    const unknown = await call('/api/nothing')
    expect([unknown.status, await unknown.json()]).toEqual([
      404,
      { detail: 'There is no route GET /api/nothing.', status_code: 404 },
    ])
    const method = await call('/api/auth/me', { method: 'DELETE' })
    expect([method.status, await method.json()]).toEqual([
      405,
      { detail: '/api/auth/me does not answer to DELETE.', status_code: 405 },
    ])
    expect(method.headers.get('allow')).toBe('GET')
  })

  it('says nothing of a mistake of ours', async () => {
    const services = createServices(env, configOf(env))
    const broken = () => Promise.reject(new Error('SELECT secret FROM /etc/passwd'))
    const app = rajoraSurface({ ...services, accounts: { ...services.accounts, logIn: broken } })
    const response = await app.request(
      '/rajora/api/auth/login',
      { method: 'POST', body: new URLSearchParams({ username: 'x', password: 'x' }) },
      env,
    )
    expect([response.status, await response.json()]).toEqual([
      500,
      { detail: 'Something went wrong on our side.', status_code: 500 },
    ])
  })
})

import { env } from 'cloudflare:workers'
import { decodeJwt } from 'jose'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { createDb } from '../../../../worker/db/client.ts'
import {
  ACCOUNT_CACHE_MS,
  createAccounts,
  MAX_KEYS_PER_ACCOUNT,
} from '../../../../worker/services/accounts.ts'
import { createTokens } from '../../../../worker/services/tokens.ts'
import { createWorld, type World } from '../../world.ts'

const accounts = createAccounts(createDb(env.DB), createTokens(env.JWT_SECRET))
const unique = crypto.randomUUID()
const ada = { email: `Ada-${unique}@example.org`, username: `ada-${unique}`, password: 'correct horse' }
let world: World
let key: string

beforeAll(async () => {
  world = await createWorld()
  const { id } = await accounts.create({ ...ada, roles: ['viewer'] })
  key = (await accounts.createKey(id, 'first')).secret
})

const logIn = (body: object) => world.request('/v1/auth/login', { key: '', body })
interface Key {
  id: string
  name: string
  prefix: string
  secret?: string
}
const create = (name: unknown = 'laptop', as = key) => world.request('/v1/keys', { key: as, body: { name } })
const listed = async (as = key) =>
  ((await (await world.request('/v1/keys', { key: as })).json()) as { data: Key[] }).data

describe('POST /v1/auth/login', () => {
  it.each([
    ['the email', ada.email],
    ['the email in another case', ada.email.toUpperCase()],
    ['the username', ada.username],
  ])('answers %s and the password with a token that opens closed routes', async (_name, login) => {
    const response = await logIn({ login, password: ada.password })
    expect(response.status).toBe(200)
    const body = (await response.json()) as { access_token: string; expires_in: number }
    expect(body).toEqual({ access_token: expect.any(String), token_type: 'bearer', expires_in: 86_400 })
    const { iat = 0, exp = 0 } = decodeJwt(body.access_token)
    expect(exp - iat).toBe(body.expires_in)
    expect((await world.request('/v1/models', { key: body.access_token })).status).toBe(200)
  })

  it('answers a wrong password and an unknown name in the same words', async () => {
    const answers = await Promise.all(
      [
        { login: ada.username, password: 'wrong' },
        { login: ada.username, password: ada.password.toUpperCase() },
        { login: 'nobody', password: ada.password },
        { login: "' OR 1=1 --", password: ada.password },
      ].map(async (body) => {
        const response = await logIn(body)
        return { status: response.status, body: await response.json() }
      }),
    )
    expect(answers[0]).toMatchObject({ status: 401, body: { error: { type: 'authentication_error' } } })
    for (const answer of answers) expect(answer).toEqual(answers[0])
  })

  it.each([
    ['no login', { password: 'x' }, 'login'],
    ['no password', { login: 'x' }, 'password'],
    ['an empty password', { login: 'x', password: '' }, 'password'],
    ['an endless password', { login: 'x', password: 'x'.repeat(1_025) }, 'password'],
    ['an unknown field', { login: 'x', password: 'x', role: 'admin' }, 'role'],
  ])('refuses %s, naming it', async (_case, body, param) => {
    const response = await logIn(body)
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({ error: { param } })
  })
})

describe('keys of an account', () => {
  it('are made with a secret that is shown once, work, and are listed newest first', async () => {
    const response = await create('laptop')
    expect(response.status).toBe(201)
    const made = (await response.json()) as Key
    expect(made).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{24}$/),
      object: 'api_key',
      name: 'laptop',
      prefix: made.secret?.slice(0, 11),
      created: expect.any(Number),
      secret: expect.stringMatching(/^sk-[\w-]{43}$/),
    })
    expect((await world.request('/v1/models', { key: made.secret ?? '' })).status).toBe(200)
    const text = await (await world.request('/v1/keys', { key })).text()
    expect(text).not.toContain(made.secret)
    expect(text).not.toMatch(/hash/i)
    const keys = await listed()
    expect(keys.map(({ name }) => name)).toEqual(expect.arrayContaining(['laptop', 'first']))
    expect(keys.map(({ id }) => id)).toEqual(
      keys
        .map(({ id }) => id)
        .toSorted()
        .toReversed(),
    )
  })

  it('end within a second of being deleted, and are deleted once', async () => {
    const made = (await (await create()).json()) as Key
    const use = async () => (await world.request('/v1/models', { key: made.secret ?? '' })).status
    expect(await use()).toBe(200)
    const response = await world.request(`/v1/keys/${made.id}`, { method: 'DELETE', key })
    expect(response.status).toBe(200)
    expect(await response.json()).toEqual({ id: made.id, object: 'api_key', deleted: true })
    const deleted = Date.now()
    await vi.waitFor(async () => expect(await use()).toBe(401), { timeout: 5_000, interval: 100 })
    expect(Date.now() - deleted).toBeLessThan(ACCOUNT_CACHE_MS + 1_000)
    expect((await world.request(`/v1/keys/${made.id}`, { method: 'DELETE', key })).status).toBe(404)
    expect((await listed()).map(({ id }) => id)).not.toContain(made.id)
  })

  it('are nobody else’s: another account neither sees nor deletes them, not even an administrator', async () => {
    const made = (await (await create()).json()) as Key
    expect((await listed(world.adminKey)).map(({ id }) => id)).not.toContain(made.id)
    const response = await world.request(`/v1/keys/${made.id}`, { method: 'DELETE' })
    expect(response.status).toBe(404)
    expect(await response.json()).toMatchObject({ error: { code: 'not_found' } })
    expect((await listed()).map(({ id }) => id)).toContain(made.id)
  })

  it.each([
    ['no name', undefined],
    ['a blank name', '   '],
    ['a name of 101 letters', 'x'.repeat(101)],
    ['a name that is a number', 7],
  ])('are not made with %s', async (_case, name) => {
    const response = await world.request('/v1/keys', { key, body: { name } })
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({ error: { param: 'name' } })
  })

  it(`are at most ${MAX_KEYS_PER_ACCOUNT}`, async () => {
    const { id } = await accounts.create({ ...ada, email: null, username: `many-${unique}`, roles: [] })
    const first = await accounts.createKey(id, 'first')
    for (let made = 1; made < MAX_KEYS_PER_ACCOUNT; made += 1) await accounts.createKey(id, `key ${made}`)
    const refused = await create('one more', first.secret)
    expect(refused.status).toBe(409)
    expect(await refused.json()).toMatchObject({ error: { code: 'conflict' } })
    await accounts.revokeKey(id, (await accounts.listKeys(id))[0]?.id ?? '') // the newest
    expect((await create('one more', first.secret)).status).toBe(201)
  })
})

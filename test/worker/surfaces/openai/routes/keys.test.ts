import { decodeJwt } from 'jose'
import { beforeAll, describe, expect, it } from 'vitest'
import { ACCOUNT_CACHE_MS } from '../../../../../worker/services/accounts/account-cache.ts'
import type { Plan } from '../../../../../worker/services/accounts/account-row.ts'
import { MAX_KEYS_PER_ACCOUNT, SCOPES } from '../../../../../worker/services/accounts/keys.ts'
import { eventually } from '../../../../support/eventually.ts'
import { lastAllowed } from '../../../last-allowed.ts'
import { createWorld, freshAccounts, type World } from '../../../world.ts'

const { accounts, keys } = freshAccounts()
const unique = crypto.randomUUID()
const ada = { email: `Ada-${unique}@example.org`, username: `ada-${unique}`, password: 'correct horse' }
let world: World
let key: string

/** An account with the widest limits that are no administrator's, so that a test may ask often. */
const plan: Plan = 'enterprise'

beforeAll(async () => {
  world = await createWorld()
  const { id } = await accounts.create({ ...ada, roles: ['viewer'], plan })
  key = (await keys.create({ accountId: id, name: 'first' })).secret
})

let owners = 0
/** An account of its own and its first key. */
async function newOwner(roles = ['viewer']) {
  owners += 1
  const username = `owner-${owners}-${unique}`
  const { id } = await accounts.create({ email: null, username, password: 'x', roles, plan })
  return { id, key: (await keys.create({ accountId: id, name: 'first' })).secret }
}

const logIn = (body: object) => world.request('/v1/auth/login', { key: '', body })
interface Key {
  id: string
  name: string
  prefix: string
  secret?: string
  scopes: string[] | null
  expires_at: number | null
  last_used_at: number | null
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
      scopes: null,
      expires_at: null,
      last_used_at: null,
      model: null,
      secret: expect.stringMatching(/^sk-[\w-]{43}$/),
    })
    expect((await world.request('/v1/models', { key: made.secret ?? '' })).status).toBe(200)
    const text = await (await world.request('/v1/keys', { key })).text()
    expect(text).not.toContain(made.secret)
    expect(text).not.toMatch(/hash/i)
    const names = (await listed()).map(({ name }) => name)
    expect(names.indexOf('laptop')).toBeLessThan(names.indexOf('first'))
  })

  it('end within a second of being deleted, and are deleted once', async () => {
    const made = (await (await create()).json()) as Key
    const use = async () => (await world.request('/v1/models', { key: made.secret ?? '' })).status
    expect(await use()).toBe(200)
    const response = await world.request(`/v1/keys/${made.id}`, { method: 'DELETE', key })
    expect(response.status).toBe(200)
    expect(await response.json()).toEqual({ id: made.id, object: 'api_key', deleted: true })
    const deleted = Date.now()
    expect((await lastAllowed(async () => (await use()) !== 401)) - deleted).toBeLessThan(ACCOUNT_CACHE_MS)
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
    const response = await world.request('/v1/keys', { body: { name } })
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({ error: { param: 'name' } })
  })

  it(`are at most ${MAX_KEYS_PER_ACCOUNT}`, async () => {
    const owner = await newOwner()
    for (let made = 1; made < MAX_KEYS_PER_ACCOUNT; made += 1) {
      await keys.create({ accountId: owner.id, name: `key ${made}` })
    }
    const refused = await create('one more', owner.key)
    expect(refused.status).toBe(409)
    expect(await refused.json()).toMatchObject({ error: { code: 'conflict' } })
    await keys.revoke(owner.id, (await keys.list(owner.id))[0]?.id ?? '') // the newest
    expect((await create('one more', owner.key)).status).toBe(201)
  })

  it('say when they were used last, to the minute', async () => {
    const owner = await newOwner()
    await world.request('/v1/models', { key: owner.key })
    const now = Math.floor(Date.now() / 1000)
    const lastUsed = async () => (await listed(owner.key))[0]?.last_used_at ?? 0
    await eventually(async () => expect(Math.abs((await lastUsed()) - now)).toBeLessThan(60))
  })
})

const make = (body: object, as: string) => world.request('/v1/keys', { key: as, body })
const inAnHour = () => Math.floor(Date.now() / 1000) + 3_600

describe('a key with an end', () => {
  it('works until then, and says so', async () => {
    const owner = await newOwner()
    const expires_at = inAnHour()
    const response = await make({ name: 'short', expires_at }, owner.key)
    expect(response.status).toBe(201)
    const made = (await response.json()) as Key
    expect(made.expires_at).toBe(expires_at)
    expect((await world.request('/v1/models', { key: made.secret ?? '' })).status).toBe(200)
  })

  it('is over when it is', async () => {
    const owner = await newOwner()
    const { secret } = await keys.create({ accountId: owner.id, name: 'over', expiresAt: Date.now() })
    expect((await world.request('/v1/models', { key: secret })).status).toBe(401)
    expect((await listed(owner.key)).map(({ name }) => name)).toEqual(['first'])
  })
})

describe('a key with scopes', () => {
  /** An operation of each scope, and one that asks for none in particular. */
  const operations = [
    ['inference', 'GET', '/v1/models'],
    ['inference', 'POST', '/v1/chat/completions'],
    ['inference', 'POST', '/v1/completions'],
    ['inference', 'POST', '/v1/embeddings'],
    ['files', 'GET', '/v1/workspace'],
    ['files', 'POST', '/v1/workspace-uploads'],
    ['files', 'GET', '/v1/files'],
    ['files', 'POST', '/v1/uploads'],
    ['account', 'GET', '/v1/keys'],
    ['account', 'GET', '/v1/usage'],
    ['account', 'GET', '/v1/accounts/me'],
    ['admin', 'GET', '/v1/accounts'],
    ['admin', 'GET', '/v1/nodes'],
    ['admin', 'GET', '/v1/metrics'],
  ] as const

  it.each(SCOPES)(
    '%s opens what that scope covers and nothing else, whatever its account may',
    async (scope) => {
      const { key: as } = await newOwner(['admin'])
      const response = await make({ name: scope, scopes: [scope] }, as)
      const made = (await response.json()) as Key
      expect(made.scopes).toEqual([scope])
      for (const [needed, method, path] of operations) {
        const request = { key: made.secret ?? '', method, ...(method === 'POST' ? { body: {} } : {}) }
        const answer = await world.request(path, request)
        if (needed === scope) expect([200, 400], path).toContain(answer.status)
        else {
          expect(answer.status, path).toBe(403)
          expect(await answer.json()).toMatchObject({
            error: { code: 'forbidden', message: `This API key lacks the scope '${needed}'.` },
          })
        }
      }
    },
  )

  it.each([
    [['account'], "lacks the scope 'files'"],
    [['files'], "lacks the scope 'account'"],
    [['account', 'files'], 'There is no file'],
  ])('%j that asks for a fine-tuning job, which reads files, is told: %s', async (scopes, told) => {
    const { key: as } = await newOwner()
    const { secret = '' } = (await (await make({ name: 'narrow', scopes }, as)).json()) as Key
    const body = { model: 'starter', training_file: 'file-0123456789abcdef01234567' }
    const refused = await world.request('/v1/fine_tuning/jobs', { key: secret, body })
    expect(((await refused.json()) as { error: { message: string } }).error.message).toContain(told)
  })

  it('inference that asks about documents, which are files, is refused with the scope', async () => {
    const { key: as } = await newOwner()
    const { secret = '' } = (await (await make({ name: 'narrow', scopes: ['inference'] }, as)).json()) as Key
    const messages = [{ role: 'user', content: 'Hi' }]
    const body = { model: 'starter', messages, x_documents: { search: true } }
    const refused = await world.request('/v1/chat/completions', { key: secret, body })
    expect([refused.status, await refused.json()]).toMatchObject([
      403,
      { error: { message: "This API key lacks the scope 'files'." } },
    ])
  })

  it('gives its account no rights that it has not, also when it was made before a role was taken', async () => {
    const { id } = await newOwner(['viewer'])
    const { secret } = await keys.create({ accountId: id, name: 'x', scopes: ['admin'] })
    for (const [needed, , path] of operations) {
      if (needed === 'admin') expect((await world.request(path, { key: secret })).status, path).toBe(403)
    }
  })

  it('is not made with a scope that the account’s roles do not fill, and the refusal names it', async () => {
    const { key: as } = await newOwner(['viewer', 'analyst', 'trainer'])
    const refused = await make({ name: 'x', scopes: ['inference', 'admin'] }, as)
    expect(refused.status).toBe(403)
    expect(await refused.json()).toMatchObject({
      error: { code: 'forbidden', param: 'scopes', message: expect.stringContaining("'admin'") },
    })
    expect((await listed(as)).map(({ name }) => name)).toEqual(['first'])
    expect((await make({ name: 'x', scopes: ['inference', 'account'] }, as)).status).toBe(201)
  })

  it('makes no key that may more than itself', async () => {
    const { key: as } = await newOwner(['admin'])
    const narrow = (await (await make({ name: 'narrow', scopes: ['account'] }, as)).json()) as Key
    const refused = await make({ name: 'wide', scopes: ['account', 'admin'] }, narrow.secret ?? '')
    expect(refused.status).toBe(403)
    expect(await refused.json()).toMatchObject({ error: { param: 'scopes' } })
    const inherited = (await (await make({ name: 'child' }, narrow.secret ?? '')).json()) as Key
    expect(inherited.scopes).toEqual(['account'])
    const none = (await (await make({ name: 'no inference', scopes: ['inference'] }, as)).json()) as Key
    expect((await make({ name: 'child' }, none.secret ?? '')).status).toBe(403)
  })
})

describe('a key is not made with', () => {
  it.each<[name: string, body: object, param: string]>([
    ['an unknown scope', { scopes: ['everything'] }, 'scopes[0]'],
    ['the same scope twice', { scopes: ['admin', 'admin'] }, 'scopes'],
    ['no scope at all', { scopes: [] }, 'scopes'],
    ['scopes in one text', { scopes: 'admin' }, 'scopes'],
    ['an end that is over', { expires_at: 1_000 }, 'expires_at'],
    ['an end that is now', { expires_at: Math.floor(Date.now() / 1000) }, 'expires_at'],
    ['an end in milliseconds', { expires_at: Date.now() * 1000 }, 'expires_at'],
    ['an end within a second', { expires_at: inAnHour() + 0.5 }, 'expires_at'],
    ['an end that is text', { expires_at: '2030-01-01' }, 'expires_at'],
    ['a model', { model: 'm' }, 'model'],
    ['a secret of its own', { secret: 'sk-mine' }, 'secret'],
  ])('%s', async (_case, body, param) => {
    const response = await make({ name: 'bad', ...body }, world.adminKey)
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({ error: { param } })
  })
})

import { env } from 'cloudflare:workers'
import { eq } from 'drizzle-orm'
import { beforeAll, describe, expect, it } from 'vitest'
import { createDb, newId } from '../../../../../worker/db/client.ts'
import { accounts as accountRows } from '../../../../../worker/db/tables/accounts.ts'
import { auditLog } from '../../../../../worker/db/tables/administration.ts'
import { ACCOUNT_CACHE_MS } from '../../../../../worker/services/accounts/account-cache.ts'
import { eventually } from '../../../../support/eventually.ts'
import { lastAllowed } from '../../../last-allowed.ts'
import { createWorld, freshAccounts, type World } from '../../../world.ts'

const db = createDb(env.DB)
let world: World
let adminId: string
beforeAll(async () => {
  world = await createWorld()
  adminId = (await freshAccounts().accounts.authenticate(world.adminKey)).id
})

interface AccountBody {
  id: string
  number: number
  email: string | null
  username: string | null
  roles: string[]
  plan: string
  active: boolean
}
let made = 0
/** The fields of an account that nobody has. */
const newcomer = (over: object = {}) => {
  made += 1
  return { username: `newcomer-${made}`, password: 'long enough', ...over }
}
const create = (body: object, key = world.adminKey) => world.request('/v1/accounts', { key, body })
const created = async (over: object = {}) => (await (await create(newcomer(over))).json()) as AccountBody
const patch = (id: string, body: unknown, key = world.adminKey) =>
  world.request(`/v1/accounts/${id}`, { method: 'PATCH', key, body })
const get = (path: string, key = world.adminKey) => world.request(`/v1/accounts${path}`, { key })
const logIn = (login: string, password = 'long enough') =>
  world.request('/v1/auth/login', { key: '', body: { login, password } })

async function expectRefusal(response: Response, status: number, param: string | null) {
  expect(response.status).toBe(status)
  expect(await response.json()).toMatchObject({ error: { param } })
}

describe('POST /v1/accounts', () => {
  it('makes an account that can log in, with what was given and nothing invented', async () => {
    const email = `Grace-${crypto.randomUUID()}@example.org`
    const given = newcomer({ email, name: 'Grace Hopper', roles: ['trainer'] })
    const response = await create(given)
    expect(response.status).toBe(201)
    const account = (await response.json()) as AccountBody
    expect(account).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{24}$/),
      object: 'account',
      number: expect.any(Number),
      email: email.toLowerCase(),
      contact_email: null,
      username: given.username,
      name: 'Grace Hopper',
      given_name: null,
      family_name: null,
      roles: ['trainer'],
      plan: 'free',
      billing_cycle: null,
      active: true,
      created: expect.any(Number),
      last_seen_at: null,
    })
    for (const login of [email, given.username]) expect((await logIn(login)).status).toBe(200)
    const [row] = await db.select().from(auditLog).where(eq(auditLog.target, account.id))
    expect(row).toMatchObject({ actorId: adminId, action: 'account.create' })
  })

  it('makes one with an email alone, or a username alone, and no roles', async () => {
    const email = `only-${crypto.randomUUID()}@example.org`
    expect(await created({ username: undefined, email })).toMatchObject({ email, username: null, roles: [] })
    expect(await created({ email: null })).toMatchObject({ email: null })
  })

  it.each(['email', 'username'] as const)('refuses an %s that is taken', async (field) => {
    const email = `taken-${crypto.randomUUID()}@example.org`
    const first = await created({ email })
    const response = await create(newcomer({ [field]: first[field] }))
    expect(response.status).toBe(409)
    expect(await response.json()).toMatchObject({ error: { code: 'conflict', param: field } })
  })

  it.each<[name: string, over: Record<string, unknown>, param: string]>([
    ['neither email nor username', { username: undefined }, 'username'],
    ['an empty username', { username: '' }, 'username'],
    ['a username like an email', { username: 'a@b.example' }, 'username'],
    ['a username of 65 letters', { username: 'u'.repeat(65) }, 'username'],
    ['a username that is a number', { username: 7 }, 'username'],
    ['an email that is none', { email: 'nowhere' }, 'email'],
    ['an email of 255 characters', { email: `${'a'.repeat(243)}@example.org` }, 'email'],
    ['an email that is a list', { email: [] }, 'email'],
    ['no password', { password: undefined }, 'password'],
    ['a password of 7 characters', { password: '1234567' }, 'password'],
    ['a password of 1,025 characters', { password: 'p'.repeat(1_025) }, 'password'],
    ['a password that is a number', { password: 12_345_678 }, 'password'],
    ['an empty name', { name: ' ' }, 'name'],
    ['a name of 201 letters', { name: 'n'.repeat(201) }, 'name'],
    ['an unknown role', { roles: ['root'] }, 'roles[0]'],
    ['a role twice', { roles: ['viewer', 'viewer'] }, 'roles'],
    ['a role that is text', { roles: 'viewer' }, 'roles'],
    ['an unknown field', { plan: 'enterprise' }, 'plan'],
  ])('refuses %s, naming the field', async (_case, over, param) => {
    await expectRefusal(await create(newcomer(over)), 400, param)
  })

  it('takes a password of 8 characters and one of 1,024', async () => {
    for (const password of ['12345678', 'p'.repeat(1_024)]) {
      const { username } = await created({ password })
      expect((await logIn(username ?? '', password)).status).toBe(200)
    }
  })
})

describe('GET /v1/accounts/me', () => {
  it('is one’s own account, by key and by token, for everybody', async () => {
    const { id, username } = await created({ roles: ['viewer'] })
    const { access_token: token } = (await (await logIn(username ?? '')).json()) as { access_token: string }
    expect(await (await get('/me', token)).json()).toMatchObject({ id, username, roles: ['viewer'] })
    const response = await get('/me', world.viewerKey)
    expect(response.status).toBe(200)
    expect(await response.json()).toMatchObject({ object: 'account', roles: ['viewer'], active: true })
  })
})

describe('GET /v1/accounts', () => {
  interface Page {
    data: AccountBody[]
    first_id: string
    last_id: string
    has_more: boolean
  }
  const page = async (query: string) => (await (await get(query)).json()) as Page

  it('lists all, newest first, a page at a time', async () => {
    const ids = []
    for (let count = 0; count < 3; count += 1) ids.unshift((await created()).id)
    const first = await page('?limit=2')
    expect(first).toMatchObject({ object: 'list', has_more: true, first_id: ids[0], last_id: ids[1] })
    expect(first.data.map(({ id }) => id)).toEqual(ids.slice(0, 2))
    const second = await page(`?limit=1&after=${first.last_id}`)
    expect(second.data.map(({ id }) => id)).toEqual(ids.slice(2))
    expect(JSON.stringify(first)).not.toMatch(/scrypt|hash|password/i)
  })

  it('takes a page of 100, and 20 where none is asked for', async () => {
    for (let number = 10_000; number < 10_100; number += 1) {
      await db
        .insert(accountRows)
        .values({ id: newId(), number, username: `row-${number}`, roles: [], createdAt: 1 })
    }
    expect((await page('?limit=100')).data).toHaveLength(100)
    expect((await page('')).data).toHaveLength(20)
  })

  it.each([
    ['limit=0', 'limit'],
    ['limit=101', 'limit'],
    ['limit=1.5', 'limit'],
    ['limit=many', 'limit'],
    [`after=${'0'.repeat(24)}`, 'after'],
    ['after=', 'after'],
    [`after=${'x'.repeat(65)}`, 'after'],
  ])('refuses ?%s', async (query, param) => {
    await expectRefusal(await get(`?${query}`), 400, param)
  })
})

describe('GET /v1/accounts/{account_id}', () => {
  it('is one account', async () => {
    const account = await created()
    expect(await (await get(`/${account.id}`)).json()).toEqual(account)
  })

  it('is 404 for one that does not exist', async () => {
    const response = await get('/nobody')
    expect(response.status).toBe(404)
    expect(await response.json()).toMatchObject({ error: { code: 'not_found' } })
  })
})

describe('PATCH /v1/accounts/{account_id}', () => {
  it('changes what it names and records who did it', async () => {
    const account = await created({ roles: ['viewer'] })
    const change = { roles: ['trainer', 'analyst'], plan: 'pro', billing_cycle: 'yearly' }
    const response = await patch(account.id, change)
    expect(response.status).toBe(200)
    expect(await response.json()).toEqual({ ...account, ...change })
    expect(await (await get(`/${account.id}`)).json()).toEqual({ ...account, ...change })
    const rows = await db.select().from(auditLog).where(eq(auditLog.target, account.id))
    expect(rows.find(({ action }) => action === 'account.update')).toMatchObject({
      actorId: adminId,
      before: { roles: ['viewer'], plan: 'free', billingCycle: null },
      after: { roles: ['trainer', 'analyst'], plan: 'pro', billingCycle: 'yearly' },
    })
    expect(await (await patch(account.id, { billing_cycle: null })).json()).toMatchObject({
      billing_cycle: null,
      plan: 'pro',
    })
  })

  it('grants and takes roles within a second', async () => {
    const { id, username } = await created({ roles: ['viewer'] })
    const { access_token: key } = (await (await logIn(username ?? '')).json()) as { access_token: string }
    const status = async () => (await world.request('/v1/nodes', { key })).status
    expect(await status()).toBe(403)
    await patch(id, { roles: ['admin'] })
    await eventually(async () => expect(await status()).toBe(200))
    await patch(id, { roles: [] })
    await eventually(async () => expect(await status()).toBe(403))
  })

  it('ends the tokens and keys of an account that it deactivates within a second', async () => {
    const { id, username } = await created()
    const { access_token: token } = (await (await logIn(username ?? '')).json()) as { access_token: string }
    const { secret } = await freshAccounts().keys.create({ accountId: id, name: 'laptop' })
    const statuses = () => Promise.all([token, secret].map(async (key) => (await get('/me', key)).status))
    expect(await statuses()).toEqual([200, 200])
    expect(await (await patch(id, { active: false })).json()).toMatchObject({ active: false })
    const deactivated = Date.now()
    const isAllowed = async () => (await statuses()).some((status) => status !== 401)
    expect((await lastAllowed(isAllowed)) - deactivated).toBeLessThan(ACCOUNT_CACHE_MS)
    expect((await logIn(username ?? '')).status).toBe(401)
  })

  it('leaves the last active administrator', async () => {
    const others = await db.select({ id: accountRows.id, roles: accountRows.roles }).from(accountRows)
    for (const { id, roles } of others) {
      if (id !== adminId && roles.includes('admin')) await patch(id, { active: false })
    }
    for (const change of [{ roles: ['viewer'] }, { active: false }]) {
      const response = await patch(adminId, change)
      expect(response.status).toBe(409)
      expect(await response.json()).toMatchObject({ error: { code: 'conflict' } })
    }
    expect((await get('')).status).toBe(200)
  })

  it('is 404 for an account that does not exist', async () => {
    expect((await patch('0'.repeat(24), { plan: 'pro' })).status).toBe(404)
  })

  it.each<[name: string, body: unknown, param: string | null]>([
    ['nothing', {}, null],
    ['a list', [], null],
    ['an unknown role', { roles: ['viewer', 'owner'] }, 'roles[1]'],
    ['a role in another case', { roles: ['Admin'] }, 'roles[0]'],
    ['a role twice', { roles: ['admin', 'admin'] }, 'roles'],
    ['roles that are null', { roles: null }, 'roles'],
    ['an unknown plan', { plan: 'gold' }, 'plan'],
    ['a plan that is null', { plan: null }, 'plan'],
    ['an unknown billing cycle', { billing_cycle: 'weekly' }, 'billing_cycle'],
    ['an activity that is text', { active: 'false' }, 'active'],
    ['an activity that is a number', { active: 0 }, 'active'],
    ['a password', { password: 'another one' }, 'password'],
    ['an email', { email: 'a@b.example' }, 'email'],
    ['an id', { id: 'x' }, 'id'],
  ])('refuses %s, naming the field', async (_case, body, param) => {
    const { id } = await created()
    await expectRefusal(await patch(id, body), 400, param)
  })
})

import { env } from 'cloudflare:workers'
import { eq } from 'drizzle-orm'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { createDb } from '../../../worker/db/client.ts'
import { accounts as accountRows, apiKeys } from '../../../worker/db/schema.ts'
import {
  ACCOUNT_CACHE_MS,
  createAccounts,
  MAX_KEYS_PER_ACCOUNT,
  type NewAccount,
} from '../../../worker/services/accounts.ts'
import { seedDevelopment } from '../../../worker/services/development.ts'
import { createTokens } from '../../../worker/services/tokens.ts'

const db = createDb(env.DB)
const tokens = createTokens(env.JWT_SECRET)
/** Accounts of a fresh isolate: nothing is remembered. */
const fresh = () => createAccounts(db, tokens)

let made = 0
async function newAccount(over: Partial<NewAccount> = {}) {
  made += 1
  const given = {
    email: `person${made}@example.org`,
    username: `person${made}`,
    password: 'a password',
    roles: ['viewer'],
    ...over,
  }
  const { id } = await fresh().create(given)
  return { ...given, email: given.email?.toLowerCase() ?? null, id }
}
const deactivate = (id: string) => db.update(accountRows).set({ active: false }).where(eq(accountRows.id, id))
const refused = { code: 'unauthenticated', message: 'The API key or access token is missing or not valid.' }

afterEach(() => void vi.useRealTimers())

describe('an account', () => {
  it('keeps what was given and invents nothing', async () => {
    expect(await fresh().create({ email: null, username: 'only-a-name', password: 'x', roles: [] })).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{24}$/),
      email: null,
      username: 'only-a-name',
      roles: [],
    })
    expect(await newAccount({ email: 'Only@Mail.example', username: null })).toMatchObject({
      email: 'only@mail.example',
      username: null,
    })
  })

  it('may be one of many without an email, or without a username', async () => {
    await newAccount({ email: null })
    await newAccount({ email: null })
    await newAccount({ username: null })
    await newAccount({ username: null })
  })

  it('has an email and a username that nobody else has, whatever the case of the email', async () => {
    const { email, username } = await newAccount()
    await expect(newAccount({ email: email?.toUpperCase() ?? '' })).rejects.toMatchObject({
      code: 'conflict',
    })
    await expect(newAccount({ username })).rejects.toMatchObject({ code: 'conflict' })
  })

  it('is made once by two that are made at the same time', async () => {
    const both = await Promise.allSettled(
      ['x', 'y'].map((password) => newAccount({ username: 'twin', email: null, password })),
    )
    expect(both.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
  })

  it('keeps its password as a hash', async () => {
    const { id } = await newAccount({ password: 'hunter2' })
    const [row] = await db.select().from(accountRows).where(eq(accountRows.id, id))
    expect(row?.passwordHash).toMatch(/^scrypt\$/)
    expect(JSON.stringify(row)).not.toContain('hunter2')
  })
})

describe('logging in', () => {
  it.each([
    ['the email', (account: NewAccount) => account.email],
    ['the email in another case', (account: NewAccount) => account.email?.toUpperCase()],
    ['the username', (account: NewAccount) => account.username],
  ])('takes %s, and answers with a token and the account without its secrets', async (_name, loginOf) => {
    const account = await newAccount()
    const { token, account: found } = await fresh().logIn(loginOf(account) ?? '', 'a password')
    expect(await tokens.verify(token)).toBe(account.id)
    expect(found).toEqual({
      id: account.id,
      email: account.email,
      username: account.username,
      roles: account.roles,
    })
  })

  it('refuses a wrong password, an unknown name and an inactive account in the same words', async () => {
    const account = await newAccount()
    const inactive = await newAccount()
    await deactivate(inactive.id)
    for (const [login, password] of [
      [account.username ?? '', 'wrong'],
      [account.username?.toUpperCase() ?? '', 'a password'],
      ['nobody', 'a password'],
      ['', ''],
      [inactive.username ?? '', 'a password'],
    ] as const) {
      await expect(fresh().logIn(login, password), login).rejects.toMatchObject({
        code: 'unauthenticated',
        message: 'The login or the password is wrong.',
      })
    }
  })
})

describe('a key', () => {
  it('stands for its account, and is stored as a hash', async () => {
    const account = await newAccount()
    const { key, secret } = await fresh().createKey(account.id, 'laptop')
    expect(await fresh().authenticate(secret)).toMatchObject({ id: account.id, roles: ['viewer'] })
    const [row] = await db.select().from(apiKeys).where(eq(apiKeys.id, key.id))
    expect(JSON.stringify(row)).not.toContain(secret.slice(12))
  })

  it('is told from another that begins alike', async () => {
    const [a, b] = [await newAccount(), await newAccount()]
    const [one, other] = [`sk-12345678${'a'.repeat(35)}`, `sk-12345678${'b'.repeat(35)}`]
    await fresh().createKey(a.id, 'one', one)
    await fresh().createKey(b.id, 'other', other)
    expect(await fresh().authenticate(one)).toMatchObject({ id: a.id })
    expect(await fresh().authenticate(other)).toMatchObject({ id: b.id })
    await expect(fresh().authenticate(`sk-12345678${'c'.repeat(35)}`)).rejects.toMatchObject(refused)
  })

  it('that is revoked ends everywhere within the time that an isolate trusts what it has read', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() })
    const account = await newAccount()
    const [here, there] = [fresh(), fresh()]
    const { key, secret } = await here.createKey(account.id, 'laptop')
    await there.authenticate(secret)
    await here.revokeKey(account.id, key.id)
    expect(await there.authenticate(secret)).toMatchObject({ id: account.id })
    vi.setSystemTime(Date.now() + ACCOUNT_CACHE_MS)
    await expect(there.authenticate(secret)).rejects.toMatchObject(refused)
    expect(await here.listKeys(account.id)).toEqual([])
  })

  it('is revoked by its own account, once', async () => {
    const [owner, other] = [await newAccount(), await newAccount()]
    const { key } = await fresh().createKey(owner.id, 'laptop')
    await expect(fresh().revokeKey(other.id, key.id)).rejects.toMatchObject({ code: 'not_found' })
    await fresh().revokeKey(owner.id, key.id)
    await expect(fresh().revokeKey(owner.id, key.id)).rejects.toMatchObject({ code: 'not_found' })
  })

  it(`is one of at most ${MAX_KEYS_PER_ACCOUNT}; a revoked one does not count`, async () => {
    const { id } = await newAccount()
    const keys = fresh()
    const first = await keys.createKey(id, 'first')
    for (let count = 1; count < MAX_KEYS_PER_ACCOUNT; count += 1) await keys.createKey(id, `key ${count}`)
    await expect(keys.createKey(id, 'one more')).rejects.toMatchObject({ code: 'conflict' })
    await keys.revokeKey(id, first.key.id)
    await expect(keys.createKey(id, 'one more')).resolves.toBeDefined()
  })

  it.each([0, 1])('and a token of an inactive account open nothing (%i)', async (which) => {
    const { id } = await newAccount()
    const credentials = [(await fresh().createKey(id, 'laptop')).secret, await tokens.issue(id)]
    const credential = credentials[which] ?? ''
    await fresh().authenticate(credential)
    await deactivate(id)
    await expect(fresh().authenticate(credential)).rejects.toMatchObject(refused)
  })

  it('that cannot be looked up is not called wrong: the database’s failure is ours', async () => {
    const broken = createAccounts(
      createDb({
        ...env.DB,
        prepare: () => {
          throw new Error('D1 is away')
        },
      } as unknown as D1Database),
      tokens,
    )
    const thrown = await broken.authenticate(`sk-${'x'.repeat(43)}`).catch((error) => error)
    expect(thrown).toBeInstanceOf(Error)
    expect(thrown.code).not.toBe('unauthenticated')
  })
})

describe('the seed of a development machine', () => {
  const KEY = `sk-${'development'.padEnd(43, '0')}`

  it('makes the documented accounts and the administrator’s key, and is safe to repeat and to race', async () => {
    await Promise.all([seedDevelopment(db, fresh(), KEY), seedDevelopment(db, fresh(), KEY)])
    await seedDevelopment(db, fresh(), KEY)
    const admin = await fresh().logIn('admin', 'administrator')
    expect(admin.account.roles).toEqual(['admin'])
    expect((await fresh().logIn('guest', 'guest_test1')).account.roles).toEqual(['viewer'])
    expect(await fresh().authenticate(KEY)).toMatchObject({ id: admin.account.id })
    expect(await fresh().listKeys(admin.account.id)).toHaveLength(1)
  })

  it('leaves a password that was changed as it is', async () => {
    await seedDevelopment(db, fresh(), undefined)
    const { passwordHash } =
      (await db.select().from(accountRows).where(eq(accountRows.username, 'guest')))[0] ?? {}
    await seedDevelopment(db, fresh(), undefined)
    const [after] = await db.select().from(accountRows).where(eq(accountRows.username, 'guest'))
    expect(after?.passwordHash).toBe(passwordHash)
  })
})

import { env } from 'cloudflare:workers'
import { eq } from 'drizzle-orm'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { createDb } from '../../../../worker/db/client.ts'
import { accounts as accountRows } from '../../../../worker/db/tables/accounts.ts'
import { ACCOUNT_CACHE_MS } from '../../../../worker/services/accounts/account-cache.ts'
import type { NewAccount } from '../../../../worker/services/accounts/accounts.ts'
import { MAX_EMAIL_LENGTH } from '../../../../worker/services/accounts/login-names.ts'
import { createTokens } from '../../../../worker/services/accounts/tokens.ts'
import { freshAccounts } from '../../world.ts'

const db = createDb(env.DB)
const tokens = createTokens(env.JWT_SECRET)
/** Accounts of a fresh isolate: nothing is remembered. */
const fresh = () => freshAccounts().accounts

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
    const given = { email: null, username: 'only-a-name', password: 'x', roles: [] }
    expect(await fresh().create(given)).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{24}$/),
      number: expect.any(Number),
      email: null,
      contactEmail: null,
      username: 'only-a-name',
      name: null,
      givenName: null,
      familyName: null,
      subject: null,
      roles: [],
      plan: 'free',
      billingCycle: null,
      createdAt: expect.any(Number),
    })
    expect(await newAccount({ email: 'Only@Mail.example', username: null })).toMatchObject({
      email: 'only@mail.example',
      username: null,
    })
    const named = { ...given, username: 'with-a-name', name: 'Ada Lovelace', plan: 'pro' as const }
    expect(await fresh().create(named)).toMatchObject({ name: 'Ada Lovelace', plan: 'pro' })
  })

  it('has the number after the last one, also when many are made at once', async () => {
    const { number: last } = await fresh().create({
      email: null,
      username: 'last',
      password: 'x',
      roles: [],
    })
    const created = await Promise.all(
      ['a', 'b', 'c', 'd'].map((name) =>
        fresh().create({ email: null, username: `numbered-${name}`, password: 'x', roles: [] }),
      ),
    )
    const numbers = created.map(({ number }) => number).toSorted((a, b) => a - b)
    expect(numbers).toEqual([1, 2, 3, 4].map((step) => last + step))
  })

  it.each([
    ['one letter', 'z'],
    ['64 characters', 'u'.repeat(64)],
    ['every kind of character', 'A.b_c-9'],
  ])('may have a username of %s', async (_case, username) => {
    expect(await newAccount({ username, email: null })).toMatchObject({ username })
  })

  it.each<[name: string, over: Partial<NewAccount>, param: string]>([
    ['an empty username', { username: '' }, 'username'],
    ['a username of 65 characters', { username: 'u'.repeat(65) }, 'username'],
    ['a username like an email', { username: 'ada@example.org' }, 'username'],
    ['a username with a space', { username: 'ada lovelace' }, 'username'],
    ['a username with a line break', { username: 'ada\n' }, 'username'],
    ['a username beyond ASCII', { username: 'adä' }, 'username'],
    ['an email without @', { email: 'example.org' }, 'email'],
    ['an email with two @', { email: 'a@b@example.org' }, 'email'],
    ['an email with a space', { email: 'a b@example.org' }, 'email'],
    ['an email that is too long', { email: `${'a'.repeat(MAX_EMAIL_LENGTH - 11)}@example.org` }, 'email'],
    ['neither a username nor an email', { username: null, email: null }, 'username'],
  ])('is not made with %s', async (_case, over, param) => {
    await expect(newAccount(over)).rejects.toMatchObject({ code: 'invalid_request', param })
  })

  it('may have an email of the longest length', async () => {
    const email = `${'a'.repeat(MAX_EMAIL_LENGTH - 12)}@example.org`
    expect(await newAccount({ email })).toMatchObject({ email })
  })

  it('may be one of many without an email, or without a username', async () => {
    await newAccount({ email: null })
    await newAccount({ email: null })
    await newAccount({ username: null })
    await newAccount({ username: null })
  })

  it('has an email and a username that nobody else has, whatever the case of the email', async () => {
    const { email, username } = await newAccount()
    const taken = (param: string) => ({ code: 'conflict', param, message: `The ${param} is taken.` })
    await expect(newAccount({ email: email?.toUpperCase() ?? '' })).rejects.toMatchObject(taken('email'))
    await expect(newAccount({ username })).rejects.toMatchObject(taken('username'))
    await expect(newAccount({ email, username })).rejects.toMatchObject(taken('email'))
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
    expect(await tokens.verify(token)).toMatchObject({ subject: account.id })
    expect(await fresh().authenticate(token)).toEqual({ ...found, credentialEndsAt: expect.any(Number) })
    expect(JSON.stringify(found)).not.toMatch(/scrypt|hash/i)
  })

  it('refuses a wrong password, an unknown name and an inactive account in the same words', async () => {
    const account = await newAccount()
    const inactive = await newAccount()
    await deactivate(inactive.id)
    for (const [login, password] of [
      [account.username ?? '', 'wrong'],
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

describe('an access token', () => {
  it('stands for its account as it is now, whatever the token says of it', async () => {
    const account = await newAccount({ roles: ['viewer'] })
    const token = await tokens.issue({ id: account.id, email: 'forged@example.org', roles: ['admin'] })
    expect(await fresh().authenticate(token)).toMatchObject({ roles: ['viewer'], email: account.email })
    await db
      .update(accountRows)
      .set({ roles: ['trainer'] })
      .where(eq(accountRows.id, account.id))
    expect(await fresh().authenticate(token)).toMatchObject({ roles: ['trainer'] })
  })

  it('of an inactive account opens nothing', async () => {
    const account = await newAccount()
    const token = await tokens.issue(account)
    await fresh().authenticate(token)
    await deactivate(account.id)
    await expect(fresh().authenticate(token)).rejects.toMatchObject(refused)
  })

  it('that has expired says so, unlike one that never was ours', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() })
    const account = await newAccount()
    const [ours, foreign] = [await tokens.issue(account), await createTokens('x'.repeat(40)).issue(account)]
    vi.setSystemTime(Date.now() + tokens.lifetimeSeconds * 1000)
    await expect(fresh().authenticate(ours)).rejects.toMatchObject({
      code: 'token_expired',
      message: 'The access token has expired.',
    })
    await expect(fresh().authenticate(foreign)).rejects.toMatchObject(refused)
  })

  it('that cannot be looked up is not called wrong: the database’s failure is ours', async () => {
    const away = createDb({
      ...env.DB,
      prepare: () => {
        throw new Error('D1 is away')
      },
    } as unknown as D1Database)
    const { accounts } = freshAccounts(tokens, away)
    for (const credential of [`sk-${'x'.repeat(43)}`, await tokens.issue(await newAccount())]) {
      const thrown = await accounts.authenticate(credential).catch((error) => error)
      expect(thrown).toBeInstanceOf(Error)
      expect(thrown.code).not.toBe('unauthenticated')
    }
  })
})

describe('an identity provider’s subject', () => {
  let subjects = 0
  const newSubject = () => `user_${++subjects}`

  it('gets an account with nothing but itself, once, also when it comes twice at once', async () => {
    const subject = newSubject()
    const both = await Promise.all([fresh().ensureBySubject(subject), fresh().ensureBySubject(subject)])
    expect(both[0]).toEqual(both[1])
    expect(both[0]).toMatchObject({
      subject,
      email: null,
      username: null,
      name: null,
      roles: [],
      plan: 'free',
    })
    expect(await fresh().ensureBySubject(subject)).toEqual(both[0])
    expect(await db.$count(accountRows, eq(accountRows.subject, subject))).toBe(1)
  })

  it('cannot log in with a password: it has none', async () => {
    const { id } = await fresh().ensureBySubject(newSubject())
    await fresh().syncDetails(id, { email: 'no@password.example', givenName: null, familyName: null })
    for (const password of ['', 'null', 'undefined']) {
      await expect(fresh().logIn('no@password.example', password)).rejects.toMatchObject({
        code: 'unauthenticated',
      })
    }
  })

  it('whose account is inactive is refused, within the time that an isolate trusts what it has read', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() })
    const subject = newSubject()
    const accounts = fresh()
    const { id } = await accounts.ensureBySubject(subject)
    await deactivate(id)
    await expect(fresh().ensureBySubject(subject)).rejects.toMatchObject(refused)
    vi.setSystemTime(Date.now() + ACCOUNT_CACHE_MS)
    await expect(accounts.ensureBySubject(subject)).rejects.toMatchObject(refused)
  })
})

describe('what is known of the person behind an account', () => {
  const details = { email: 'Ada@Lovelace.example', givenName: 'Ada', familyName: 'Lovelace' }

  it('is written as often as one likes, and replaced as a whole', async () => {
    const { id, username } = await newAccount({ email: null })
    const synced = await fresh().syncDetails(id, details)
    const { email: _, ...names } = details
    expect(synced).toMatchObject({
      id,
      username,
      ...names,
      email: null,
      contactEmail: 'ada@lovelace.example',
    })
    expect(await fresh().syncDetails(id, details)).toEqual(synced)
    const without = { email: null, givenName: 'Augusta', familyName: null }
    expect(await fresh().syncDetails(id, without)).toMatchObject({ id, ...without, contactEmail: null })
  })

  it('does not take over the account that has the email', async () => {
    const [owner, { id }] = [await newAccount(), await newAccount({ email: null })]
    await expect(
      fresh().syncDetails(id, { ...details, email: owner.email?.toUpperCase() ?? null }),
    ).rejects.toMatchObject({ code: 'conflict', param: 'email' })
    expect(await fresh().get(owner.id)).toMatchObject({ givenName: null })
    expect(await fresh().get(id)).toMatchObject({ email: null, contactEmail: null, givenName: null })
  })
})

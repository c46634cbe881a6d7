import { env } from 'cloudflare:workers'
import { eq, inArray } from 'drizzle-orm'
import { describe, expect, it } from 'vitest'
import { createDb, newId } from '../../../../worker/db/client.ts'
import { accounts as accountRows } from '../../../../worker/db/tables/accounts.ts'
import { hashPassword } from '../../../../worker/services/secrets/passwords.ts'
import { freshAccounts } from '../../world.ts'

const db = createDb(env.DB)
const fresh = () => freshAccounts().accounts
const PASSWORD = 'a password'
const make = (over: { email?: string; username?: string }) =>
  fresh().create({ email: null, username: null, password: PASSWORD, roles: [], ...over })
const taken = (param: string) => ({ code: 'conflict', param })

describe('a username', () => {
  it('is one name in any case', async () => {
    const { id } = await make({ username: 'Grace.Hopper' })
    for (const username of ['grace.hopper', 'GRACE.HOPPER', 'Grace.Hopper'])
      await expect(make({ username })).rejects.toMatchObject(taken('username'))
    for (const login of ['Grace.Hopper', 'grace.hopper', 'GRACE.HOPPER'])
      expect((await fresh().logIn(login, PASSWORD)).account.id).toBe(id)
  })

  it('is shown as its owner writes it', async () => {
    const { id } = await make({ username: 'Katherine' })
    expect(await fresh().get(id)).toMatchObject({ username: 'Katherine' })
  })

  it.each([
    ['in wide letters', 'ｄｏｒｏｔｈｙ'],
    ['in letters of mathematics', '𝐃𝐨𝐫𝐨𝐭𝐡𝐲'],
  ])('is found by what is typed %s', async (_case, login) => {
    const { id } = await fresh()
      .logIn('dorothy', PASSWORD)
      .then(({ account }) => account)
      .catch(() => make({ username: 'dorothy' }))
    expect((await fresh().logIn(login, PASSWORD)).account.id).toBe(id)
  })

  it('is taken once by registrations that race', async () => {
    const made = await Promise.allSettled(
      ['Race', 'race', 'RACE', 'rAcE'].map((username) => make({ username })),
    )
    expect(made.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  })

  it('that differs by a letter is another one', async () => {
    await make({ username: 'mary' })
    await make({ username: 'mary1' })
    await make({ username: 'mar-y' })
  })
})

describe('an email', () => {
  it('is one email in any case, and in letters that read alike', async () => {
    const { id, email } = await make({ email: 'Straße.ﬁn@Example.org' })
    expect(email).toBe('straße.fin@example.org')
    for (const given of ['straße.fin@example.org', 'STRAßE.FIN@EXAMPLE.ORG', 'straße.ﬁn@ｅxample.org'])
      await expect(make({ email: given })).rejects.toMatchObject(taken('email'))
    for (const login of ['straße.fin@example.org', 'Straße.ﬁn@Example.org'])
      expect((await fresh().logIn(login, PASSWORD)).account.id).toBe(id)
  })

  it('that was kept before such letters were compared still lets its owner in', async () => {
    const { id } = await make({ email: 'older@example.org' })
    await db.update(accountRows).set({ email: 'oﬃce@example.org' }).where(eq(accountRows.id, id))
    expect((await fresh().logIn('Oﬃce@example.org', PASSWORD)).account.id).toBe(id)
  })

  it('has one @, also where another sign reads like one', async () => {
    await expect(make({ email: 'a\uff20b@example.org' })).rejects.toMatchObject({
      code: 'invalid_request',
      param: 'email',
    })
  })
})

describe('accounts of an older database whose usernames differ by case alone', () => {
  it('stay apart: each comes in by its own spelling, the oldest by every other', async () => {
    const passwordHash = await hashPassword(PASSWORD)
    const rows = ['Alike', 'alike', 'ALIKE', 'Lonely'].map((username, index) => ({
      id: newId(),
      number: 900_000 + index,
      username,
      passwordHash,
      roles: [],
      createdAt: 0,
    }))
    await db.insert(accountRows).values(rows)
    const ids = rows.map(({ id }) => id)
    const migration = env.TEST_MIGRATIONS.flatMap(({ queries }) => queries).find((query) =>
      query.includes('SET `username_key`'),
    )
    await env.DB.prepare(migration ?? '').run()
    expect(await db.$count(accountRows, inArray(accountRows.id, ids))).toBe(4)
    for (const { id, username } of rows) {
      const { account } = await fresh().logIn(username, PASSWORD)
      expect(account).toMatchObject({ id, username })
    }
    expect((await fresh().logIn('aLIKE', PASSWORD)).account.id).toBe(ids[0])
    expect((await fresh().logIn('LONELY', PASSWORD)).account.id).toBe(ids[3])
    for (const username of ['alikE', 'lonely'])
      await expect(make({ username })).rejects.toMatchObject(taken('username'))
  })
})

describe('an email that nobody has proved', () => {
  const details = (email: string) => ({ email, givenName: 'Eve', familyName: null })

  it('is not taken from its owner: who says it of themselves holds no account’s login', async () => {
    const email = 'victim@example.org'
    const subject = await fresh().ensureBySubject('eve-subject')
    const eve = await make({ username: 'eve' })
    for (const { id } of [subject, eve]) {
      expect(await fresh().syncDetails(id, details(email))).toMatchObject({
        id,
        email: null,
        contactEmail: email,
      })
    }
    const { id } = await make({ email })
    expect((await fresh().logIn(email, PASSWORD)).account.id).toBe(id)
    // Now it is somebody's, and nobody else says it any more.
    await expect(fresh().syncDetails(eve.id, details(email))).rejects.toMatchObject(taken('email'))
  })

  it('does not become the login of an account that has one', async () => {
    const { id } = await make({ email: 'own@example.org' })
    await fresh().syncDetails(id, details('other@example.org'))
    expect((await fresh().logIn('own@example.org', PASSWORD)).account).toMatchObject({
      id,
      email: 'own@example.org',
      contactEmail: 'other@example.org',
    })
    await make({ email: 'other@example.org' })
  })

  it('is let go by accounts of an identity provider in an older database, and by no other', async () => {
    const { id } = await fresh().ensureBySubject('older-subject')
    await db.update(accountRows).set({ email: 'claimed@example.org' }).where(eq(accountRows.id, id))
    const owner = await make({ email: 'owner@example.org' })
    const migration = env.TEST_MIGRATIONS.flatMap(({ queries }) => queries).find((query) =>
      query.includes('SET `contact_email`'),
    )
    await env.DB.prepare(migration ?? '').run()
    expect(await fresh().get(id)).toMatchObject({ email: null, contactEmail: 'claimed@example.org' })
    expect(await fresh().get(owner.id)).toMatchObject({ email: 'owner@example.org', contactEmail: null })
    await make({ email: 'claimed@example.org' })
  })
})

import { env } from 'cloudflare:workers'
import { eq } from 'drizzle-orm'
import { describe, expect, it } from 'vitest'
import { createDb } from '../../../../worker/db/client.ts'
import { accounts as accountRows } from '../../../../worker/db/tables/accounts.ts'
import { createAccounts } from '../../../../worker/services/accounts/accounts.ts'
import { seedDevelopment } from '../../../../worker/services/accounts/development.ts'
import { createKeys } from '../../../../worker/services/accounts/keys.ts'
import { createSessionStore } from '../../../../worker/services/accounts/session-store.ts'
import { createTokens } from '../../../../worker/services/accounts/tokens.ts'
import { createAudit } from '../../../../worker/services/audit.ts'
import { hashPassword } from '../../../../worker/services/secrets/passwords.ts'
import { freshAccounts } from '../../world.ts'

const db = createDb(env.DB)
const fresh = () => freshAccounts().accounts

const parts = () => ({
  db,
  tokens: createTokens(env.JWT_SECRET),
  keys: createKeys(db),
  audit: createAudit(db),
  loginGuard: { run: <Result>(_attempt: unknown, verify: () => Promise<Result>) => verify() },
  sessions: createSessionStore(db),
  later: () => {},
})

describe('the seed of a development machine', () => {
  const KEY = `sk-${'development'.padEnd(43, '0')}`
  const seed = (apiKey: string | undefined) => seedDevelopment({ db, ...freshAccounts() }, apiKey)
  const rowOf = async (username: string) =>
    (await db.select().from(accountRows).where(eq(accountRows.username, username)))[0]

  it('makes the documented accounts and the administrator’s key, and is safe to repeat and to race', async () => {
    await Promise.all([seed(KEY), seed(KEY)])
    await seed(KEY)
    const admin = await fresh().logIn('admin', 'administrator')
    expect(admin.account).toMatchObject({ roles: ['admin'], plan: 'enterprise' })
    const guest = await fresh().logIn('guest', 'guest_test1')
    expect(guest.account).toMatchObject({ roles: ['viewer'], plan: 'free' })
    expect(await fresh().authenticate(KEY)).toMatchObject({ id: admin.account.id })
    expect(await freshAccounts().keys.list(admin.account.id)).toHaveLength(1)
  })

  it('leaves a password that was changed as it is', async () => {
    await seed(undefined)
    const before = await rowOf('guest')
    await seed(undefined)
    expect((await rowOf('guest'))?.passwordHash).toBe(before?.passwordHash)
  })

  it('brings the accounts of an older database up to date, and no other', async () => {
    await seed(undefined)
    const other = await fresh().create({ email: null, username: 'other', password: 'x', roles: ['trainer'] })
    await db
      .update(accountRows)
      .set({ plan: 'free', roles: ['admin', 'viewer'] })
      .where(eq(accountRows.username, 'admin'))
    const { passwordHash } = (await rowOf('admin')) ?? {}
    await seed(undefined)
    expect(await rowOf('admin')).toMatchObject({ plan: 'enterprise', roles: ['admin'], passwordHash })
    expect(await fresh().get(other.id)).toMatchObject({ plan: 'free', roles: ['trainer'] })
  })

  it('marks what it makes, and nobody comes in by it outside of development', async () => {
    await seed(KEY)
    expect(await rowOf('admin')).toMatchObject({ isSeeded: true })
    const token = (await fresh().logIn('admin', 'administrator')).token
    const production = createAccounts({ ...parts(), admitsSeeded: false })
    await expect(production.logIn('admin', 'administrator')).rejects.toMatchObject({
      code: 'unauthenticated',
    })
    await expect(production.logIn('guest', 'guest_test1')).rejects.toMatchObject({ code: 'unauthenticated' })
    await expect(production.authenticate(KEY)).rejects.toMatchObject({ code: 'unauthenticated' })
    await expect(production.authenticate(token)).rejects.toMatchObject({ code: 'unauthenticated' })
  })

  it('lets nobody in by a documented password outside of development, also where an older database has no mark', async () => {
    await seed(undefined)
    await db.update(accountRows).set({ isSeeded: false })
    const production = createAccounts({ ...parts(), admitsSeeded: false })
    for (const [login, password] of [
      ['admin', 'administrator'],
      ['ADMIN', 'administrator'],
      ['guest', 'guest_test1'],
    ] as const)
      await expect(production.logIn(login, password)).rejects.toMatchObject({ code: 'unauthenticated' })
    const passwordHash = await hashPassword('my own password')
    await db.update(accountRows).set({ passwordHash }).where(eq(accountRows.username, 'guest'))
    expect((await production.logIn('guest', 'my own password')).account).toMatchObject({ username: 'guest' })
  })

  it('marks those of an older database by their documented passwords, and nobody else who has such a name', async () => {
    await seed(undefined)
    await db.update(accountRows).set({ isSeeded: false })
    const passwordHash = await hashPassword('my own password')
    await db.update(accountRows).set({ passwordHash }).where(eq(accountRows.username, 'guest'))
    await seed(undefined)
    expect(await rowOf('admin')).toMatchObject({ isSeeded: true })
    expect(await rowOf('guest')).toMatchObject({ isSeeded: false })
  })

  it('leaves a database alone that holds other accounts', async () => {
    await db.delete(accountRows)
    await fresh().create({ email: null, username: 'ada', password: 'a password', roles: [] })
    await seed(KEY)
    expect(await rowOf('admin')).toBeUndefined()
    await expect(fresh().authenticate(KEY)).rejects.toMatchObject({ code: 'unauthenticated' })
  })
})

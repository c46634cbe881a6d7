import { env } from 'cloudflare:workers'
import { eq } from 'drizzle-orm'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { createDb, newId } from '../../../../worker/db/client.ts'
import { accounts as accountRows, apiKeys, modelRecords } from '../../../../worker/db/tables/accounts.ts'
import { ACCOUNT_CACHE_MS } from '../../../../worker/services/accounts/account-cache.ts'
import { type KeyGrant, nextNumber } from '../../../../worker/services/accounts/account-row.ts'
import {
  endPassedOn,
  LAST_USED_STEP_MS,
  MAX_KEYS_PER_ACCOUNT,
  passedOn,
  requireScope,
  SCOPES,
} from '../../../../worker/services/accounts/keys.ts'
import { freshAccounts } from '../../world.ts'

const db = createDb(env.DB)
const { keys } = freshAccounts()
const authenticate = (secret: string) => freshAccounts().accounts.authenticate(secret)

let made = 0
async function newAccount() {
  made += 1
  const id = newId()
  await db
    .insert(accountRows)
    .values({ id, number: nextNumber, username: `key-owner-${made}`, roles: ['viewer'], createdAt: 1 })
  return { id }
}
async function newModel(accountId: string) {
  const id = newId()
  const model = { id, name: 'my tutor', baseModel: 'starter', version: '1.0', status: 'ready' }
  await db.insert(modelRecords).values({ ...model, accountId, createdAt: 1 })
  return model
}
const lastUsed = async (accountId: string) => (await keys.list(accountId))[0]?.lastUsedAt
const freezeClock = () => vi.useFakeTimers({ toFake: ['Date'], now: 1_800_000_000_000 })
const refused = { code: 'unauthenticated', message: 'The API key or access token is missing or not valid.' }

afterEach(() => void vi.useRealTimers())

describe('a key', () => {
  it.each(['sk-', 'raj_'] as const)(
    'of the kind %s stands for its account, and is stored as a hash',
    async (kind) => {
      const { id } = await newAccount()
      const { key, secret } = await keys.create({ accountId: id, kind, name: 'laptop' })
      expect(secret.startsWith(kind)).toBe(true)
      expect(key).toEqual({
        id: expect.stringMatching(/^[0-9a-f]{24}$/),
        name: 'laptop',
        prefix: secret.slice(0, 11),
        scopes: null,
        model: null,
        createdAt: expect.any(Number),
        expiresAt: null,
        lastUsedAt: null,
      })
      expect(await authenticate(secret)).toMatchObject({
        id,
        roles: ['viewer'],
        key: { id: key.id, scopes: null, model: null },
      })
      const [row] = await db.select().from(apiKeys).where(eq(apiKeys.id, key.id))
      expect(JSON.stringify(row)).not.toContain(secret.slice(12))
    },
  )

  it('is told from another that begins alike', async () => {
    const [a, b] = [await newAccount(), await newAccount()]
    const [one, other] = [`sk-12345678${'a'.repeat(35)}`, `sk-12345678${'b'.repeat(35)}`]
    await keys.create({ accountId: a.id, name: 'one', secret: one })
    await keys.create({ accountId: b.id, name: 'other', secret: other })
    expect(await authenticate(one)).toMatchObject({ id: a.id })
    expect(await authenticate(other)).toMatchObject({ id: b.id })
    await expect(authenticate(`sk-12345678${'c'.repeat(35)}`)).rejects.toMatchObject(refused)
  })

  it('that is revoked ends everywhere within the time that an isolate trusts what it has read', async () => {
    freezeClock()
    const { id } = await newAccount()
    const there = freshAccounts().accounts
    const { key, secret } = await keys.create({ accountId: id, name: 'laptop' })
    await there.authenticate(secret)
    await keys.revoke(id, key.id)
    expect(await there.authenticate(secret)).toMatchObject({ id })
    vi.setSystemTime(Date.now() + ACCOUNT_CACHE_MS)
    await expect(there.authenticate(secret)).rejects.toMatchObject(refused)
    expect(await keys.list(id)).toEqual([])
  })

  it('is revoked with the key that made it, to the last descendant, and leaves others alone', async () => {
    const { id } = await newAccount()
    const make = (parentId: string | null) => keys.create({ accountId: id, name: 'x', parentId })
    const parent = await make(null)
    const child = await make(parent.key.id)
    const grandchild = await make(child.key.id)
    const other = await make(null)
    await keys.revoke(id, parent.key.id)
    await expect(authenticate(child.secret)).rejects.toMatchObject(refused)
    await expect(authenticate(grandchild.secret)).rejects.toMatchObject(refused)
    expect((await authenticate(other.secret)).id).toBe(id)
    await expect(make(parent.key.id)).rejects.toMatchObject({ code: 'unauthenticated' })
  })

  it('is revoked with what it has made, or not at all', async () => {
    const { id } = await newAccount()
    const parent = await keys.create({ accountId: id, name: 'parent' })
    await keys.create({ accountId: id, name: 'stuck', parentId: parent.key.id })
    await env.DB.exec(
      "CREATE TRIGGER stuck BEFORE UPDATE ON api_keys WHEN OLD.name = 'stuck' BEGIN SELECT RAISE(ABORT, 'stuck'); END",
    )
    await expect(keys.revoke(id, parent.key.id)).rejects.toThrow()
    expect((await authenticate(parent.secret)).id).toBe(id)
    await env.DB.exec('DROP TRIGGER stuck')
    await keys.revoke(id, parent.key.id)
    expect(await keys.list(id)).toEqual([])
  })

  it('is revoked by its own account, once', async () => {
    const [owner, other] = [await newAccount(), await newAccount()]
    const { key } = await keys.create({ accountId: owner.id, name: 'laptop' })
    await expect(keys.revoke(other.id, key.id)).rejects.toMatchObject({ code: 'not_found' })
    await keys.revoke(owner.id, key.id)
    await expect(keys.revoke(owner.id, key.id)).rejects.toMatchObject({ code: 'not_found' })
  })

  it('ends when it expires, and not before', async () => {
    freezeClock()
    const { id } = await newAccount()
    const expiresAt = Date.now() + 60_000
    const { key, secret } = await keys.create({ accountId: id, name: 'short', expiresAt })
    expect(key).toMatchObject({ expiresAt })
    vi.setSystemTime(expiresAt - 1)
    expect(await authenticate(secret)).toMatchObject({ id })
    expect(await keys.list(id)).toHaveLength(1)
    vi.setSystemTime(expiresAt)
    await expect(authenticate(secret)).rejects.toMatchObject(refused)
    expect(await keys.list(id)).toEqual([])
  })

  it('of an inactive account opens nothing', async () => {
    const { id } = await newAccount()
    const { secret } = await keys.create({ accountId: id, name: 'laptop' })
    await authenticate(secret)
    await db.update(accountRows).set({ active: false }).where(eq(accountRows.id, id))
    await expect(authenticate(secret)).rejects.toMatchObject(refused)
  })

  it('carries its scopes', async () => {
    const { id } = await newAccount()
    const { secret } = await keys.create({ accountId: id, name: 'narrow', scopes: ['inference', 'account'] })
    expect((await authenticate(secret)).key?.scopes).toEqual(['inference', 'account'])
  })

  it('may be bound to one of its account’s models, and dies with it', async () => {
    const { id } = await newAccount()
    const model = await newModel(id)
    const { key, secret } = await keys.create({ accountId: id, name: 'bound', modelId: model.id })
    const bound = { id: model.id, name: 'my tutor', baseModel: 'starter' }
    expect(key.model).toEqual(bound)
    expect((await authenticate(secret)).key?.model).toEqual(bound)
    await db.delete(modelRecords).where(eq(modelRecords.id, model.id))
    await expect(authenticate(secret)).rejects.toMatchObject(refused)
  })

  it('is not bound to a model of another account, or to none that exists', async () => {
    const [{ id }, other] = [await newAccount(), await newAccount()]
    const { id: foreign } = await newModel(other.id)
    for (const modelId of [foreign, newId()]) {
      await expect(keys.create({ accountId: id, name: 'bound', modelId })).rejects.toMatchObject({
        code: 'not_found',
        param: 'modelId',
      })
    }
    expect(await keys.list(id)).toEqual([])
  })
})

describe('the keys of an account', () => {
  it('are listed newest first', async () => {
    freezeClock()
    const { id } = await newAccount()
    for (const name of ['first', 'second', 'third']) {
      await keys.create({ accountId: id, name })
      vi.setSystemTime(Date.now() + 1)
    }
    expect((await keys.list(id)).map(({ name }) => name)).toEqual(['third', 'second', 'first'])
  })

  it(`are at most ${MAX_KEYS_PER_ACCOUNT}, of which revoked and expired ones are none`, async () => {
    freezeClock()
    const { id } = await newAccount()
    const expiresAt = Date.now() + 1_000
    const first = await keys.create({ accountId: id, name: 'first' })
    await keys.create({ accountId: id, name: 'expires', expiresAt })
    for (let count = 2; count < MAX_KEYS_PER_ACCOUNT; count += 1) {
      await keys.create({ accountId: id, name: `key ${count}` })
    }
    const one = () => keys.create({ accountId: id, name: 'one more' })
    await expect(one()).rejects.toMatchObject({ code: 'conflict' })
    await keys.revoke(id, first.key.id)
    await expect(one()).resolves.toBeDefined()
    await expect(one()).rejects.toMatchObject({ code: 'conflict' })
    vi.setSystemTime(expiresAt)
    await expect(one()).resolves.toBeDefined()
    await expect(one()).rejects.toMatchObject({ code: 'conflict' })
    expect(await db.$count(apiKeys, eq(apiKeys.accountId, id))).toBe(MAX_KEYS_PER_ACCOUNT)
  })

  it('stay within the limit when many are made at the same time', async () => {
    const { id } = await newAccount()
    for (let count = 2; count < MAX_KEYS_PER_ACCOUNT; count += 1) {
      await keys.create({ accountId: id, name: `key ${count}` })
    }
    const made = await Promise.allSettled(
      Array.from({ length: 6 }, () => freshAccounts().keys.create({ accountId: id, name: 'racing' })),
    )
    expect(made.filter(({ status }) => status === 'fulfilled')).toHaveLength(2)
    for (const refusal of made.filter(({ status }) => status === 'rejected')) {
      expect(refusal).toMatchObject({ reason: { code: 'conflict' } })
    }
    expect(await keys.list(id)).toHaveLength(MAX_KEYS_PER_ACCOUNT)
  })
})

describe('the time of a key’s last use', () => {
  it('is written after the answer, at most once a minute', async () => {
    freezeClock()
    const start = Date.now()
    const { id } = await newAccount()
    const { secret } = await keys.create({ accountId: id, name: 'laptop' })
    const use = async (isolate = freshAccounts()) => {
      await isolate.accounts.authenticate(secret)
      await isolate.settled()
      return lastUsed(id)
    }
    expect(await lastUsed(id)).toBeNull()
    expect(await use()).toBe(start)
    vi.setSystemTime(start + LAST_USED_STEP_MS - 1)
    expect(await use()).toBe(start)
    vi.setSystemTime(start + LAST_USED_STEP_MS)
    expect(await use()).toBe(start + LAST_USED_STEP_MS)
  })

  it('is written once by isolates that note it at the same time', async () => {
    freezeClock()
    const { id } = await newAccount()
    const { key, secret } = await keys.create({ accountId: id, name: 'laptop' })
    const [one, other] = [freshAccounts(), freshAccounts()]
    await Promise.all([one.accounts.authenticate(secret), other.accounts.authenticate(secret)])
    await Promise.all([one.settled(), other.settled()])
    vi.setSystemTime(Date.now() + 1)
    await keys.noteUse(key.id) // a third one, which had read the row before
    expect(await lastUsed(id)).toBe(Date.now() - 1)
  })
})

const grant = (scopes: string[] | null, modelId?: string): { key: KeyGrant; roles: readonly string[] } => ({
  roles: ['admin'],
  key: { id: 'k', scopes, model: modelId ? { id: modelId, name: 'n', baseModel: 'b' } : null },
})

describe('a scope', () => {
  it.each(SCOPES)('%s is asked of keys that have scopes, and of no other credential', (scope) => {
    const others = SCOPES.filter((other) => other !== scope)
    for (const caller of [{}, grant(null), grant([scope]), grant([...SCOPES])]) {
      expect(() => requireScope(caller, scope)).not.toThrow()
    }
    for (const caller of [grant([]), grant(others)]) {
      expect(() => requireScope(caller, scope)).toThrow(expect.objectContaining({ code: 'forbidden' }))
      expect(() => requireScope(caller, scope)).toThrow(`'${scope}'`)
    }
  })
})

describe('what a key passes on to a key that it makes', () => {
  it('is what is asked for, when there is no key or it has everything', () => {
    for (const maker of [{ roles: ['admin'] }, grant(null)]) {
      expect(passedOn(maker, null)).toBeNull()
      expect(passedOn(maker, ['admin'])).toEqual(['admin'])
    }
  })

  it('is never more than it has', () => {
    const maker = grant(['account', 'inference'])
    expect(passedOn(maker, null)).toEqual(['account', 'inference'])
    expect(passedOn(maker, ['account'])).toEqual(['account'])
    expect(() => passedOn(maker, ['account', 'admin'])).toThrow(
      expect.objectContaining({ code: 'forbidden', param: 'scopes' }),
    )
  })

  it('ends no later than it, and as early as is asked', () => {
    const maker = { ...grant(null), credentialEndsAt: 1_000 }
    expect(endPassedOn(maker, null)).toBe(1_000)
    expect(endPassedOn(maker, 1_001)).toBe(1_000)
    expect(endPassedOn(maker, 999)).toBe(999)
    expect(endPassedOn(grant(null), null)).toBeNull()
    // An access token is short, and makes keys that last.
    expect(endPassedOn({ credentialEndsAt: 1_000 }, null)).toBeNull()
  })

  it('holds no scope that the roles of the account do not fill', () => {
    for (const roles of [[], ['viewer'], ['trainer', 'analyst']]) {
      expect(passedOn({ roles }, ['inference', 'account'])).toEqual(['inference', 'account'])
      expect(passedOn({ roles }, null)).toBeNull()
      expect(() => passedOn({ roles }, ['inference', 'admin'])).toThrow(
        expect.objectContaining({
          code: 'forbidden',
          param: 'scopes',
          message: expect.stringContaining("'admin'"),
        }),
      )
    }
  })

  it('of a key that is bound to a model is running models, whatever it was given', () => {
    for (const maker of [grant(null, 'm1'), grant(['account', 'admin'], 'm1')]) {
      expect(passedOn(maker, null)).toEqual(['inference'])
      expect(() => passedOn(maker, ['account'])).toThrow(expect.objectContaining({ code: 'forbidden' }))
      expect(() => requireScope(maker, 'account')).toThrow("'account'")
    }
  })
})

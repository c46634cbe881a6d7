import { env } from 'cloudflare:workers'
import { eq } from 'drizzle-orm'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createDb } from '../../../../worker/db/client.ts'
import { accounts as accountRows } from '../../../../worker/db/tables/accounts.ts'
import { auditLog } from '../../../../worker/db/tables/administration.ts'
import { MAX_ACCOUNTS_PER_PAGE } from '../../../../worker/services/accounts/account-admin.ts'
import { ACCOUNT_CACHE_MS } from '../../../../worker/services/accounts/account-cache.ts'
import type { Role } from '../../../../worker/services/accounts/account-row.ts'
import { createTokens } from '../../../../worker/services/accounts/tokens.ts'
import { freshAccounts } from '../../world.ts'

const db = createDb(env.DB)
const fresh = () => freshAccounts().accounts

let made = 0
async function newAccount(roles: Role[] = ['viewer']) {
  made += 1
  const username = `admin-test-${made}`
  return fresh().create({ email: null, username, password: 'a password', roles })
}
const auditOf = (target: string) => db.select().from(auditLog).where(eq(auditLog.target, target))

/** No administrator is left over from another test. */
beforeEach(() => db.update(accountRows).set({ active: false }))
afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

describe('a change by an administrator', () => {
  it('changes what it names and nothing else, and is recorded with how it was before', async () => {
    const [actor, { id }] = [await newAccount(['admin']), await newAccount(['viewer'])]
    const before = await fresh().get(id)
    const patch = { roles: ['trainer', 'analyst'] as const, plan: 'pro' as const }
    const after = await fresh().update(id, patch, actor.id)
    expect(after).toEqual({ ...before, ...patch })
    expect(await fresh().get(id)).toEqual(after)
    expect(await auditOf(id)).toEqual([
      {
        id: expect.any(String),
        actorId: actor.id,
        action: 'account.update',
        target: id,
        before: { roles: ['viewer'], plan: 'free' },
        after: { roles: ['trainer', 'analyst'], plan: 'pro' },
        address: null,
        createdAt: expect.any(Number),
      },
    ])
  })

  it('can take a billing cycle away, and leaves it when it is not named', async () => {
    const { id } = await newAccount()
    await fresh().update(id, { billingCycle: 'yearly' }, 'actor')
    expect(await fresh().update(id, { plan: 'pro', billingCycle: undefined }, 'actor')).toMatchObject({
      billingCycle: 'yearly',
    })
    expect(await fresh().update(id, { billingCycle: null }, 'actor')).toMatchObject({ billingCycle: null })
  })

  it('of an account that does not exist is not_found and leaves no record', async () => {
    const id = '0'.repeat(24)
    await expect(fresh().update(id, { plan: 'pro' }, 'actor')).rejects.toMatchObject({ code: 'not_found' })
    expect(await auditOf(id)).toEqual([])
  })

  it('is not there without its record', async () => {
    const { id } = await newAccount()
    await expect(
      fresh().update(id, { plan: 'pro' }, null as unknown as string), // the column refuses it
    ).rejects.toThrow()
    expect(await fresh().get(id)).toMatchObject({ plan: 'free' })
    expect(await auditOf(id)).toEqual([])
  })

  it('that another one overtakes is applied to what that one left', async () => {
    const { id } = await newAccount()
    await Promise.all([
      fresh().update(id, { plan: 'pro' }, 'one'),
      fresh().update(id, { roles: ['trainer'] }, 'other'),
    ])
    expect(await fresh().get(id)).toMatchObject({ plan: 'pro', roles: ['trainer'] })
    expect(await auditOf(id)).toHaveLength(2)
  })

  it('takes an account whose roles were written by another hand', async () => {
    const { id } = await newAccount()
    await env.DB.prepare('UPDATE accounts SET roles = ? WHERE id = ?').bind('[ "viewer" ]', id).run()
    expect(await fresh().update(id, { plan: 'pro' }, 'actor')).toMatchObject({
      roles: ['viewer'],
      plan: 'pro',
    })
  })
})

describe('the last active administrator', () => {
  const lastAdmin = { code: 'conflict', message: expect.stringContaining('last active administrator') }

  it.each([
    ['demoted', { roles: ['viewer'] }],
    ['deactivated', { active: false }],
    ['both', { roles: [], active: false }],
  ] as const)('cannot be %s, and the attempt leaves no record', async (_name, patch) => {
    const { id } = await newAccount(['admin'])
    await newAccount(['viewer'])
    await expect(fresh().update(id, patch, id)).rejects.toMatchObject(lastAdmin)
    expect(await fresh().get(id)).toMatchObject({ roles: ['admin'], active: true })
    expect(await auditOf(id)).toEqual([])
  })

  it('is not helped by an administrator who is inactive', async () => {
    const [{ id }, inactive] = [await newAccount(['admin']), await newAccount(['admin'])]
    await fresh().update(inactive.id, { active: false }, id)
    await expect(fresh().update(id, { active: false }, id)).rejects.toMatchObject(lastAdmin)
  })

  it('may change in every other way', async () => {
    const { id } = await newAccount(['admin'])
    const patch = { roles: ['admin', 'viewer'], plan: 'enterprise', active: true } as const
    expect(await fresh().update(id, patch, id)).toMatchObject(patch)
  })

  it('is one of two that are demoted at the same time', async () => {
    for (let round = 0; round < 5; round += 1) {
      const pair = [await newAccount(['admin']), await newAccount(['admin'])]
      const both = await Promise.allSettled(
        pair.map(({ id }) => fresh().update(id, round % 2 ? { roles: [] } : { active: false }, id)),
      )
      expect(both.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
      expect(both.find(({ status }) => status === 'rejected')).toMatchObject({ reason: lastAdmin })
      await db.update(accountRows).set({ active: false })
    }
  })
})

describe('an account that is deactivated', () => {
  it('loses its tokens and keys everywhere within the time that an isolate trusts what it has read', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() })
    const account = await newAccount()
    const there = freshAccounts()
    const { secret } = await there.keys.create({ accountId: account.id, name: 'laptop' })
    const token = await createTokens(env.JWT_SECRET).issue(account)
    for (const credential of [secret, token]) await there.accounts.authenticate(credential)
    await fresh().update(account.id, { active: false }, 'actor')
    vi.setSystemTime(Date.now() + ACCOUNT_CACHE_MS)
    for (const credential of [secret, token]) {
      await expect(there.accounts.authenticate(credential)).rejects.toMatchObject({ code: 'unauthenticated' })
    }
    await expect(fresh().logIn(account.username ?? '', 'a password')).rejects.toMatchObject({
      code: 'unauthenticated',
    })
  })
})

describe('an account that an administrator makes', () => {
  const given = (username: string) => ({ email: null, username, password: 'hunter2!', roles: ['viewer'] })

  it('is recorded, without its password', async () => {
    const { id } = await fresh().create(given('recorded'), 'actor')
    const rows = await auditOf(id)
    expect(rows).toMatchObject([
      { actorId: 'actor', action: 'account.create', before: null, after: { username: 'recorded' } },
    ])
    expect(JSON.stringify(rows)).not.toMatch(/hunter2|scrypt/)
  })

  it('is not recorded when it is not made', async () => {
    await fresh().create(given('once'), 'actor')
    const recorded = await db.$count(auditLog)
    await expect(fresh().create(given('once'), 'actor')).rejects.toMatchObject({
      code: 'conflict',
      param: 'username',
    })
    expect(await db.$count(auditLog)).toBe(recorded)
  })
})

describe('the list of accounts', () => {
  it('is paged, newest first, active or not, without gaps and repeats', async () => {
    const created = []
    for (let count = 0; count < 5; count += 1) created.push(await newAccount())
    const newest = created.map(({ id }) => id).toReversed()
    await fresh().update(newest[0] ?? '', { active: false }, 'actor')
    const first = await fresh().list({ limit: 2 })
    expect(first.accounts.map(({ id }) => id)).toEqual(newest.slice(0, 2))
    expect(first.accounts[0]).toMatchObject({ active: false })
    expect(first.hasMore).toBe(true)
    await newAccount() // comes before the first page and moves nothing
    const second = await fresh().list({ limit: 3, after: newest[1] })
    expect(second.accounts.map(({ id }) => id)).toEqual(newest.slice(2))
  })

  it('says when there is no more', async () => {
    const all = await db.$count(accountRows)
    expect(all).toBeLessThan(MAX_ACCOUNTS_PER_PAGE)
    expect(await fresh().list({ limit: all })).toMatchObject({ hasMore: false })
    expect(await fresh().list({ limit: all - 1 })).toMatchObject({ hasMore: true })
    const oldest = (await fresh().list({ limit: all })).accounts.at(-1)?.id
    expect(await fresh().list({ limit: 1, after: oldest })).toEqual({ accounts: [], hasMore: false })
  })

  it('does not begin after an account that does not exist', async () => {
    await expect(fresh().list({ limit: 1, after: '0'.repeat(24) })).rejects.toMatchObject({
      code: 'invalid_request',
      param: 'after',
    })
  })

  it('shows no hash', async () => {
    await newAccount()
    expect(JSON.stringify(await fresh().list({ limit: 100 }))).not.toMatch(/scrypt|hash/i)
  })
})

import { env } from 'cloudflare:workers'
import { eq } from 'drizzle-orm'
import { describe, expect, it } from 'vitest'
import { createDb } from '../../../../worker/db/client.ts'
import { accounts as accountRows } from '../../../../worker/db/tables/accounts.ts'
import { freshAccounts } from '../../world.ts'

const db = createDb(env.DB)
const details = (username: string) => ({ email: null, username, password: 'a password', roles: [] })
const key = { name: 'first', kind: 'raj_' } as const

describe('an account that is made with its first key', () => {
  it('can be spoken for with that key at once', async () => {
    const { accounts, keys } = freshAccounts()
    const { account, secret } = await accounts.createWithKey(details('with-key'), key)
    expect(secret).toMatch(/^raj_/)
    expect(await accounts.authenticate(secret)).toMatchObject({ id: account.id, username: 'with-key' })
    expect(await keys.list(account.id)).toEqual([expect.objectContaining({ name: 'first', scopes: null })])
  })

  it('leaves no key when the name is taken', async () => {
    const { accounts } = freshAccounts()
    await accounts.create(details('taken'))
    const before = await env.DB.prepare('select count(*) from api_keys').first()
    await expect(accounts.createWithKey(details('taken'), key)).rejects.toMatchObject({
      code: 'conflict',
      param: 'username',
    })
    expect(await env.DB.prepare('select count(*) from api_keys').first()).toEqual(before)
  })

  it('is not there when its key cannot be written', async () => {
    await env.DB.exec('alter table api_keys rename to no_keys')
    const { accounts } = freshAccounts()
    await expect(accounts.createWithKey(details('keyless'), key)).rejects.toThrow()
    await env.DB.exec('alter table no_keys rename to api_keys')
    expect(await db.$count(accountRows, eq(accountRows.username, 'keyless'))).toBe(0)
  })
})

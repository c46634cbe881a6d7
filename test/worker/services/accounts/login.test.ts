import { env } from 'cloudflare:workers'
import { eq } from 'drizzle-orm'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { createDb } from '../../../../worker/db/client.ts'
import { accounts as accountRows } from '../../../../worker/db/tables/accounts.ts'
import * as scrypt from '../../../../worker/services/secrets/scrypt.ts'
import { freshAccounts } from '../../world.ts'

/** The work of each key that is derived. */
const derived = vi.fn<(cost: number) => void>()
const { deriveKey } = scrypt
vi.spyOn(scrypt, 'deriveKey').mockImplementation((password, salt, parameters) => {
  derived(parameters.cost)
  return deriveKey(password, salt, parameters)
})

const db = createDb(env.DB)
/** Parameters and salt of a hash that was made before the work was raised. */
const OF_OLD_WORK = 'scrypt$1024$8$1$4e61436c$'
const COST = 16_384

let made = 0
async function newAccount(password = 'a password') {
  made += 1
  const username = `login-${made}`
  const { id } = await freshAccounts().accounts.create({ email: null, username, password, roles: [] })
  return { id, username }
}
const setHash = (id: string, passwordHash: string | null) =>
  db.update(accountRows).set({ passwordHash }).where(eq(accountRows.id, id))
const hashOf = async (id: string) =>
  (await db.select().from(accountRows).where(eq(accountRows.id, id)))[0]?.passwordHash

/** The hash of a password with less work than today's. */
async function oldHash(password: string): Promise<string> {
  const parameters = { cost: 1024, blockSize: 8, parallelism: 1 }
  const key = await deriveKey(password, new TextEncoder().encode('NaCl'), parameters)
  return OF_OLD_WORK + Array.from(key, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

afterEach(() => derived.mockReset())

describe('a login', () => {
  it('takes the same work for a wrong password, an unknown name, an inactive account and one without a password', async () => {
    const [known, inactive, without] = [await newAccount(), await newAccount(), await newAccount()]
    await db.update(accountRows).set({ active: false }).where(eq(accountRows.id, inactive.id))
    await setHash(without.id, null)
    for (const [login, password] of [
      [known.username, 'wrong'],
      [known.username, ''],
      ['nobody-at-all', 'a password'],
      ['nobody@example.org', 'a password'],
      [inactive.username, 'a password'],
      [inactive.username, 'wrong'],
      [without.username, 'a password'],
    ] as const) {
      derived.mockReset()
      await expect(freshAccounts().accounts.logIn(login, password)).rejects.toMatchObject({
        code: 'unauthenticated',
      })
      expect(derived.mock.calls, `${login} ${password}`).toEqual([[COST]])
    }
    derived.mockReset()
    await freshAccounts().accounts.logIn(known.username, 'a password')
    expect(derived.mock.calls).toEqual([[COST]])
  })

  it('makes a hash of less work than today’s again, after the answer', async () => {
    const { id, username } = await newAccount('hunter2')
    await setHash(id, await oldHash('hunter2'))
    const { accounts, settled } = freshAccounts()
    await accounts.logIn(username, 'hunter2')
    await settled()
    expect(await hashOf(id)).toMatch(/^scrypt\$16384\$8\$1\$/)
    expect(await freshAccounts().accounts.logIn(username, 'hunter2')).toMatchObject({ account: { id } })
  })

  it('leaves an old hash alone when the password is wrong, and a hash of today’s always', async () => {
    const { id, username } = await newAccount('hunter2')
    const today = await hashOf(id)
    const again = freshAccounts()
    await again.accounts.logIn(username, 'hunter2')
    await again.settled()
    expect(await hashOf(id)).toBe(today)
    const old = await oldHash('hunter2')
    await setHash(id, old)
    const { accounts, settled } = freshAccounts()
    await expect(accounts.logIn(username, 'wrong')).rejects.toMatchObject({ code: 'unauthenticated' })
    await settled()
    expect(await hashOf(id)).toBe(old)
  })
})

import { env } from 'cloudflare:workers'
import { eq } from 'drizzle-orm'
import { describe, expect, it } from 'vitest'
import { createDb } from '../../../../../../worker/db/client.ts'
import { signInLinks } from '../../../../../../worker/db/tables/sessions.ts'
import {
  MAX_SIGN_IN_LINKS,
  SIGN_IN_LINK_MS,
} from '../../../../../../worker/services/accounts/session-store.ts'
import { asPerson, newPerson, send, signIn } from '../../../../session-client.ts'
import { freshAccounts, ORIGIN } from '../../../../world.ts'

const db = createDb(env.DB)

describe('POST /v1/sessions/links', () => {
  const newLink = async (token: string) => {
    const response = await send('/v1/sessions/links', { token, body: {} })
    expect(response.status).toBe(201)
    return (await response.json()) as { code: string; url: string; expires_at: number }
  }

  it('makes a link that signs in once, behind the hash of the console’s address', async () => {
    const { username, id } = await newPerson()
    const { access_token: token } = await asPerson(username)
    const { code, url } = await newLink(token)
    expect(url).toBe(`${ORIGIN}/console/#code=${code}`)
    expect((await signIn({ code })).account.id).toBe(id)
    expect((await send('/v1/session', { body: { code } })).status).toBe(401)
  })

  it('signs in two browsers that follow it at the same time once', async () => {
    const { username } = await newPerson()
    const { code } = await newLink((await asPerson(username)).access_token)
    const answers = await Promise.all([1, 2].map(() => send('/v1/session', { body: { code } })))
    expect(answers.map(({ status }) => status).toSorted()).toEqual([201, 401])
  })

  it('gives no more rights than the key has that asks', async () => {
    const { id } = await newPerson()
    const { secret } = await freshAccounts().keys.create({ accountId: id, name: 'n', scopes: ['account'] })
    const { code } = await newLink(secret)
    expect((await signIn({ code })).scopes).toEqual(['account'])
    const other = await freshAccounts().keys.create({ accountId: id, name: 'n', scopes: ['inference'] })
    expect((await send('/v1/sessions/links', { token: other.secret, body: {} })).status).toBe(403)
  })

  it('lets a link be followed for an hour, and not after', async () => {
    const { id } = await newPerson()
    const { sessionStore } = freshAccounts()
    const { code, expiresAt } = await sessionStore.makeLink({ accountId: id, keyId: null })
    expect(expiresAt).toBeGreaterThan(Date.now() + SIGN_IN_LINK_MS - 10_000)
    await db.update(signInLinks).set({ expiresAt: Date.now() }).where(eq(signInLinks.accountId, id))
    expect((await send('/v1/session', { body: { code } })).status).toBe(401)
    expect(await sessionStore.sweepSome(1_000)).toBeGreaterThan(0)
    expect(await db.$count(signInLinks, eq(signInLinks.accountId, id))).toBe(0)
  })

  it(`keeps ${MAX_SIGN_IN_LINKS} links of an account; one more ends the oldest`, async () => {
    const { id } = await newPerson()
    const { sessionStore } = freshAccounts()
    const owner = { accountId: id, keyId: null }
    const { code: oldest } = await sessionStore.makeLink(owner)
    await db
      .update(signInLinks)
      .set({ expiresAt: Date.now() + 1_000 })
      .where(eq(signInLinks.accountId, id))
    for (let made = 1; made < MAX_SIGN_IN_LINKS; made += 1) await sessionStore.makeLink(owner)
    expect(await db.$count(signInLinks, eq(signInLinks.accountId, id))).toBe(MAX_SIGN_IN_LINKS)
    await sessionStore.makeLink(owner)
    expect(await db.$count(signInLinks, eq(signInLinks.accountId, id))).toBe(MAX_SIGN_IN_LINKS)
    expect(await sessionStore.takeLink(oldest)).toBeUndefined()
  })
})

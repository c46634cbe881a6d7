import { SELF } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { eq } from 'drizzle-orm'
import { decodeJwt } from 'jose'
import { describe, expect, it } from 'vitest'
import { createDb } from '../../../../../../worker/db/client.ts'
import { accounts as accountRows } from '../../../../../../worker/db/tables/accounts.ts'
import { sessions as sessionRows } from '../../../../../../worker/db/tables/sessions.ts'
import { NAME_WINDOW } from '../../../../../../worker/services/accounts/login-guard.ts'
import {
  MAX_SESSIONS_PER_ACCOUNT,
  MAX_USER_AGENT_LENGTH,
  SESSION_IDLE_MS,
  SESSION_LIFETIME_MS,
} from '../../../../../../worker/services/accounts/session-store.ts'
import { SESSION_TOKEN_SECONDS } from '../../../../../../worker/services/accounts/sessions.ts'
import { createTokens } from '../../../../../../worker/services/accounts/tokens.ts'
import { hashSecret } from '../../../../../../worker/services/secrets/secrets.ts'
import {
  asPerson,
  endedFor,
  expectRefusal,
  listed,
  newPerson,
  type Opened,
  PASSWORD,
  renew,
  send,
  signIn,
  statusWith,
} from '../../../../session-client.ts'
import { freshAccounts, ORIGIN } from '../../../../world.ts'

const db = createDb(env.DB)

describe('POST /v1/session', () => {
  it('answers a name and a password with a token of 15 minutes, and a cookie that no page reads', async () => {
    const { username, id } = await newPerson()
    const { response, access_token, ...opened } = await asPerson(username, { userAgent: 'Browser/1' })
    expect(opened).toMatchObject({
      expires_in: SESSION_TOKEN_SECONDS,
      session: { user_agent: 'Browser/1', by_key: false, current: true },
      account: { id, username },
      scopes: null,
    })
    const { iat = 0, exp = 0 } = decodeJwt(access_token)
    expect(exp - iat).toBe(15 * 60)
    expect(await statusWith(access_token)).toBe(200)
    const cookie = response.headers.get('set-cookie') ?? ''
    expect(cookie).toMatch(/HttpOnly/)
    expect(cookie).toMatch(/SameSite=Strict/)
    expect(cookie).toMatch(/Path=\/v1\/session(;|$)/)
    // Of the session, which began a moment ago.
    const maxAge = Number(/Max-Age=(\d+)/.exec(cookie)?.[1])
    expect(maxAge).toBeLessThanOrEqual(SESSION_LIFETIME_MS / 1_000)
    expect(maxAge).toBeGreaterThan(SESSION_LIFETIME_MS / 1_000 - 60)
    expect(response.headers.get('cache-control')).toBe('no-store')
  })

  it('keeps only the hash of the cookie’s secret', async () => {
    const { username, id } = await newPerson()
    const { cookie } = await asPerson(username)
    const [, secret = ''] = cookie.split('=')
    const [row] = await db.select().from(sessionRows).where(eq(sessionRows.accountId, id))
    expect(row?.hash).toBe(await hashSecret(secret))
    expect(JSON.stringify(row)).not.toContain(secret)
  })

  it('takes the cookie over TLS alone, under a name that says so, where the edge is reached by TLS', async () => {
    const { username } = await newPerson()
    const response = await SELF.fetch('https://edge.example/v1/session', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ login: username, password: PASSWORD }),
    })
    expect(response.headers.get('set-cookie')).toMatch(/^__Secure-switchyard=.*; Secure/)
  })

  it.each([
    ['a wrong password', { login: 'nobody', password: 'wrong' }, 401, /login or the password is wrong/],
    ['an unknown key', { api_key: `sk-${'x'.repeat(43)}` }, 401, /not valid/],
    ['an access token in a key’s place', { api_key: 'eyJhbGciOiJIUzI1NiJ9.e30.x' }, 401, /no API key/],
    ['an unknown code', { code: 'swl_unknown' }, 401, /signed somebody in, or is too old/],
    ['two credentials at once', { login: 'a', password: 'b', api_key: 'c' }, 400, /./],
    ['none', {}, 400, /./],
  ])('refuses %s, and sets no cookie', async (_name, body, status, message) => {
    const response = await send('/v1/session', { body })
    await expectRefusal(response, status, message)
    expect(response.headers.get('set-cookie')).toBeNull()
  })

  it('refuses a page of another origin, which would sign a browser in as somebody of its choice', async () => {
    const { username } = await newPerson()
    const body = { login: username, password: PASSWORD }
    const response = await send('/v1/session', { body, origin: 'http://localhost:3000' })
    await expectRefusal(response, 403, /this origin alone/)
    expect(response.headers.get('set-cookie')).toBeNull()
  })

  it(`counts wrong passwords like any login: after ${NAME_WINDOW.limit} the right one waits too`, async () => {
    const { username } = await newPerson()
    for (let tries = 0; tries < NAME_WINDOW.limit; tries += 1)
      expect((await send('/v1/session', { body: { login: username, password: 'wrong' } })).status).toBe(401)
    const response = await send('/v1/session', { body: { login: username, password: PASSWORD } })
    await expectRefusal(response, 429, /Too many failed logins/)
  })

  it(`keeps ${MAX_USER_AGENT_LENGTH} characters of a browser’s word for itself`, async () => {
    const { username } = await newPerson()
    const longest = 'a'.repeat(MAX_USER_AGENT_LENGTH)
    expect((await asPerson(username, { userAgent: longest })).session.user_agent).toBe(longest)
    expect((await asPerson(username, { userAgent: `${longest}b` })).session.user_agent).toBe(longest)
  })

  it(`has ${MAX_SESSIONS_PER_ACCOUNT} browsers of an account in; one more ends what was silent for longest`, async () => {
    const { username, id } = await newPerson()
    const first = await asPerson(username)
    const { sessionStore } = freshAccounts()
    const owner = { accountId: id, keyId: null }
    for (let opened = 1; opened < MAX_SESSIONS_PER_ACCOUNT; opened += 1) await sessionStore.open(owner, null)
    expect(await sessionStore.list(id)).toHaveLength(MAX_SESSIONS_PER_ACCOUNT)
    expect((await renew(first.cookie)).status).toBe(200)
    const [, silent] = (await sessionStore.list(id)).toReversed()
    const oldest = (await sessionStore.list(id)).at(-1)
    await sessionStore.open(owner, null)
    const left = (await sessionStore.list(id)).map((session) => session.id)
    expect(left).toHaveLength(MAX_SESSIONS_PER_ACCOUNT)
    expect(left).toContain(first.session.id)
    expect(left).toContain(silent?.id)
    expect(left).not.toContain(oldest?.id)
  })
})

describe('a session that a key opened', () => {
  it('has the rights of the key and ends with it within a second', async () => {
    const { id } = await newPerson()
    const { keys } = freshAccounts()
    const { key, secret } = await keys.create({ accountId: id, name: 'narrow', scopes: ['account'] })
    const { access_token: token, session, scopes, cookie } = await signIn({ api_key: secret })
    expect([session.by_key, scopes]).toEqual([true, ['account']])
    const models = await send('/v1/models', { method: 'GET', token })
    await expectRefusal(models, 403, /lacks the scope 'inference'/)
    const made = await send('/v1/keys', { token, body: { name: 'wider', scopes: ['files'] } })
    expect(made.status).toBe(403)
    await keys.revoke(id, key.id)
    await endedFor(token)
    expect((await renew(cookie)).status).toBe(401)
  })

  it.each(['/dualquery/api/datasets', '/sira/api/profiles', '/agentic/v1/models', '/rajora/api/models/list'])(
    'may read %s by a key that is whole, and not by one that is narrowed',
    async (path) => {
      const { id } = await newPerson()
      const { keys } = freshAccounts()
      const statusBy = async (scopes: string[] | null) => {
        const { secret } = await keys.create({ accountId: id, name: 'one of two', scopes })
        const { access_token: token } = await signIn({ api_key: secret })
        return (await send(path, { method: 'GET', token })).status
      }
      expect(await statusBy(null)).toBe(200)
      expect(await statusBy(['account'])).toBe(403)
    },
  )

  it('makes keys of DualQuery that end with the one that opened it', async () => {
    const { id } = await newPerson()
    const { keys } = freshAccounts()
    const { key, secret } = await keys.create({ accountId: id, name: 'whole' })
    const { access_token: token } = await signIn({ api_key: secret })
    const model = await send('/dualquery/api/models', {
      token,
      body: { name: 'mine', base_model: 'starter', version: '1' },
    })
    const { _id } = (await model.json()) as { _id: string }
    const made = await send('/dualquery/api/apikeys', { token, body: { model_id: _id, name: 'of it' } })
    expect(made.status).toBe(201)
    await keys.revoke(id, key.id)
    expect(await keys.list(id)).toEqual([])
  })

  it('cannot change the password, which a key cannot either', async () => {
    const { id } = await newPerson()
    const { secret } = await freshAccounts().keys.create({ accountId: id, name: 'whole' })
    const { access_token: token } = await signIn({ api_key: secret })
    const body = { current_password: PASSWORD, new_password: 'another one' }
    expect((await send('/v1/accounts/me/password', { token, body })).status).toBe(401)
  })
})

describe('POST /v1/session/renew', () => {
  it('answers the cookie with the next token, in two tabs at once', async () => {
    const { username } = await newPerson()
    const { cookie, session } = await asPerson(username)
    const answers = await Promise.all([renew(cookie), renew(cookie)])
    for (const answer of answers) {
      expect(answer.status).toBe(200)
      const { access_token, session: renewed } = (await answer.json()) as Opened
      expect(renewed.id).toBe(session.id)
      expect(await statusWith(access_token)).toBe(200)
    }
  })

  it.each([
    ['a page of another origin', 'http://localhost:3000'],
    ['a page of another name of the same site', ORIGIN.replace('//', '//clara.')],
    ['a page without an origin', 'null'],
    ['whoever sends no origin', null],
  ])('refuses %s, cookie or not', async (_name, origin) => {
    const { username } = await newPerson()
    const { cookie } = await asPerson(username)
    expect((await renew(cookie, { origin })).status).toBe(403)
    expect((await send('/v1/session', { method: 'DELETE', cookie, origin })).status).toBe(403)
    expect((await renew(cookie)).status).toBe(200)
  })

  it('refuses a browser without a session, and a made-up secret', async () => {
    await expectRefusal(await send('/v1/session/renew'), 401, /sign in/)
    await expectRefusal(await renew('switchyard=sws_made-up'), 401, /over: sign in again/)
  })

  it('takes a session until its last idle millisecond, and not one later', async () => {
    const { username, id } = await newPerson()
    const { cookie } = await asPerson(username)
    const lastUsed = (at: number) =>
      db.update(sessionRows).set({ lastUsedAt: at }).where(eq(sessionRows.accountId, id))
    await lastUsed(Date.now() - SESSION_IDLE_MS + 5_000)
    expect((await renew(cookie)).status).toBe(200)
    await lastUsed(Date.now() - SESSION_IDLE_MS)
    expect((await renew(cookie)).status).toBe(401)
  })

  it('ends a session after seven days, however busy it is', async () => {
    const { username, id } = await newPerson()
    const { cookie, access_token: token } = await asPerson(username)
    await db
      .update(sessionRows)
      .set({ createdAt: Date.now() - SESSION_LIFETIME_MS })
      .where(eq(sessionRows.accountId, id))
    expect((await renew(cookie)).status).toBe(401)
    await endedFor(token)
    expect(await freshAccounts().sessionStore.sweepSome(1_000)).toBeGreaterThan(0)
    expect(await db.$count(sessionRows, eq(sessionRows.accountId, id))).toBe(0)
  })

  it('stops within a second for an account that is deactivated', async () => {
    const { username, id } = await newPerson()
    const { cookie, access_token: token } = await asPerson(username)
    await db.update(accountRows).set({ active: false }).where(eq(accountRows.id, id))
    await endedFor(token)
    expect((await renew(cookie)).status).toBe(401)
  })

  it('stays open to administrators during maintenance, and signing in too', async () => {
    const { username } = await newPerson(['admin'])
    const { cookie, access_token: token } = await asPerson(username)
    const maintain = (maintenance_mode: boolean) =>
      send('/rajora/api/admin/config', { token, body: { maintenance_mode } })
    expect((await maintain(true)).status).toBe(200)
    expect((await renew('switchyard=none')).status).toBe(401)
    try {
      await expect.poll(async () => (await renew(cookie)).status).toBe(200)
      await asPerson(username)
    } finally {
      await maintain(false)
    }
  })
})

describe('DELETE /v1/session', () => {
  it('ends the session everywhere within a second and takes the cookie away, as often as it is asked', async () => {
    const { username } = await newPerson()
    const { cookie, access_token: token } = await asPerson(username)
    const response = await send('/v1/session', { method: 'DELETE', cookie })
    expect(response.status).toBe(204)
    expect(response.headers.get('set-cookie')).toMatch(/Max-Age=0/)
    expect((await send('/v1/session', { method: 'DELETE', cookie })).status).toBe(204)
    await endedFor(token)
    expect((await renew(cookie)).status).toBe(401)
  })
})

describe('/v1/sessions', () => {
  it('lists the browsers that are signed in, marks the one that asks, and ends one of them', async () => {
    const { username } = await newPerson()
    const phone = await asPerson(username, { userAgent: 'Phone' })
    const desk = await asPerson(username, { userAgent: 'Desk' })
    expect(await listed(desk.access_token)).toMatchObject([
      { id: desk.session.id, user_agent: 'Desk', current: true },
      { id: phone.session.id, user_agent: 'Phone', current: false },
    ])
    const path = `/v1/sessions/${phone.session.id}`
    const ended = await send(path, { method: 'DELETE', token: desk.access_token })
    expect(await ended.json()).toEqual({ id: phone.session.id, object: 'session', deleted: true })
    await endedFor(phone.access_token)
    expect((await send(path, { method: 'DELETE', token: desk.access_token })).status).toBe(404)
    expect(await listed(desk.access_token)).toHaveLength(1)
  })

  it('ends all others at once', async () => {
    const { username } = await newPerson()
    const others = [await asPerson(username), await asPerson(username)]
    const { access_token: token } = await asPerson(username)
    const response = await send('/v1/sessions', { method: 'DELETE', token })
    expect(await response.json()).toEqual({ ended: 2 })
    for (const { access_token } of others) await endedFor(access_token)
    expect(await statusWith(token)).toBe(200)
  })

  it('shows and ends nobody else’s', async () => {
    const [mine, theirs] = [await newPerson(), await newPerson()]
    const { access_token: token } = await asPerson(mine.username)
    const { session, access_token: other } = await asPerson(theirs.username)
    expect((await listed(token)).map(({ id }) => id)).not.toContain(session.id)
    const response = await send(`/v1/sessions/${session.id}`, { method: 'DELETE', token })
    await expectRefusal(response, 404, /no session/)
    expect(await statusWith(other)).toBe(200)
  })

  it('refuses a token that names another account’s session, signed as it may be', async () => {
    const [mine, theirs] = [await newPerson(), await newPerson()]
    const { session } = await asPerson(theirs.username)
    const { accounts } = freshAccounts()
    const subject = { id: mine.id, email: null, roles: [] }
    const token = await createTokens(env.JWT_SECRET).issue(subject, { id: session.id, lifetimeSeconds: 60 })
    await expect(accounts.authenticate(token)).rejects.toMatchObject({ code: 'unauthenticated' })
  })
})

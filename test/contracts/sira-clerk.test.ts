import { env } from 'cloudflare:workers'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { beforeAll, describe, expect, inject, it } from 'vitest'
import { toUuid } from '../../shared/ids.ts'
import { configOf } from '../../worker/env.ts'
import { siraSurface } from '../../worker/surfaces/sira/index.ts'
import { createServices, type Services } from '../../worker/wiring.ts'
import { newAccount, read, requestInit, unique } from './contract-client.ts'

const ISSUER = 'https://clerk.example.org'
const KEY_ID = 'clerk'
const MISSING = {
  error: 'Unauthorized',
  message: 'The authentication token is missing or not valid.',
  details: {},
}

let privateKey: CryptoKey
let services: Services
beforeAll(async () => {
  const pair = await generateKeyPair('RS256', { extractable: true })
  privateKey = pair.privateKey
  const key = { ...(await exportJWK(pair.publicKey)), kid: KEY_ID, alg: 'RS256', use: 'sig' }
  const url = `${inject('keyServer')}/${crypto.randomUUID()}`
  await (await fetch(`${url}?status=200`, { method: 'PUT', body: JSON.stringify({ keys: [key] }) })).text()
  services = createServices(env, configOf({ ...env, CLERK_JWKS_URL: url, CLERK_ISSUER: ISSUER }))
})

const sessionOf = (subject: string, seconds = 60) =>
  new SignJWT({ sub: subject, iss: ISSUER, exp: Math.floor(Date.now() / 1000) + seconds })
    .setProtectedHeader({ alg: 'RS256', kid: KEY_ID })
    .sign(privateKey)

const newSubject = () => unique('user')
const details = (subject: string, over: object = {}) => ({
  clerk_user_id: subject,
  email: `${subject}@example.com`,
  first_name: 'John',
  last_name: 'Doe',
  ...over,
})

const call = (path: string, token?: string, body?: object) =>
  siraSurface(services).request(
    `/sira${path}`,
    requestInit({ ...(token === undefined ? {} : { token }), ...(body === undefined ? {} : { body }) }),
    env,
  )
const sync = (token: string, body: object) => call('/api/users/sync', token, body)

describe('with an identity provider', () => {
  it('a subject that nobody has seen yet gets its account, and keeps it', async () => {
    const subject = newSubject()
    const first = await read(await sync(await sessionOf(subject), details(subject)))
    const { id, createdAt } = await services.accounts.ensureBySubject(subject)
    expect(first).toEqual([
      201,
      {
        id: toUuid(id),
        ...details(subject),
        created_at: new Date(createdAt).toISOString().replace(/\.\d+/, ''),
      },
    ])
    expect(await read(await sync(await sessionOf(subject), details(subject)))).toEqual(first)
    const renamed = await sync(await sessionOf(subject), details(subject, { last_name: 'Roe' }))
    expect(await read(renamed)).toMatchObject([201, { id: toUuid(id), last_name: 'Roe' }])
  })

  it('a subject syncs itself only, by the provider’s name and not by our id', async () => {
    const [subject, other] = [newSubject(), newSubject()]
    const { id } = await services.accounts.ensureBySubject(subject)
    for (const foreign of [other, id, toUuid(id), '']) {
      const response = await sync(await sessionOf(subject), details(subject, { clerk_user_id: foreign }))
      expect(response.status).toBe(foreign === '' ? 422 : 403)
    }
  })

  it('an account that has the email is not taken over', async () => {
    const { account } = await newAccount({ email: `${unique('owner')}@example.com` })
    const subject = newSubject()
    const response = await sync(await sessionOf(subject), details(subject, { email: account.email }))
    expect(await read(response)).toEqual([
      409,
      { error: 'Conflict', message: 'The email belongs to another user.', details: {} },
    ])
  })

  it('our own tokens are not taken', async () => {
    const { token } = await newAccount({ roles: ['admin'] })
    expect(await read(await call('/api/admin/stats', token))).toEqual([401, MISSING])
  })

  it('a stream takes a token of theirs in its query, and none of ours', async () => {
    const path = '/api/conversations/stream?session_id=sess_x&message=Hi&token='
    expect((await call(path + (await sessionOf(newSubject())))).status).toBe(404)
    expect((await call(path + (await newAccount()).token)).status).toBe(401)
  })

  it('no token and an expired one are refused', async () => {
    expect(await read(await call('/api/admin/stats'))).toEqual([401, MISSING])
    const expired = await call('/api/admin/stats', await sessionOf(newSubject(), -60))
    const message = 'The authentication token has expired.'
    expect(await read(expired)).toEqual([401, { error: 'Unauthorized', message, details: {} }])
  })

  it('administrators are those whom we made such', async () => {
    const subject = newSubject()
    const ask = async () => call('/api/admin/stats', await sessionOf(subject))
    expect((await ask()).status).toBe(403)
    const { id } = await services.accounts.ensureBySubject(subject)
    const { account } = await newAccount({ roles: ['admin'] })
    await services.accounts.update(id, { roles: ['admin'] }, account.id)
    // A fresh isolate: this one trusts for a second what it has read.
    services = { ...services, accounts: createServices(env, configOf(env)).accounts }
    expect((await ask()).status).toBe(200)
  })

  it('keys that cannot be had are a failure of ours', async () => {
    const url = `${inject('keyServer')}/${crypto.randomUUID()}`
    await (await fetch(`${url}?status=500`, { method: 'PUT', body: 'down' })).text()
    const away = createServices(env, configOf({ ...env, CLERK_JWKS_URL: url, CLERK_ISSUER: ISSUER }))
    const init = requestInit({ token: await sessionOf(newSubject()) })
    const response = await siraSurface(away).request('/sira/api/admin/stats', init, env)
    expect(response.headers.get('retry-after')).toMatch(/^\d+$/)
    expect(await read(response)).toEqual([
      503,
      { error: 'Service Unavailable', message: expect.any(String), details: {} },
    ])
  })
})

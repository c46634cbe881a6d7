import { env } from 'cloudflare:workers'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { beforeAll, describe, expect, inject, it } from 'vitest'
import { toUuid } from '../../shared/ids.ts'
import { configOf } from '../../worker/env.ts'
import { siraSurface } from '../../worker/surfaces/sira/index.ts'
import { createServices, type Services } from '../../worker/wiring.ts'
import { uniqueModel } from '../worker/samples.ts'
import { createWorld } from '../worker/world.ts'
import { newAccount, read, requestInit, unique } from './contract-client.ts'
import { eventsIn, idOf, query, textOf } from './sira-client.ts'

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
  new SignJWT({
    sub: subject,
    sid: `sess_${subject}`,
    iss: ISSUER,
    exp: Math.floor(Date.now() / 1000) + seconds,
  })
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

  describe('a reader whose token has expired meanwhile', () => {
    const MINUTE = 60
    const EXPIRED = 'The authentication token has expired.'

    /** A subject with an answer of its own, and the id of its first event. */
    async function heardOnce() {
      const model = uniqueModel()
      const node = await (await createWorld()).addNode({ models: [model.holding] })
      const subject = newSubject()
      const token = await sessionOf(subject)
      const profile = await call('/api/profiles', token, { profile_name: 'CS Track' })
      const { id } = (await profile.json()) as { id: string }
      const talk = await call('/api/conversations', token, { profile_id: id })
      const { session_id: session } = (await talk.json()) as { session_id: string }
      await services.conversations.update(
        (await services.accounts.ensureBySubject(subject)).id,
        idOf(session),
        {
          model: model.id,
        },
      )
      const stream = (credential: string, heard?: string) =>
        siraSurface(services).request(
          `/sira${query({ token: credential, session_id: session, message: 'Hi' })}`,
          requestInit(heard === undefined ? {} : { headers: { 'last-event-id': heard } }),
          env,
        )
      const [answer] = await Promise.all([stream(token), node.answer(['Hello', ' there'])])
      const [first] = eventsIn(await answer.text())
      return { subject, session, stream, heard: first?.id ?? '' }
    }

    it('hears the rest of the answer that it asked for, and asks nothing', async () => {
      const { subject, stream, heard } = await heardOnce()
      const late = await sessionOf(subject, -14 * MINUTE)
      expect(textOf(eventsIn(await (await stream(late, heard)).text()))).toBe(' there')
      expect(await read(await stream(late))).toEqual([
        401,
        { error: 'Unauthorized', message: EXPIRED, details: {} },
      ])
      expect((await call('/api/profiles', late)).status).toBe(401)
    })

    it('hears nothing after 15 minutes, and nothing that others asked', async () => {
      const { subject, stream, heard } = await heardOnce()
      expect((await stream(await sessionOf(subject, -16 * MINUTE), heard)).status).toBe(401)
      expect((await stream(await sessionOf(newSubject(), -MINUTE), heard)).status).toBe(404)
    })

    it('does nothing else with the header', async () => {
      const { subject, heard } = await heardOnce()
      const late = await sessionOf(subject, -MINUTE)
      const init = requestInit({ token: late, headers: { 'last-event-id': heard } })
      expect((await siraSurface(services).request('/sira/api/profiles', init, env)).status).toBe(401)
    })
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

import '../../workerd.ts'
import { exportJWK, generateKeyPair, type JWK, SignJWT, UnsecuredJWT } from 'jose'
import { afterEach, beforeAll, describe, expect, inject, it, vi } from 'vitest'
import { createLogger } from '../../../../shared/log.ts'
import {
  CLOCK_TOLERANCE_SECONDS,
  createClerk,
  HEARING_GRACE_SECONDS,
  JWKS_COOLDOWN_MS,
  JWKS_MAX_AGE_MS,
  JWKS_RETRY_SECONDS,
} from '../../../../worker/services/accounts/clerk.ts'

const ISSUER = 'https://clerk.example.org'
const FRONT_END = 'https://app.example.org'

interface SigningKey {
  kid: string
  privateKey: CryptoKey
  jwk: JWK
}

async function newKey(kid: string): Promise<SigningKey> {
  const { publicKey, privateKey } = await generateKeyPair('RS256', { extractable: true })
  return { kid, privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg: 'RS256', use: 'sig' } }
}

let first: SigningKey
let second: SigningKey
beforeAll(async () => {
  first = await newKey('first')
  second = await newKey('second')
})
afterEach(() => void vi.useRealTimers())

/** A key server of its own for each test. */
async function keyServer(keys: SigningKey[]) {
  const url = `${inject('keyServer')}/${crypto.randomUUID()}`
  const answerWith = (body: string, status = 200) =>
    fetch(`${url}?status=${status}`, { method: 'PUT', body }).then((response) => response.text())
  const publish = (published: SigningKey[]) =>
    answerWith(JSON.stringify({ keys: published.map(({ jwk }) => jwk) }))
  await publish(keys)
  const fetched = async () => Number(await (await fetch(`${url}/fetched`)).text())
  return { url, answerWith, publish, fetched }
}

const nowSeconds = () => Math.floor(Date.now() / 1000)
const sessionToken = ({ kid, privateKey }: SigningKey, claims: object = {}, header: object = {}) =>
  new SignJWT({
    sub: 'user_1',
    sid: 'sess_1',
    iss: ISSUER,
    azp: FRONT_END,
    exp: nowSeconds() + 60,
    ...claims,
  })
    .setProtectedHeader({ alg: 'RS256', kid, ...header })
    .sign(privateKey)

function clerkAt(jwksUrl: string, over: Partial<Parameters<typeof createClerk>[0]> = {}) {
  const lines: string[] = []
  const log = createLogger((line) => void lines.push(line))
  return { ...createClerk({ jwksUrl, issuer: ISSUER, log, ...over }), lines }
}

const refused = { code: 'unauthenticated', message: 'The session token is not valid.' }

describe('a session token', () => {
  it('speaks for its subject', async () => {
    const { url } = await keyServer([first])
    expect(await clerkAt(url).verify(await sessionToken(first))).toEqual({ subject: 'user_1' })
  })

  it('is checked against keys that are fetched once', async () => {
    const { url, fetched } = await keyServer([first, second])
    const clerk = clerkAt(url)
    for (const key of [first, second, first]) await clerk.verify(await sessionToken(key))
    expect(await fetched()).toBe(1)
  })

  it.each<[name: string, forge: () => Promise<string> | string]>([
    ['is nothing', () => ''],
    ['is text', () => 'letmein'],
    [
      'has no signature',
      () =>
        new UnsecuredJWT({ sub: 'user_1', sid: 'sess_1', iss: ISSUER, azp: FRONT_END })
          .setExpirationTime('1h')
          .encode(),
    ],
    [
      'was signed with the public key as a secret',
      () =>
        new SignJWT({ sub: 'user_1', sid: 'sess_1', iss: ISSUER, azp: FRONT_END, exp: nowSeconds() + 60 })
          .setProtectedHeader({ alg: 'HS256', kid: 'first' })
          .sign(new TextEncoder().encode(JSON.stringify(first.jwk))),
    ],
    ['was signed with another key under its name', () => sessionToken({ ...second, kid: 'first' })],
    ['was signed with a key that nobody published', async () => sessionToken(await newKey('third'))],
    ['is of another issuer', () => sessionToken(first, { iss: 'https://elsewhere.example.org' })],
    ['has no issuer', () => sessionToken(first, { iss: undefined })],
    ['has no subject', () => sessionToken(first, { sub: undefined })],
    ['has an empty subject', () => sessionToken(first, { sub: '' })],
    ['is no session’s', () => sessionToken(first, { sid: undefined })],
    ['names an empty session', () => sessionToken(first, { sid: '' })],
    ['is of a pending session', () => sessionToken(first, { sts: 'pending' })],
    ['is of a session in a state that we do not know', () => sessionToken(first, { sts: 7 })],
    ['has no end', () => sessionToken(first, { exp: undefined })],
    ['is not valid yet', () => sessionToken(first, { nbf: nowSeconds() + 3_600 })],
    ['is expired and of another issuer', () => sessionToken(first, { exp: 1_000, iss: 'elsewhere' })],
    ['was changed', async () => (await sessionToken(first)).replace(/\.(.)/, '.f')],
  ])('that %s is refused in the same words', async (_name, forge) => {
    const { url } = await keyServer([first])
    await expect(clerkAt(url).verify(await forge())).rejects.toMatchObject(refused)
  })

  it('that has expired says so, and only when it was otherwise valid', async () => {
    const { url } = await keyServer([first])
    const expired = { exp: nowSeconds() - CLOCK_TOLERANCE_SECONDS - 1 }
    const clerk = clerkAt(url, { authorizedParties: [FRONT_END] })
    await expect(clerk.verify(await sessionToken(first, expired))).rejects.toMatchObject({
      code: 'token_expired',
    })
    const foreign = await sessionToken(first, { ...expired, azp: 'https://evil.example.org' })
    await expect(clerk.verify(foreign)).rejects.toMatchObject(refused)
  })
})

describe('two clocks', () => {
  it(`may be ${CLOCK_TOLERANCE_SECONDS} seconds apart, and not more`, async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: 1_800_000_000_000 })
    const { url } = await keyServer([first])
    const clerk = clerkAt(url)
    const late = (seconds: number) => sessionToken(first, { exp: nowSeconds() - seconds })
    const early = (seconds: number) => sessionToken(first, { nbf: nowSeconds() + seconds })
    expect(await clerk.verify(await late(CLOCK_TOLERANCE_SECONDS - 1))).toEqual({ subject: 'user_1' })
    expect(await clerk.verify(await early(CLOCK_TOLERANCE_SECONDS))).toEqual({ subject: 'user_1' })
    await expect(clerk.verify(await late(CLOCK_TOLERANCE_SECONDS))).rejects.toMatchObject({
      code: 'token_expired',
    })
    await expect(clerk.verify(await early(CLOCK_TOLERANCE_SECONDS + 1))).rejects.toMatchObject(refused)
  })
})

describe('a reader who comes back', () => {
  it(`may hear with a token that ended ${HEARING_GRACE_SECONDS} seconds ago, and not longer`, async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: 1_800_000_000_000 })
    const { url } = await keyServer([first])
    const clerk = clerkAt(url)
    const most = HEARING_GRACE_SECONDS + CLOCK_TOLERANCE_SECONDS
    const late = (seconds: number, claims = {}) =>
      sessionToken(first, { exp: nowSeconds() - seconds, ...claims })
    expect(await clerk.verifyHearing(await late(-60))).toEqual({ subject: 'user_1' })
    expect(await clerk.verifyHearing(await late(most - 1))).toEqual({ subject: 'user_1' })
    await expect(clerk.verifyHearing(await late(most))).rejects.toMatchObject({ code: 'token_expired' })
    for (const wrong of [
      { sts: 'pending' },
      { sid: undefined },
      { sub: undefined },
      { nbf: nowSeconds() + 60 },
    ])
      await expect(clerk.verifyHearing(await late(60, wrong))).rejects.toMatchObject(refused)
  })
})

describe('the issuer', () => {
  it.each([
    [ISSUER, ISSUER],
    [ISSUER, `${ISSUER}/`],
    [`${ISSUER}/`, ISSUER],
    [`${ISSUER}/`, `${ISSUER}/`],
  ])('%s signs what names %s', async (issuer, iss) => {
    const { url } = await keyServer([first])
    const token = await sessionToken(first, { iss })
    expect(await clerkAt(url, { issuer }).verify(token)).toEqual({ subject: 'user_1' })
  })

  it('says where its keys are', async () => {
    const issuer = `${inject('keyServer')}/${crypto.randomUUID()}`
    const published = JSON.stringify({ keys: [first.jwk] })
    await (await fetch(`${issuer}/.well-known/jwks.json`, { method: 'PUT', body: published })).text()
    for (const given of [issuer, `${issuer}/`]) {
      const clerk = createClerk({ issuer: given, log: createLogger(() => {}) })
      expect(await clerk.verify(await sessionToken(first, { iss: issuer }))).toEqual({ subject: 'user_1' })
    }
  })
})

describe('the authorized parties', () => {
  it('are the only front ends whose tokens are taken', async () => {
    const { url } = await keyServer([first])
    const clerk = clerkAt(url, { authorizedParties: ['https://other.example.org', FRONT_END] })
    expect(await clerk.verify(await sessionToken(first))).toEqual({ subject: 'user_1' })
    for (const azp of ['https://evil.example.org', `${FRONT_END}.evil.example.org`, '', undefined, 7]) {
      await expect(clerk.verify(await sessionToken(first, { azp }))).rejects.toMatchObject(refused)
    }
  })

  it('may be named by none where a deployment allows that, and by no other', async () => {
    const { url } = await keyServer([first])
    const clerk = clerkAt(url, { authorizedParties: [FRONT_END], takesMissingParty: true })
    const token = await sessionToken(first, { azp: undefined })
    expect(await clerk.verify(token)).toEqual({ subject: 'user_1' })
    for (const azp of ['https://evil.example.org', '', 7, null])
      await expect(clerk.verify(await sessionToken(first, { azp }))).rejects.toMatchObject(refused)
  })

  it('do not matter when none are named', async () => {
    const { url } = await keyServer([first])
    const token = await sessionToken(first, { azp: undefined })
    expect(await clerkAt(url).verify(token)).toEqual({ subject: 'user_1' })
  })
})

describe('keys that rotate', () => {
  it('are found when a token names a new one', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() })
    const { url, publish, fetched } = await keyServer([first])
    const clerk = clerkAt(url)
    await clerk.verify(await sessionToken(first))
    await publish([first, second])
    vi.setSystemTime(Date.now() + JWKS_COOLDOWN_MS)
    expect(await clerk.verify(await sessionToken(second))).toEqual({ subject: 'user_1' })
    expect(await clerk.verify(await sessionToken(first))).toEqual({ subject: 'user_1' })
    expect(await fetched()).toBe(2)
  })

  it('are not asked for with every made-up name', async () => {
    const { url, fetched } = await keyServer([first])
    const clerk = clerkAt(url)
    for (let count = 0; count < 10; count += 1) {
      const token = await sessionToken({ ...second, kid: `made-up-${count}` })
      await expect(clerk.verify(token)).rejects.toMatchObject(refused)
    }
    expect(await fetched()).toBe(1)
  })

  it('end when they were withdrawn and what was fetched is too old', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() })
    const { url, publish } = await keyServer([first])
    const clerk = clerkAt(url)
    await clerk.verify(await sessionToken(first))
    await publish([second])
    vi.setSystemTime(Date.now() + JWKS_MAX_AGE_MS)
    await expect(clerk.verify(await sessionToken(first))).rejects.toMatchObject(refused)
    expect(await clerk.verify(await sessionToken(second))).toEqual({ subject: 'user_1' })
  })
})

describe('a provider that gives no keys', () => {
  it.each<[name: string, body: string, status: number]>([
    ['fails', 'no', 500],
    ['sends something else than JSON', '<html>', 200],
    ['sends something else than keys', '{"keys": 7}', 200],
  ])('because it %s is not the caller’s fault, and is logged', async (_name, body, status) => {
    const server = await keyServer([first])
    await server.answerWith(body, status)
    const clerk = clerkAt(server.url)
    await expect(clerk.verify(await sessionToken(first))).rejects.toMatchObject({
      code: 'no_capacity',
      retryAfterSeconds: JWKS_RETRY_SECONDS,
    })
    expect(clerk.lines).toHaveLength(1)
    expect(JSON.parse(clerk.lines[0] ?? '')).toMatchObject({ level: 'error', event: 'clerk.unreachable' })
    await server.publish([first])
    expect(await clerk.verify(await sessionToken(first))).toEqual({ subject: 'user_1' })
  })

  it('because nobody listens is not the caller’s fault', async () => {
    const clerk = clerkAt('http://127.0.0.1:9/jwks') // the discard port: nobody has it
    await expect(clerk.verify(await sessionToken(first))).rejects.toMatchObject({ code: 'no_capacity' })
  })

  it('does not matter while the keys that were fetched are good', async () => {
    const server = await keyServer([first])
    const clerk = clerkAt(server.url)
    await clerk.verify(await sessionToken(first))
    await server.answerWith('no', 500)
    expect(await clerk.verify(await sessionToken(first))).toEqual({ subject: 'user_1' })
  })
})

import '../../workerd.ts'
import { decodeJwt, decodeProtectedHeader, SignJWT, UnsecuredJWT } from 'jose'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { createTokens, TOKEN_LIFETIME_SECONDS } from '../../../../worker/services/accounts/tokens.ts'
import { hashSecret } from '../../../../worker/services/secrets/secrets.ts'

const SECRET = 'a secret of at least thirty-two characters'
const KEY = new TextEncoder().encode(SECRET)
const tokens = createTokens(SECRET)
const payload = { sub: 'account-1', iss: 'switchyard', aud: 'switchyard' }
const account = { id: 'account-1', email: 'ada@example.org', roles: ['viewer'] }
/** The name of `SECRET` in a header: the beginning of its SHA-256. */
const KEY_ID = await hashSecret(SECRET).then((hash) => hash.slice(0, 8))
const crafted = (claims: object = {}, key = KEY, header: object = {}) =>
  new SignJWT({ ...payload, exp: Math.floor(Date.now() / 1000) + 60, ...claims })
    .setProtectedHeader({ alg: 'HS256', kid: KEY_ID, ...header })
    .sign(key)

afterEach(() => void vi.useRealTimers())

describe('a token', () => {
  it('speaks for its account', async () => {
    expect(await tokens.verify(await tokens.issue(account))).toMatchObject({ subject: 'account-1' })
  })

  it('says who made it, for whom and until when, and with which secret', async () => {
    const token = await tokens.issue(account)
    expect(decodeProtectedHeader(token)).toEqual({ alg: 'HS256', typ: 'JWT', kid: KEY_ID })
    const claims = decodeJwt(token)
    expect(claims).toEqual({
      ...payload,
      email: 'ada@example.org',
      roles: ['viewer'],
      iat: expect.any(Number),
      exp: expect.any(Number),
    })
    expect((claims.exp ?? 0) - (claims.iat ?? 0)).toBe(TOKEN_LIFETIME_SECONDS)
  })

  it('lives as long as it says, also when a second passes while it is made', async () => {
    const Real = Date
    let asked = 0
    const next = () => Real.UTC(2100, 0, 1) + 1_000 * asked++
    class Ticking extends Real {
      constructor(...given: [] | [number]) {
        super(given[0] ?? next())
      }
      static override now = next
    }
    vi.stubGlobal('Date', Ticking)
    const token = await tokens.issue(account).finally(() => vi.unstubAllGlobals())
    const { iat = 0, exp = 0 } = decodeJwt(token)
    expect(exp - iat).toBe(TOKEN_LIFETIME_SECONDS)
  })

  it('has no email when its account has none', async () => {
    expect(decodeJwt(await tokens.issue({ ...account, email: null }))).not.toHaveProperty('email')
  })

  it.each([TOKEN_LIFETIME_SECONDS, 60])(
    'ends with its lifetime of %i s and not before, and says so',
    async (lifetimeSeconds) => {
      vi.useFakeTimers({ toFake: ['Date'], now: 1_800_000_000_000 })
      const short = createTokens(SECRET, { lifetimeSeconds })
      expect(short.lifetimeSeconds).toBe(lifetimeSeconds)
      const token = await short.issue(account)
      vi.setSystemTime(1_800_000_000_000 + lifetimeSeconds * 1000 - 1)
      expect(await tokens.verify(token)).toMatchObject({ subject: 'account-1' })
      vi.setSystemTime(1_800_000_000_000 + lifetimeSeconds * 1000)
      await expect(tokens.verify(token)).rejects.toMatchObject({
        code: 'token_expired',
        message: 'The access token has expired.',
      })
    },
  )

  it.each<[name: string, token: () => Promise<string> | string]>([
    ['is nothing', () => ''],
    ['is text', () => 'letmein'],
    ['has no signature', () => new UnsecuredJWT(payload).setExpirationTime('1h').encode()],
    ['was signed with another secret', () => crafted({}, new TextEncoder().encode('x'.repeat(40)))],
    ['was signed with another algorithm', () => crafted({}, KEY, { alg: 'HS384' })],
    ['is for another audience', () => crafted({ aud: 'elsewhere' })],
    ['is of another issuer', () => crafted({ iss: 'elsewhere' })],
    ['has no subject', () => crafted({ sub: undefined })],
    ['has no end', () => crafted({ exp: undefined })],
    ['is over and for another audience', () => crafted({ exp: 1_000, aud: 'elsewhere' })],
    [
      'is over and signed with another secret',
      () => crafted({ exp: 1_000 }, new TextEncoder().encode('x'.repeat(40))),
    ],
    ['names no secret', () => crafted({}, KEY, { kid: undefined })],
    ['names an unknown secret', () => crafted({}, KEY, { kid: '00000000' })],
    ['names its secret by a path', () => crafted({}, KEY, { kid: '../../dev/null' })],
    ['is not valid yet', () => crafted({ nbf: Math.floor(Date.now() / 1000) + 3_600 })],
    [
      'was changed',
      async () => (await crafted()).replace(/\.(.)/, (_, first) => `.${first === 'e' ? 'f' : 'e'}`),
    ],
    ['lost its end', async () => (await crafted()).slice(0, -2)],
  ])('that %s is refused in the same words', async (_name, token) => {
    await expect(tokens.verify(await token())).rejects.toMatchObject({
      code: 'unauthenticated',
      message: 'The access token is not valid.',
    })
  })

  it('that is crafted as ours are is accepted: the refusals above are for what they change', async () => {
    expect(await tokens.verify(await crafted())).toMatchObject({ subject: 'account-1' })
  })
})

describe('a secret that is changed', () => {
  const NEXT = 'the secret after it, also of thirty-two characters or more'
  const rotated = createTokens(NEXT, { previousSecret: SECRET })

  it('signs with the new one and still takes tokens of the one before', async () => {
    expect(await rotated.verify(await tokens.issue(account))).toMatchObject({ subject: 'account-1' })
    const token = await rotated.issue(account)
    expect(await rotated.verify(token)).toMatchObject({ subject: 'account-1' })
    expect(await createTokens(NEXT).verify(token)).toMatchObject({ subject: 'account-1' })
    await expect(tokens.verify(token)).rejects.toMatchObject({ code: 'unauthenticated' })
  })

  it('takes none of the old one’s tokens once that is gone', async () => {
    const old = await tokens.issue(account)
    await expect(createTokens(NEXT).verify(old)).rejects.toMatchObject({ code: 'unauthenticated' })
  })

  it('takes a token only with the secret that it names', async () => {
    const kid = decodeProtectedHeader(await rotated.issue(account)).kid
    await expect(rotated.verify(await crafted({}, KEY, { kid }))).rejects.toMatchObject({
      code: 'unauthenticated',
    })
  })

  it('tells apart an old token that is over', async () => {
    await expect(rotated.verify(await crafted({ exp: 1_000 }))).rejects.toMatchObject({
      code: 'token_expired',
    })
  })
})

import { decodeJwt, decodeProtectedHeader, SignJWT, UnsecuredJWT } from 'jose'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { createTokens, TOKEN_LIFETIME_SECONDS } from '../../../worker/services/tokens.ts'

const SECRET = 'a secret of at least thirty-two characters'
const KEY = new TextEncoder().encode(SECRET)
const tokens = createTokens(SECRET)
const payload = { sub: 'account-1', iss: 'switchyard', aud: 'switchyard' }
const crafted = (claims: object = {}, key = KEY, alg = 'HS256') =>
  new SignJWT({ ...payload, exp: Math.floor(Date.now() / 1000) + 60, ...claims })
    .setProtectedHeader({ alg })
    .sign(key)

afterEach(() => void vi.useRealTimers())

describe('a token', () => {
  it('speaks for its account', async () => {
    expect(await tokens.verify(await tokens.issue('account-1'))).toBe('account-1')
  })

  it('says who made it, for whom and until when, and no more', async () => {
    const token = await tokens.issue('account-1')
    expect(decodeProtectedHeader(token)).toEqual({ alg: 'HS256', typ: 'JWT' })
    const claims = decodeJwt(token)
    expect(claims).toEqual({ ...payload, iat: expect.any(Number), exp: expect.any(Number) })
    expect((claims.exp ?? 0) - (claims.iat ?? 0)).toBe(TOKEN_LIFETIME_SECONDS)
  })

  it('ends with its lifetime and not before', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: 1_800_000_000_000 })
    const token = await tokens.issue('account-1')
    vi.setSystemTime(1_800_000_000_000 + TOKEN_LIFETIME_SECONDS * 1000 - 1)
    expect(await tokens.verify(token)).toBe('account-1')
    vi.setSystemTime(1_800_000_000_000 + TOKEN_LIFETIME_SECONDS * 1000)
    await expect(tokens.verify(token)).rejects.toMatchObject({ code: 'unauthenticated' })
  })

  it.each<[name: string, token: () => Promise<string> | string]>([
    ['is nothing', () => ''],
    ['is text', () => 'letmein'],
    ['has no signature', () => new UnsecuredJWT(payload).setExpirationTime('1h').encode()],
    ['was signed with another secret', () => crafted({}, new TextEncoder().encode('x'.repeat(40)))],
    ['was signed with another algorithm', () => crafted({}, KEY, 'HS384')],
    ['is for another audience', () => crafted({ aud: 'elsewhere' })],
    ['is of another issuer', () => crafted({ iss: 'elsewhere' })],
    ['has no subject', () => crafted({ sub: undefined })],
    ['has no end', () => crafted({ exp: undefined })],
    ['is over', () => crafted({ exp: 1_000 })],
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
    expect(await tokens.verify(await crafted())).toBe('account-1')
  })
})

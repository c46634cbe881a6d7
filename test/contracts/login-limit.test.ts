import { SELF } from 'cloudflare:test'
import { describe, expect, it } from 'vitest'
import { NAME_WINDOW } from '../../worker/services/accounts/login-guard.ts'
import { newAccount, PASSWORD, unique } from './contract-client.ts'

const SENTENCE = 'Too many failed logins: try again later.'
const json = { 'content-type': 'application/json' }

/** How each surface takes a login, and how it says that there were too many. */
const surfaces = {
  openai: {
    path: '/v1/auth/login',
    headers: json,
    body: (login: string, password: string) => JSON.stringify({ login, password }),
    refusal: {
      error: { message: SENTENCE, type: expect.any(String), param: null, code: expect.any(String) },
    },
  },
  agentic: {
    path: '/agentic/api/auth/login',
    headers: json,
    body: (username: string, password: string) => JSON.stringify({ username, password }),
    refusal: { error: expect.any(String), detail: SENTENCE, retry_after: expect.any(Number) },
  },
  dualquery: {
    path: '/dualquery/api/auth/login',
    headers: json,
    body: (email: string, password: string) => JSON.stringify({ email, password }),
    refusal: { detail: SENTENCE },
  },
  rajora: {
    path: '/rajora/api/auth/login',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: (username: string, password: string) => new URLSearchParams({ username, password }).toString(),
    refusal: { detail: SENTENCE, status_code: 429 },
  },
} as const

type Login = (typeof surfaces)[keyof typeof surfaces]

const logIn = ({ path, headers, body }: Login, who: [string, string], more: Record<string, string> = {}) =>
  SELF.fetch(`http://localhost${path}`, {
    method: 'POST',
    headers: { ...headers, ...more },
    body: body(...who),
  })

describe('a password that was guessed too often', () => {
  it('is taken on no surface for a while, not even when it is right, and each says so in its own format', async () => {
    const { account } = await newAccount()
    const name = account.username ?? account.email ?? ''
    const guesses = Array.from({ length: NAME_WINDOW.limit }, () => logIn(surfaces.rajora, [name, 'wrong']))
    expect(new Set((await Promise.all(guesses)).map(({ status }) => status))).toEqual(new Set([401]))
    for (const surface of Object.values(surfaces)) {
      const refused = await logIn(surface, [name, PASSWORD])
      expect(refused.status, surface.path).toBe(429)
      expect(Number(refused.headers.get('retry-after')), surface.path).toBeGreaterThan(0)
      expect(await refused.json(), surface.path).toEqual(surface.refusal)
    }
  })
})

/** A login whose answer was kept would tell the password of whoever has the key, guessed without the guard. */
describe('an Idempotency-Key', () => {
  const key = () => ({ 'idempotency-key': crypto.randomUUID() })

  it.each(Object.entries(surfaces))('is of no use to a login: %s', async (_name, surface) => {
    const { account } = await newAccount()
    const name = account.username ?? ''
    const more = key()
    const statuses = async (password: string, count: number) => {
      const answers = await Promise.all(
        Array.from({ length: count }, () => logIn(surface, [name, password], more)),
      )
      for (const { headers } of answers) expect(headers.get('idempotent-replayed')).toBeNull()
      return new Set(answers.map(({ status }) => status))
    }
    expect(await statuses(PASSWORD, 2)).toEqual(new Set([200]))
    expect(await statuses('wrong', NAME_WINDOW.limit)).toEqual(new Set([401]))
    expect(await statuses(PASSWORD, 1)).toEqual(new Set([429]))
  })

  it.each([
    ['/rajora/api/auth/register', 201],
    ['/dualquery/api/auth/register', 201],
  ])('is of no use to a registration, which is made once by itself: %s', async (path, made) => {
    const name = unique('user')
    const person = { email: `${name}@example.org`, username: name, first_name: 'A', last_name: 'B' }
    const more = key()
    const register = async (password: string) => {
      const body = JSON.stringify({ ...person, full_name: 'A B', name: 'A B', password })
      const request = { method: 'POST', headers: { ...json, ...more }, body }
      return (await SELF.fetch(`http://localhost${path}`, request)).status
    }
    expect(await register(PASSWORD)).toBe(made)
    const again = await register(PASSWORD)
    expect(again).toBeGreaterThanOrEqual(400)
    expect(await register('another password 1A!')).toBe(again)
  })
})

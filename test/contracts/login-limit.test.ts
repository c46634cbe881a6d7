import { SELF } from 'cloudflare:test'
import { describe, expect, it } from 'vitest'
import { NAME_WINDOW } from '../../worker/services/accounts/login-guard.ts'
import { newAccount, PASSWORD } from './contract-client.ts'

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

const logIn = ({ path, headers, body }: (typeof surfaces)[keyof typeof surfaces], ...who: [string, string]) =>
  SELF.fetch(`http://localhost${path}`, { method: 'POST', headers, body: body(...who) })

describe('a password that was guessed too often', () => {
  it('is taken on no surface for a while, not even when it is right, and each says so in its own format', async () => {
    const { account } = await newAccount()
    const name = account.username ?? account.email ?? ''
    const guesses = Array.from({ length: NAME_WINDOW.limit }, () => logIn(surfaces.rajora, name, 'wrong'))
    expect(new Set((await Promise.all(guesses)).map(({ status }) => status))).toEqual(new Set([401]))
    for (const surface of Object.values(surfaces)) {
      const refused = await logIn(surface, name, PASSWORD)
      expect(refused.status, surface.path).toBe(429)
      expect(Number(refused.headers.get('retry-after')), surface.path).toBeGreaterThan(0)
      expect(await refused.json(), surface.path).toEqual(surface.refusal)
    }
  })
})

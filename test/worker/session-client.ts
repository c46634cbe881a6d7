import { SELF } from 'cloudflare:test'
import { expect } from 'vitest'
import { freshAccounts, ORIGIN } from './world.ts'

export const PASSWORD = 'correct horse'

/** The body of a session that was opened or renewed. */
export interface Opened {
  access_token: string
  expires_in: number
  session: { id: string; user_agent: string | null; by_key: boolean; current: boolean; expires_at: number }
  account: { id: string; username: string }
  scopes: string[] | null
}

let people = 0
/** An account that can be signed in to, with limits that no test reaches. */
export async function newPerson(roles: string[] = []) {
  people += 1
  const username = `session-${people}-${crypto.randomUUID()}`
  const { accounts } = freshAccounts()
  const { id } = await accounts.create({
    email: null,
    username,
    password: PASSWORD,
    roles,
    plan: 'enterprise',
  })
  return { id, username }
}

/** More of a request than its path. */
export interface Sent {
  method?: string
  origin?: string | null
  cookie?: string
  token?: string
  body?: object
  userAgent?: string
}

/** A request as a browser sends it from a page of the edge. */
export const send = (
  path: string,
  { method = 'POST', origin = ORIGIN, cookie, token, body, userAgent }: Sent = {},
) =>
  SELF.fetch(ORIGIN + path, {
    method,
    headers: {
      ...(origin === null ? {} : { origin }),
      ...(cookie ? { cookie } : {}),
      ...(token ? { authorization: `Bearer ${token}` } : {}),
      ...(body ? { 'content-type': 'application/json' } : {}),
      ...(userAgent === undefined ? {} : { 'user-agent': userAgent }),
    },
    ...(body ? { body: JSON.stringify(body) } : {}),
  })

/** The cookie that a browser would keep and send again. */
const cookieOf = (response: Response) => (response.headers.get('set-cookie') ?? '').split(';')[0] ?? ''

/** A session, and the cookie that renews it. */
export async function signIn(body: object, more: Sent = {}) {
  const response = await send('/v1/session', { body, ...more })
  expect(response.status).toBe(201)
  return { ...((await response.json()) as Opened), cookie: cookieOf(response), response }
}
export const asPerson = (username: string, more?: Sent) =>
  signIn({ login: username, password: PASSWORD }, more)
export const renew = (cookie: string, more: Sent = {}) => send('/v1/session/renew', { cookie, ...more })
export const listed = async (token: string) =>
  ((await (await send('/v1/sessions', { method: 'GET', token })).json()) as { data: Opened['session'][] })
    .data
export const statusWith = async (token: string) =>
  (await send('/v1/accounts/me', { method: 'GET', token })).status
/** Resolves once an isolate no longer trusts what it has read before. */
export const endedFor = (token: string) => expect.poll(() => statusWith(token)).toBe(401)

export async function expectRefusal(response: Response, status: number, message: RegExp) {
  expect(response.status).toBe(status)
  const { error } = (await response.json()) as { error: { message: string } }
  expect(error.message).toMatch(message)
}

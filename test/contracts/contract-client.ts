import { SELF } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { SignJWT, UnsecuredJWT } from 'jose'
import { expect } from 'vitest'
import { MAX_JSON_DEPTH } from '../../shared/json-text.ts'
import { MAX_JSON_BYTES } from '../../worker/http/input/request-body.ts'
import { createTokens } from '../../worker/services/accounts/tokens.ts'
import { freshAccounts } from '../worker/world.ts'

export interface Call {
  method?: string
  token?: string
  /** Sent as JSON. */
  body?: unknown
  /** Sent as a form. */
  form?: Record<string, string>
  headers?: Record<string, string>
}

/** A request as fetch takes it. */
export function requestInit({ method, token, body, form, headers = {} }: Call): RequestInit {
  const content = form
    ? new URLSearchParams(form).toString()
    : body === undefined
      ? undefined
      : JSON.stringify(body)
  const type = form ? 'application/x-www-form-urlencoded' : 'application/json'
  return {
    method: method ?? (content === undefined ? 'GET' : 'POST'),
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(content === undefined ? {} : { 'content-type': type }),
      ...headers,
    },
    ...(content === undefined ? {} : { body: content }),
  }
}

/** One surface of the real edge, spoken to as a client of its contract does: by path, and by host. */
export function contractClient(name: string) {
  return {
    call: (path: string, call: Call = {}) => SELF.fetch(`http://localhost/${name}${path}`, requestInit(call)),
    callByHost: (path: string, call: Call = {}) =>
      SELF.fetch(`http://${name}.localhost${path}`, requestInit(call)),
    raw: (path: string, init: RequestInit) => SELF.fetch(`http://localhost/${name}${path}`, init),
  }
}

/** An answer as its status and its body. */
export const read = async (response: Response) => [response.status, await response.json()]

/** A word that no other test uses. */
/** Nobody else's: half of a random IPv6 network. Files share a runtime, whose limits by address outlast them. */
export const uniqueAddress = (): string => {
  const [high, low] = crypto.getRandomValues(new Uint16Array(2))
  return `2001:db8:${high?.toString(16)}:${low?.toString(16)}::1`
}

/** Headers of a caller from an address of its own, so that nobody's requests count for another. */
export const from = () => ({ 'cf-connecting-ip': uniqueAddress() })

export const unique = (prefix: string): string => `${prefix}-${crypto.randomUUID().slice(0, 8)}`

export const PASSWORD = 'SecurePass123!'

/** An account of the deployment, and a token of it. */
export async function newAccount({
  roles = [],
  plan = 'free',
  email = null,
  username = unique('user'),
}: {
  roles?: string[]
  plan?: 'free' | 'pro' | 'enterprise'
  email?: string | null
  username?: string | null
} = {}) {
  const { accounts } = freshAccounts()
  const account = await accounts.create({ email, username, password: PASSWORD, roles, plan })
  return { account, token: await createTokens(env.JWT_SECRET).issue(account) }
}

/** An administrator, and what is set by one for the whole deployment, in Rajora's words. */
export async function newAdmin() {
  const admin = await newAccount({ roles: ['admin'], plan: 'enterprise' })
  return {
    ...admin,
    async configure(body: object): Promise<void> {
      const response = await contractClient('rajora').call('/api/admin/config', { token: admin.token, body })
      expect(response.status).toBe(200)
    },
  }
}

const KEY = new TextEncoder().encode(env.JWT_SECRET)
// The key id of the real secret: so that a forgery is not refused for the lack of one.
const headerOf = async (accountId: string) => {
  const [head = ''] = (
    await createTokens(env.JWT_SECRET).issue({ id: accountId, email: null, roles: [] })
  ).split('.')
  return JSON.parse(atob(head)) as { alg: string; typ: string; kid: string }
}
const claims = (accountId: string, audience = 'switchyard') =>
  new SignJWT({ roles: ['admin'] })
    .setSubject(accountId)
    .setIssuer('switchyard')
    .setAudience(audience)
    .setIssuedAt()

/** A token that was good until a minute ago. */
export const expiredToken = async (accountId: string): Promise<string> =>
  claims(accountId)
    .setProtectedHeader(await headerOf(accountId))
    .setExpirationTime(Math.floor(Date.now() / 1000) - 60)
    .sign(KEY)

/** Tokens of an account that exists which must open nothing. */
export const forgeries: [name: string, forge: (accountId: string) => Promise<string>][] = [
  ['text', async () => 'letmein'],
  [
    'a token with alg none',
    async (id) =>
      new UnsecuredJWT()
        .setSubject(id)
        .setIssuer('switchyard')
        .setAudience('switchyard')
        .setExpirationTime('1h')
        .encode(),
  ],
  [
    'a token signed with another secret',
    async (id) =>
      claims(id)
        .setProtectedHeader(await headerOf(id))
        .setExpirationTime('1h')
        .sign(new TextEncoder().encode('x'.repeat(40))),
  ],
  [
    'a token signed with another algorithm',
    async (id) =>
      claims(id)
        .setProtectedHeader({ ...(await headerOf(id)), alg: 'HS512' })
        .setExpirationTime('1h')
        .sign(KEY),
  ],
  [
    'a token for another audience',
    async (id) =>
      claims(id, 'elsewhere')
        .setProtectedHeader(await headerOf(id))
        .setExpirationTime('1h')
        .sign(KEY),
  ],
  [
    'a token of an account that is gone',
    () => createTokens(env.JWT_SECRET).issue({ id: '0'.repeat(24), email: null, roles: ['admin'] }),
  ],
]

const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth)
const JSON_TYPE = { 'content-type': 'application/json' }

/** Bodies that are refused before anybody asks what is in them. */
export const unreadableBodies: [name: string, init: RequestInit, status: number][] = [
  ['malformed JSON', { headers: JSON_TYPE, body: '{"username": ' }, 400],
  ['JSON that is no UTF-8', { headers: JSON_TYPE, body: new Uint8Array([0x22, 0xff, 0x22]) }, 400],
  ['JSON nested 1,000 deep', { headers: JSON_TYPE, body: `{"username": ${nested(1_000)}}` }, 400],
  ['JSON nested one level too deep', { headers: JSON_TYPE, body: nested(MAX_JSON_DEPTH + 1) }, 400],
  ['another content type', { headers: { 'content-type': 'text/plain' }, body: '{}' }, 415],
  ['a body that is too large', { headers: JSON_TYPE, body: `"${'x'.repeat(MAX_JSON_BYTES)}"` }, 413],
]

interface Document {
  paths: Record<string, Record<string, { security: object[]; responses: Record<string, object> }>>
}

/** The operations of a surface in whose document no failure is listed. */
export async function withoutFailures(name: string): Promise<string[]> {
  const { paths } = (await (await contractClient(name).call('/openapi.json')).json()) as Document
  return Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations)
      .filter(([, { responses }]) => !Object.keys(responses).some((status) => /^[45]|default/.test(status)))
      .map(([method]) => `${method.toUpperCase()} ${path}`),
  )
}

/** The operations of a surface as its document has them: those that say they are public, and those that are. */
export async function openOperations(name: string): Promise<{ documented: string[]; found: string[] }> {
  const { call } = contractClient(name)
  const { paths } = (await (await call('/openapi.json')).json()) as Document
  const documented: string[] = []
  const found: string[] = []
  for (const [path, operations] of Object.entries(paths)) {
    for (const [method, { security }] of Object.entries(operations)) {
      const operation = `${method.toUpperCase()} ${path}`
      if (security.length === 0) documented.push(operation)
      const { status } = await call(path, { method: method.toUpperCase() })
      if (status !== 401) found.push(operation)
    }
  }
  return { documented, found }
}

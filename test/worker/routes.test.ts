import { env } from 'cloudflare:workers'
import { decodeProtectedHeader, SignJWT, UnsecuredJWT } from 'jose'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { AppError } from '../../shared/errors.ts'
import { type Config, configOf } from '../../worker/env.ts'
import type { Surface } from '../../worker/http/surface.ts'
import { createTokens } from '../../worker/services/accounts/tokens.ts'
import { agenticSurface } from '../../worker/surfaces/agentic/index.ts'
import { claraSurface } from '../../worker/surfaces/clara/index.ts'
import { dualquerySurface } from '../../worker/surfaces/dualquery/index.ts'
import { openaiSurface } from '../../worker/surfaces/openai/index.ts'
import { scopesFor } from '../../worker/surfaces/openai/scopes.ts'
import { rajoraSurface } from '../../worker/surfaces/rajora/index.ts'
import { rootSurface } from '../../worker/surfaces/root/index.ts'
import { siraSurface } from '../../worker/surfaces/sira/index.ts'
import { createServices, type Services } from '../../worker/wiring.ts'
import { createWorld, type World } from './world.ts'

/** Everything that answers without an account. A line is added here on purpose or not at all. */
const PUBLIC = {
  openai: [
    'DELETE /v1/session',
    'GET /v1/chat/socket',
    'GET /v1/docs',
    'GET /v1/openapi.json',
    'GET /v1/redoc',
    'POST /v1/auth/login',
    'POST /v1/session',
    'POST /v1/session/renew',
  ],
  root: [
    'GET /',
    'GET /assets/:page/:file',
    'GET /console',
    'GET /console/*',
    'GET /docs',
    'GET /health',
    'GET /nodes/bytes/:token',
    'GET /nodes/link',
    'GET /openapi.json',
    'POST /nodes/join',
    'PUT /nodes/bytes/:token',
  ],
}

/** Operations that only an administrator may do, with a body that would be accepted. */
const ADMIN: [route: string, body?: object][] = [
  ['DELETE /v1/nodes/:node_id'],
  ['GET /v1/accounts'],
  ['GET /v1/accounts/:account_id'],
  ['GET /v1/audit'],
  ['GET /v1/metrics'],
  ['GET /v1/nodes'],
  ['GET /v1/nodes/:node_id'],
  ['GET /v1/nodes/events'],
  ['PATCH /v1/accounts/:account_id', { plan: 'pro' }],
  ['POST /v1/accounts', { username: 'somebody', password: 'long enough' }],
  ['POST /v1/nodes/:node_id/drain', {}],
  ['POST /v1/nodes/join-tokens', { name: 'attic' }],
]

const services = createServices(env, configOf(env))
const routesOf = (app: Surface) =>
  [
    ...new Set(
      app.routes.filter(({ method }) => method !== 'ALL').map(({ method, path }) => `${method} ${path}`),
    ),
  ].toSorted()

const openaiRoutes = routesOf(openaiSurface(services))
const closedRoutes = openaiRoutes.filter((route) => !PUBLIC.openai.includes(route))

/** A route as a request: its parameters get a value. */
function requestOf(route: string): { method: string; path: string } {
  const [method = '', path = ''] = route.split(' ')
  return { method, path: path.replaceAll(/:\w+/g, 'some-id') }
}

const KEY = new TextEncoder().encode(env.JWT_SECRET)
const tokens = createTokens(env.JWT_SECRET)
/** An account as a token speaks of it. */
const subject = (id: string) => ({ id, email: null, roles: ['admin'] })
/** The name of the secret in a token's header. */
const KEY_ID = String(decodeProtectedHeader(await tokens.issue(subject('x'))).kid)
const token = (accountId: string, header: object = {}) =>
  new SignJWT()
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT', kid: KEY_ID, ...header })
    .setSubject(accountId)
    .setIssuer('switchyard')
    .setAudience('switchyard')
    .setIssuedAt()

let world: World
let adminId: string
beforeAll(async () => {
  world = await createWorld()
  adminId = (await services.accounts.authenticate(world.adminKey)).id
})

/** Credentials that must open nothing, each of an account that exists and is an administrator. */
const forgeries: [name: string, forge: () => Promise<string> | string][] = [
  ['a key that does not exist', () => `sk-${'x'.repeat(43)}`],
  ['the beginning of a real key', () => world.adminKey.slice(0, -1)],
  ['a real key in another case', () => `sk-${world.adminKey.slice(3).toUpperCase()}`],
  ['text', () => 'letmein'],
  ['a token without an end', () => token(adminId).sign(KEY)],
  [
    'a token with alg none',
    () =>
      new UnsecuredJWT()
        .setSubject(adminId)
        .setIssuer('switchyard')
        .setAudience('switchyard')
        .setExpirationTime('1h')
        .encode(),
  ],
  [
    'a token signed with another secret',
    () =>
      token(adminId)
        .setExpirationTime('1h')
        .sign(new TextEncoder().encode('x'.repeat(40))),
  ],
  [
    'a token signed with another algorithm',
    () => token(adminId, { alg: 'HS512' }).setExpirationTime('1h').sign(KEY),
  ],
  [
    'a token for another audience',
    () => token(adminId).setAudience('elsewhere').setExpirationTime('1h').sign(KEY),
  ],
  [
    'a token of another issuer',
    () => token(adminId).setIssuer('elsewhere').setExpirationTime('1h').sign(KEY),
  ],
  [
    'a token whose payload was changed',
    async () => {
      const [head, , signature] = (await tokens.issue(subject('someone-else'))).split('.')
      const [, payload] = (await tokens.issue(subject(adminId))).split('.')
      return [head, payload, signature].join('.')
    },
  ],
  ['a token of an account that is gone', () => tokens.issue(subject('0'.repeat(24)))],
  [
    'a token that names no secret',
    () => token(adminId, { kid: undefined }).setExpirationTime('1h').sign(KEY),
  ],
  [
    'a token that names an unknown secret',
    () => token(adminId, { kid: '00000000' }).setExpirationTime('1h').sign(KEY),
  ],
  [
    'a token of a secret that is no longer in use',
    () => createTokens('a secret of the past, of thirty-two characters').issue(subject(adminId)),
  ],
]

describe('the routes of the edge', () => {
  it('walks routes at all', () => expect(closedRoutes.length).toBeGreaterThan(10))

  it('that ask for no account are exactly these, on /v1', async () => {
    const authenticate = vi.fn(() => Promise.reject(new AppError('unauthenticated', 'no')))
    const app = openaiSurface({ ...services, accounts: { ...services.accounts, authenticate } })
    const open: string[] = []
    for (const route of openaiRoutes) {
      const { method, path } = requestOf(route)
      authenticate.mockClear()
      await app.request(path, { method, headers: { authorization: 'Bearer anything' } }, env)
      if (authenticate.mock.calls.length === 0) open.push(route)
    }
    expect(open).toEqual(PUBLIC.openai)
  })

  it('that ask for no account are exactly these, outside of any contract', async () => {
    const app = rootSurface(services, [])
    const routes = routesOf(app)
    expect(routes).toEqual(PUBLIC.root)
    for (const route of routes) {
      const { method, path } = requestOf(route)
      const response = await app.request(
        path,
        { method, headers: { 'content-type': 'application/json' } },
        env,
      )
      // Whatever is not listed as public is closed; a token that opens nothing is refused in other words.
      expect(await response.text(), route).not.toContain('This route is closed.')
    }
  })

  it.each(closedRoutes)('%s answers 401 to who names nobody', async (route) => {
    const { method, path } = requestOf(route)
    for (const authorization of [
      undefined,
      '',
      'Bearer',
      'Bearer ',
      'Basic YWRtaW46YWRtaW4=',
      world.adminKey,
    ]) {
      const headers = authorization === undefined ? {} : { authorization }
      const response = await openaiSurface(services).request(path, { method, headers }, env)
      expect(response.status, authorization).toBe(401)
      expect(response.headers.get('www-authenticate')).toBe('Bearer')
      expect(await response.json()).toEqual({
        error: {
          message: 'The API key or access token is missing: send Authorization: Bearer <key>.',
          type: 'authentication_error',
          param: null,
          code: 'invalid_api_key',
        },
      })
    }
  })

  it.each(forgeries)('all of them answer %s with 401 in the same words', async (_name, forge) => {
    const key = await forge()
    for (const route of closedRoutes) {
      const { method, path } = requestOf(route)
      const response = await world.request(path, { method, key })
      expect(response.status, route).toBe(401)
      expect(await response.json()).toEqual({
        error: {
          message: 'The API key or access token is missing or not valid.',
          type: 'authentication_error',
          param: null,
          code: 'invalid_api_key',
        },
      })
    }
  })

  it('answers HEAD as strictly as GET', async () => {
    expect((await world.request('/v1/nodes', { method: 'HEAD', key: '' })).status).toBe(401)
    expect((await world.request('/v1/nodes', { method: 'HEAD', key: world.viewerKey })).status).toBe(403)
    expect((await world.request('/v1/nodes', { method: 'HEAD' })).status).toBe(200)
  })

  it('open to a token that we issued', async () => {
    const key = await tokens.issue(subject(adminId))
    expect((await world.request('/v1/nodes', { key })).status).toBe(200)
  })

  it('open to a token of the secret before, while the deployment still names that one', async () => {
    const rotated = { ...configOf(env), JWT_SECRET: 'the next secret, of thirty-two characters or more' }
    const statusWith = async (config: Config, key: string) => {
      const app = openaiSurface(createServices(env, config))
      const headers = { authorization: `Bearer ${key}` }
      return (await app.request('/v1/accounts/me', { headers }, env)).status
    }
    const old = await tokens.issue(subject(adminId))
    expect(await statusWith({ ...rotated, JWT_SECRET_PREVIOUS: env.JWT_SECRET }, old)).toBe(200)
    expect(await statusWith(rotated, old)).toBe(401)
  })

  it.each(ADMIN)('%s is 403 for an account that is no administrator', async (route, body) => {
    expect(closedRoutes).toContain(route)
    const { method, path } = requestOf(route)
    const response = await world.request(path, { method, body, key: world.viewerKey })
    expect(response.status).toBe(403)
    expect(await response.json()).toMatchObject({ error: { type: 'permission_error', code: 'forbidden' } })
  })

  it('that speak of nodes, of others’ accounts, of changes and of metrics are all for administrators', () => {
    const ofTheDeployment = closedRoutes.filter((route) =>
      /^\S+ \/v1\/(nodes|metrics|accounts|audit)(?!\/me(?:$|\/))/.test(route),
    )
    expect(ofTheDeployment).toEqual(ADMIN.map(([route]) => route).toSorted())
  })

  it('all of them tell an expired token from a wrong one', async () => {
    const key = await token(adminId)
      .setExpirationTime(Math.floor(Date.now() / 1000) - 60)
      .sign(KEY)
    for (const route of closedRoutes) {
      const { method, path } = requestOf(route)
      const response = await world.request(path, { method, key })
      expect(response.status, route).toBe(401)
      expect(response.headers.get('www-authenticate')).toBe('Bearer')
      expect(await response.json()).toEqual({
        error: {
          message: 'The access token has expired.',
          type: 'authentication_error',
          param: null,
          code: 'token_expired',
        },
      })
    }
  })

  it('each ask keys with scopes for one of them', () => {
    for (const route of closedRoutes) expect(scopesFor(route), route).not.toEqual([])
    expect(scopesFor('GET /v1/accounts/me')).toEqual(['account'])
    expect(scopesFor('GET /v1/accounts/:account_id')).toEqual(['admin'])
    expect(scopesFor('GET /v1/modelsX')).toEqual([])
  })
})

/** The five contracts: how each is built, and what it answers without an account. */
const CONTRACTS: Record<string, { create: (all: Services) => Surface; open: string[] }> = {
  agentic: { create: agenticSurface, open: ['POST /api/auth/login'] },
  clara: { create: claraSurface, open: [] },
  dualquery: { create: dualquerySurface, open: ['POST /api/auth/login', 'POST /api/auth/register'] },
  // A socket says who it is in its first frame.
  rajora: {
    create: rajoraSurface,
    open: ['POST /api/auth/login', 'POST /api/auth/register', 'GET /ws/chat'],
  },
  sira: { create: siraSurface, open: [] },
}
/** The operations by which every contract describes itself to anyone. */
const SELF_DESCRIPTION = ['GET /', 'GET /docs', 'GET /health', 'GET /openapi.json', 'GET /redoc']

describe.each(Object.entries(CONTRACTS))('the routes of %s', (mount, { create, open }) => {
  const app = create({ ...services, claraSecurityMode: 'production' })
  const routes = routesOf(app)
  const closed = routes.filter((route) => ![...SELF_DESCRIPTION, ...open].includes(route))
  /** The address differs from test to test: some contracts limit by it. */
  const ask = (route: string, headers: Record<string, string>, address: string) => {
    const { method, path } = requestOf(route)
    const sent = { ...headers, 'cf-connecting-ip': address }
    return app.request(`http://localhost/${mount}${path}`, { method, headers: sent }, env)
  }

  it('that ask for no account are exactly these', async () => {
    expect(routes).toEqual(expect.arrayContaining([...SELF_DESCRIPTION, ...open]))
    const answered = await Promise.all(
      routes.map(async (route) => ({ route, status: (await ask(route, {}, '192.0.2.1')).status })),
    )
    const refused = answered.filter(({ status }) => status === 401).map(({ route }) => route)
    expect(refused).toEqual(closed)
  })

  it.each(forgeries)('all of them answer %s in the same words', async (name, forge) => {
    const authorization = `Bearer ${await forge()}`
    // A key is told, by its form alone, that it is not taken.
    const sameKind = `Bearer ${authorization.startsWith('Bearer sk-') ? 'sk-' : ''}letmein`
    const address = `198.51.100.${forgeries.findIndex(([known]) => known === name)}`
    for (const route of closed) {
      const response = await ask(route, { authorization }, address)
      expect(response.status, route).toBe(401)
      expect(response.headers.get('www-authenticate'), route).toBe('Bearer')
      const nonsense = await ask(route, { authorization: sameKind }, address)
      expect(await response.text(), route).toBe(await nonsense.text())
    }
  })
})

interface Operation {
  operationId?: string
  security?: object[]
  responses: Record<string, unknown>
}
interface Document {
  openapi: string
  paths: Record<string, Record<string, Operation>>
  components: { securitySchemes: Record<string, unknown> }
}

describe('GET /v1/openapi.json', () => {
  const documentOf = async () =>
    (await (await world.request('/v1/openapi.json', { key: '' })).json()) as Document
  const operationsOf = (document: Document) =>
    Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({
        route: `${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`,
        operation,
      })),
    )

  it('is OpenAPI 3.1', async () => {
    expect((await documentOf()).openapi).toMatch(/^3\.1\./)
  })

  it('documents every route but the document itself and its reader', async () => {
    const documented = operationsOf(await documentOf()).map(({ route }) => route)
    const expected = openaiRoutes
      .filter((route) => !['GET /v1/docs', 'GET /v1/openapi.json', 'GET /v1/redoc'].includes(route))
      .map((route) => route.replace('{.+}', ''))
    expect(documented.toSorted()).toEqual(expected)
  })

  it('says of every operation how to name oneself, or that it is public', async () => {
    const document = await documentOf()
    expect(Object.keys(document.components.securitySchemes)).toEqual(['bearer'])
    for (const { route, operation } of operationsOf(document)) {
      const expected = PUBLIC.openai.includes(route) ? [] : [{ bearer: [] }]
      expect(operation.security, route).toEqual(expected)
    }
  })

  it('gives every operation a name of its own and a failure', async () => {
    const operations = operationsOf(await documentOf())
    const names = operations.map(({ operation }) => operation.operationId)
    expect(names.every(Boolean)).toBe(true)
    expect(new Set(names).size).toBe(names.length)
    for (const { route, operation } of operations)
      expect(Object.keys(operation.responses), route).toContain('default')
  })
})

import { SELF } from 'cloudflare:test'
import { beforeAll, describe, expect, it } from 'vitest'
import { AppError } from '../../../shared/errors.ts'
import { createLogger } from '../../../shared/log.ts'
import { isLocalOrigin } from '../../../worker/http/browser-safety.ts'
import { documentationOf, documentationRoutes } from '../../../worker/http/docs.ts'
import { createSurface } from '../../../worker/http/surface.ts'
import { testAccount, uniqueModel } from '../samples.ts'
import { createWorld, type World } from '../world.ts'

let world: World
beforeAll(async () => {
  world = await createWorld()
})

const fetchFrom = (path: string, init: RequestInit = {}) => SELF.fetch(`http://localhost${path}`, init)

/** The headers that every response has, whatever it is. */
function expectSafe(response: Response): void {
  expect(Object.fromEntries(response.headers)).toMatchObject({
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'strict-transport-security': 'max-age=31536000',
    'content-security-policy': expect.stringMatching(/(^|; )frame-ancestors 'none'(;|$)/),
  })
}

/** An account's own route of each surface. */
const PRIVATE_ROUTES = [
  '/v1/keys',
  '/rajora/api/models/list',
  '/agentic/v1/models',
  '/dualquery/api/chats',
  '/sira/api/profiles',
]
const BASES = ['/v1', '/rajora', '/agentic', '/dualquery', '/sira', '/clara']

describe('every response', () => {
  it.each(['/', '/health', '/openapi.json', '/nothing', ...BASES.map((base) => `${base}/openapi.json`)])(
    'to GET %s is safe in a browser',
    async (path) => expectSafe(await fetchFrom(path)),
  )

  it.each(BASES)('of %s that says that there is nothing is, too', async (base) => {
    const response = await fetchFrom(`${base}/nothing`)
    expect(response.status).toBe(404)
    expectSafe(response)
    expect(response.headers.get('content-security-policy')).toBe("default-src 'none'; frame-ancestors 'none'")
  })

  it.each(PRIVATE_ROUTES)('that refuses a stranger (%s) is, and is kept by no cache', async (path) => {
    const response = await fetchFrom(path)
    expect(response.status).toBe(401)
    expectSafe(response)
    expect(response.headers.get('cache-control')).toBe('no-store')
  })

  it('that is a stream is, and is kept by no cache', async () => {
    const { id, holding } = uniqueModel()
    const node = await world.addNode({ models: [holding] })
    const asking = world.request('/v1/chat/completions', {
      body: { model: id, messages: [{ role: 'user', content: 'Hi' }], stream: true },
    })
    await node.answer(['Hello'])
    const response = await asking
    expect(response.headers.get('content-type')).toContain('text/event-stream')
    expectSafe(response)
    expect(response.headers.get('cache-control')).toBe('no-store')
    await response.text()
    node.close()
  })

  it('that opens a socket is', async () => {
    const response = await fetchFrom('/rajora/ws/chat', { headers: { upgrade: 'websocket' } })
    expect(response.status).toBe(101)
    expectSafe(response)
    response.webSocket?.accept()
    response.webSocket?.close()
  })

  it('that is a file of a page is, and may be cached', async () => {
    const response = await fetchFrom('/assets/swagger-ui/swagger-ui.css')
    expect(response.status).toBe(200)
    expectSafe(response)
    expect(response.headers.get('cache-control')).not.toBe('no-store')
    await response.arrayBuffer()
  })
})

describe('caches', () => {
  it.each([
    ['POST', '/v1/auth/login'],
    ['POST', '/rajora/api/auth/login'],
    ['POST', '/rajora/api/auth/register'],
    ['POST', '/dualquery/api/auth/login'],
    ['POST', '/dualquery/api/auth/register'],
    ['POST', '/agentic/api/auth/login'],
    ['POST', '/nodes/join'],
  ])('keep nothing of %s %s, which anyone may call', async (method, path) => {
    const response = await fetchFrom(path, { method })
    expect(response.status).toBeGreaterThanOrEqual(400)
    expect(response.headers.get('cache-control')).toBe('no-store')
  })

  it('keep no key', async () => {
    const made = await world.request('/v1/keys', { body: { name: 'mine' } })
    expect(made.status).toBe(201)
    expect(made.headers.get('cache-control')).toBe('no-store')
    expect((await world.request('/v1/keys')).headers.get('cache-control')).toBe('no-store')
  })

  it.each(['/', '/health', '/rajora/', '/agentic/', '/clara/health', '/v1/openapi.json'])(
    'may keep what anyone may read: %s',
    async (path) => expect((await fetchFrom(path)).headers.get('cache-control')).toBeNull(),
  )
})

describe('a page of ours', () => {
  it.each(['/v1/docs', '/v1/redoc', '/sira/docs', '/sira/redoc'])(
    '(%s) runs only the scripts that carry its nonce, and is never given the same one',
    async (path) => {
      const response = await fetchFrom(path)
      expectSafe(response)
      const policy = response.headers.get('content-security-policy') ?? ''
      const [, nonce] = /script-src 'nonce-([^']+)'/.exec(policy) ?? []
      expect(nonce).toMatch(/^[\w+/]{22}==$/)
      const scripts = (await response.text()).match(/<script[^>]*>/g) ?? []
      expect(scripts).toHaveLength(2)
      for (const script of scripts) expect(script).toContain(`nonce="${nonce}"`)
      const again = await fetchFrom(path)
      expect(again.headers.get('content-security-policy')).not.toContain(nonce)
    },
  )

  it('speaks to its own origin alone', async () => {
    const policy = (await fetchFrom('/v1/docs')).headers.get('content-security-policy')
    expect(policy?.replace(/nonce-[^']+/, 'nonce')).toBe(
      "default-src 'none'; script-src 'nonce'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; " +
        "font-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    )
  })
})

describe('pages of other origins', () => {
  const preflight = (path: string) =>
    fetchFrom(path, {
      method: 'OPTIONS',
      headers: {
        origin: 'https://front.example',
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization,content-type',
      },
    })

  it.each(['/v1/chat/completions', '/rajora/api/chat', '/sira/api/profiles', '/'])(
    'may call: the preflight of %s',
    async (path) => {
      const response = await preflight(path)
      expect(response.status).toBe(204)
      expectSafe(response)
      expect(Object.fromEntries(response.headers)).toMatchObject({
        'access-control-allow-origin': '*',
        'access-control-allow-methods': expect.stringContaining('PATCH'),
        'access-control-allow-headers': 'authorization,content-type',
        'access-control-max-age': '600',
      })
    },
  )

  const shown = async (path: string) =>
    (await fetchFrom(path, { headers: { origin: 'https://front.example' } })).headers
      .get('access-control-expose-headers')
      ?.toLowerCase()
      .split(',')

  it('are shown the headers of the surface that answers, and no other’s', async () => {
    const common = ['x-request-id', 'retry-after', 'x-should-retry', 'etag', 'idempotent-replayed']
    const usual = ['x-ratelimit-limit', 'x-ratelimit-remaining', 'x-ratelimit-reset']
    expect(await shown('/')).toEqual(common)
    expect(await shown('/dualquery/')).toEqual([...common, 'link'])
    expect(await shown('/agentic/')).toEqual([...common, ...usual])
    expect(await shown('/clara/')).toEqual([...common, ...usual])
    expect(await shown('/rajora/')).toEqual([...common, 'x-conversation-id', ...usual])
    const ofFiles = ['etag', 'last-modified', 'accept-ranges', 'content-range', 'content-disposition']
    const ofLimits = [...usual, 'ratelimit', 'ratelimit-policy']
    expect(await shown('/v1/models')).toEqual([...common, 'x-unenforced-tools', ...ofFiles, ...ofLimits])
    expect(await shown('/sira/')).toEqual([
      ...common,
      'x-ratelimit-limit-minute',
      'x-ratelimit-remaining-minute',
      'x-ratelimit-limit-hour',
      'x-ratelimit-remaining-hour',
    ])
  })
})

describe('an origin', () => {
  it.each([
    'http://localhost',
    'http://localhost:3000',
    'https://localhost:8443',
    'http://127.0.0.1:5173',
    'http://[::1]:8787',
    'http://clara.localhost:8787',
    'http://a.b.localhost',
  ])('of this machine: %s', (origin) => expect(isLocalOrigin(origin)).toBe(true))

  it.each([
    '',
    'null',
    'https://example.com',
    'http://localhost.example.com',
    'http://notlocalhost',
    'http://127.0.0.1.example.com',
    'http://127.0.0.2.nip.io',
    'http://10.0.0.1:3000',
    'http://[::2]',
    'file://localhost',
    'chrome-extension://localhost',
  ])('of elsewhere: %j', (origin) => expect(isLocalOrigin(origin)).toBe(false))
})

describe('in development', () => {
  const app = createSurface({
    name: 'x',
    basePath: '',
    title: 'X',
    version: '1.0.0',
    errorBody: ({ code }) => ({ code }),
    authenticate: async (c) => {
      if (c.req.header('authorization') === undefined) throw new AppError('unauthenticated', 'Who?')
      return testAccount()
    },
    publicRoutes: ['GET /open', ...documentationOf('')],
    securitySchemes: {},
    traffic: { note: () => {} },
    log: createLogger(() => {}),
    isDevelopment: true,
  })
  app.get('/open', (c) => c.text('open'))
  documentationRoutes(app, '', 'X')
  const from = (origin: string, init: RequestInit = {}) =>
    app.request('/open', { headers: { origin }, ...init })

  it('nothing is said of HTTPS, and all else stays', async () => {
    for (const path of ['/open', '/docs', '/nothing']) {
      const { headers } = await app.request(path)
      expect(headers.get('strict-transport-security')).toBeNull()
      expect(headers.get('x-content-type-options')).toBe('nosniff')
      expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'")
    }
  })

  it('pages of this machine may call', async () => {
    const response = await from('http://localhost:3000')
    expect(response.headers.get('access-control-allow-origin')).toBe('http://localhost:3000')
    expect(response.headers.get('vary')).toContain('Origin')
  })

  it.each(['https://evil.example', 'null', 'http://localhost.evil.example'])(
    'a page of %s may read nothing, and its preflight fails',
    async (origin) => {
      expect((await from(origin)).headers.get('access-control-allow-origin')).toBeNull()
      const preflight = await from(origin, {
        method: 'OPTIONS',
        headers: { origin, 'access-control-request-method': 'POST' },
      })
      expect(preflight.headers.get('access-control-allow-origin')).toBeNull()
    },
  )
})

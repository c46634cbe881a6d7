import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ScriptedServer } from './scripted-server.ts'
import { type Asked, hasPython, SDKS, type SdkDriver } from './sdk-driver.ts'

const KEY = 'raj_a-secret-of-the-tests'
const HELLO = { messages: [{ role: 'user', content: 'Hello!' }], model: 'starter' }
const ANSWER = { content: 'Hi.', model: 'starter', tokens_used: 9, latency_ms: 5, conversation_id: 7 }
const USER = { id: 3, email: null, username: 'anna', full_name: null, is_admin: false }
const MODEL = {
  ...{ id: 'a/b', name: 'B', description: 'A model.', context_length: 2_048, cost_per_1k_tokens: 0.5 },
  ...{ latency_p50_ms: null, latency_p99_ms: 7.5, available: true, provider: 'switchyard' },
}
const tiers = <Limits>(limits: Limits) => ({
  ...limits,
  tiers: { free: limits, pro: limits, enterprise: limits },
})
const CONFIG = {
  feature_flags: { chat_enabled: true, streaming_enabled: true },
  default_model: null,
  rate_limits: tiers({ requests_per_minute: null, tokens_per_day: 9 }),
  storage_limits: tiers({ bytes: 1, files: null }),
  cost_per_1k_tokens: { starter: 0.5 },
  maintenance_mode: false,
}
const STATISTICS = {
  users: { total: 2, active: 1, admins: 1 },
  api: { total_calls: 5, calls_today: 1, total_tokens: 99 },
  models: { active: 1, total_requests: 5 },
}
const CONVERSATION = {
  ...{ id: 7, title: 'Hello!', model_name: null },
  ...{ created_at: '2026-01-01T00:00:00Z', updated_at: '2026-01-01T00:00:00Z' },
}
const BENCHMARKS = {
  model_id: 'a/b',
  benchmarks: {},
  performance: { avg_latency_ms: null, tokens_per_second: 3.5 },
}
const whole = { body: JSON.stringify(ANSWER) }
const later = (status: number, after = '0') => ({
  status,
  headers: { 'retry-after': after },
  body: '{"detail":"Later."}',
})

let server: ScriptedServer
beforeAll(async () => {
  server = await ScriptedServer.start()
})
afterAll(() => server.close())

it.skipIf(hasPython)(
  'skips the Python SDK: Debian’s python3, python3-httpx and python3-websockets are not here',
  () => {
    expect(hasPython).toBe(false)
  },
)

describe.each(SDKS)('the SDK in %s', (_name, start) => {
  let sdk: SdkDriver
  beforeAll(() => {
    sdk = start()
  })
  afterAll(() => sdk.close())
  const options = () => ({ apiKey: KEY, baseURL: server.baseURL })
  const chat = (more = {}) => sdk.ask({ call: 'chat', with: HELLO, options: { ...options(), ...more } })

  it('sends what it is given, and answers with every field', async () => {
    server.script(whole)
    expect(await chat()).toMatchObject({ result: ANSWER })
    const [request] = server.heard
    expect(request).toMatchObject({ method: 'POST', url: '/rajora/api/chat/completions' })
    expect(request?.headers['x-api-key']).toBe(KEY)
    expect(request?.headers.authorization).toBeUndefined()
    expect(JSON.parse(request?.body ?? '')).toEqual(HELLO)
  })

  it('shows a token in its own header, and asks by a model’s whole name', async () => {
    server.script({ body: '[]' })
    await sdk.ask({
      call: 'models',
      method: 'get',
      arguments: ['a/b c:d'],
      options: { token: 'abc', baseURL: server.baseURL },
    })
    expect(server.heard[0]?.headers.authorization).toBe('Bearer abc')
    expect(server.heard[0]?.headers['x-api-key']).toBeUndefined()
    expect(server.heard[0]?.url).toBe('/rajora/api/models/a%2Fb%20c%3Ad')
  })

  it('logs in with a form', async () => {
    server.script({ body: '{"access_token":"t","token_type":"bearer"}' })
    expect(await sdk.ask({ call: 'login', options: options() })).toMatchObject({
      result: { access_token: 't' },
    })
    expect(server.heard[0]?.body).toBe('username=anna&password=secret+of+anna')
  })

  const registration = { email: 'anna@example.com', username: 'anna', password: 'secret of anna' }
  it.each<[call: Asked['call'], method: string, request: string, answer: object, given?: Partial<Asked>]>([
    ['auth', 'register', 'POST /api/auth/register', { ...USER, api_key: KEY }, { named: registration }],
    ['auth', 'me', 'GET /api/auth/me', USER],
    ['chat.conversations', 'list', 'GET /api/chat/conversations', [CONVERSATION]],
    ['chat.conversations', 'list', 'GET /api/chat/conversations?limit=2', [], { named: { limit: 2 } }],
    ['models', 'list', 'GET /api/models/list', [MODEL]],
    ['models', 'get', 'GET /api/models/a%2Fb', MODEL, { arguments: ['a/b'] }],
    ['models', 'benchmarks', 'GET /api/models/a%2Fb/benchmarks', BENCHMARKS, { arguments: ['a/b'] }],
    ['admin', 'stats', 'GET /api/admin/stats', STATISTICS],
    ['admin', 'config', 'GET /api/admin/config', CONFIG],
    ['admin', 'updateConfig', 'POST /api/admin/config', CONFIG, { arguments: [{ default_model: null }] }],
  ])('has %s.%s: %s', async (call, method, request, answer, given = {}) => {
    server.script({ body: JSON.stringify(answer) })
    const told = await sdk.ask({ call, method, options: options(), ...given })
    expect(told.result).toEqual(answer)
    const [heard] = server.heard
    expect(`${heard?.method} ${heard?.url.replace('/rajora', '')}`).toBe(request)
    if (heard?.method === 'POST')
      expect(JSON.parse(heard.body)).toMatchObject({ ...given.named, ...(given.arguments?.[0] as object) })
    // A program that prints what it was answered prints no key.
    expect(told.shown ?? '').not.toContain(KEY)
  })

  it.each([408, 429, 500, 502, 503])('tries again after %i, with one key for all tries', async (status) => {
    server.script(later(status), later(status), whole)
    expect(await chat()).toMatchObject({ result: ANSWER })
    const keys = server.heard.map(({ headers }) => headers['idempotency-key'])
    expect(keys).toHaveLength(3)
    expect(keys[0]).toMatch(/^[\x21-\x7e]{16,255}$/)
    expect(new Set(keys).size).toBe(1)
  })

  it('gives another call another key', async () => {
    server.script(whole)
    await chat()
    await chat()
    expect(new Set(server.heard.map(({ headers }) => headers['idempotency-key'])).size).toBe(2)
  })

  it.each([400, 401, 403, 404, 409, 422])('does not try again after %i', async (status) => {
    server.script({ status, headers: { 'x-request-id': 'r-1' }, body: '{"detail":"No.","status_code":0}' })
    const { error } = await chat()
    expect(error).toMatchObject({
      kind: 'RajoraError',
      status,
      detail: 'No.',
      requestId: 'r-1',
      retryAfter: null,
    })
    expect(server.heard).toHaveLength(1)
  })

  it('waits for its own first try, whose answer was lost, when that is still at work', async () => {
    server.script((response) => void response.socket?.destroy(), later(409), whole)
    expect(await chat()).toMatchObject({ result: ANSWER })
    expect(server.heard).toHaveLength(3)
  })

  it('tries again after a connection that failed, and says so in the end', async () => {
    server.script((response) => void response.socket?.destroy())
    const { error } = await chat()
    expect(error).toMatchObject({ status: null, detail: 'The connection failed.' })
    expect(server.heard).toHaveLength(3)
  })

  it('tries again when an answer breaks off in its middle', async () => {
    server.script((response) => {
      response.writeHead(200, { 'content-length': '100' })
      response.write('{"content":', () => response.socket?.destroy())
    }, whole)
    expect(await chat()).toMatchObject({ result: ANSWER })
    expect(new Set(server.heard.map(({ headers }) => headers['idempotency-key'])).size).toBe(1)
    expect(server.heard).toHaveLength(2)
  })

  it('follows nobody to another address, where its key would be heard', async () => {
    const elsewhere = await ScriptedServer.start()
    server.script({ status: 307, headers: { location: `${elsewhere.baseURL}/api/models/list` } })
    const { error } = await sdk.ask({ call: 'models', method: 'list', options: options() })
    expect(error).toMatchObject({ status: 307, detail: 'The server answered 307 Temporary Redirect' })
    expect(elsewhere.heard).toEqual([])
    await elsewhere.close()
  })

  it('sends through the client that it is given', async () => {
    server.script({ body: '[]' })
    await sdk.ask({ call: 'models', method: 'list', options: options(), ownHeader: 'mine' })
    expect(server.heard[0]?.headers['x-own']).toBe('mine')
    expect(server.heard[0]?.headers['idempotency-key']).toBeUndefined()
  })

  it('is told by its environment who asks, and where', async () => {
    const environment = { RAJORA_API_KEY: KEY, RAJORA_BASE_URL: server.baseURL }
    server.script({ body: '[]' })
    const list = { call: 'models', method: 'list', environment } as const
    await sdk.ask({ ...list })
    await sdk.ask({ ...list, options: { apiKey: 'raj_other' } })
    await sdk.ask({ ...list, options: { token: 'abc' } })
    expect(server.heard.map(({ headers }) => headers['x-api-key'])).toEqual([KEY, 'raj_other', undefined])
    const unset = { environment: { RAJORA_API_KEY: '', RAJORA_BASE_URL: '' } }
    await sdk.ask({ ...list, ...unset, options: { baseURL: server.baseURL } })
    expect(server.heard[3]?.headers['x-api-key']).toBeUndefined()
    expect((await sdk.ask({ ...list, ...unset })).error?.text).toContain('RAJORA_BASE_URL')
  })

  it('tries as often as it is told', async () => {
    server.script(later(503))
    expect((await chat({ maxRetries: 0 })).error).toMatchObject({ status: 503, retryAfter: 0 })
    expect(server.heard).toHaveLength(1)
  })

  it.each([
    ['61', 61],
    ['9'.repeat(400), Number.POSITIVE_INFINITY],
    ['Fri, 31 Dec 9999 23:59:59 GMT', expect.any(Number)],
  ])('does not wait for longer than a minute: %s', async (given, retryAfter) => {
    server.script(later(429, given))
    expect((await chat()).error).toMatchObject({ status: 429, retryAfter })
    expect(server.heard).toHaveLength(1)
  })

  it('waits until a date that is soon', async () => {
    server.script(later(503, new Date(Date.now() + 30_000).toUTCString()), whole)
    const { error } = await chat({ maxRetries: 0 })
    expect(error?.retryAfter).toBeGreaterThan(0)
    expect(error?.retryAfter).toBeLessThanOrEqual(30)
  })

  it.each([
    ['Sun, 06 Nov 1994 08:49:37 GMT', 0],
    ['-5', 0],
    ['soon', null],
    ['in 5', null],
    ['', null],
    ['99999999999999999999', 1e20],
  ])('reads the Retry-After %j', async (given, retryAfter) => {
    server.script(later(503, given))
    expect((await chat({ maxRetries: 0 })).error).toMatchObject({ retryAfter })
  })

  it.each([
    ['a page', '<html><h1>502 Bad Gateway</h1></html>', 'The server answered 502 Bad Gateway'],
    ['nothing', '', 'The server answered 502 Bad Gateway'],
    ['JSON that is no object', '7', 'The server answered 502 Bad Gateway'],
  ])('speaks for %s', async (_what, body, detail) => {
    server.script({ status: 502, body })
    expect((await chat({ maxRetries: 0 })).error).toMatchObject({ status: 502, detail })
  })

  it('shows a list of faults', async () => {
    server.script({ status: 422, body: '{"detail":[{"msg":"required"}]}' })
    expect((await chat()).error?.detail?.replaceAll(' ', '')).toBe('[{"msg":"required"}]')
  })

  it.each(['{"content":"Hi', '', '<html>'])('refuses the answer %j by name', async (body) => {
    server.script({ headers: { 'x-request-id': 'r-2' }, body })
    expect((await chat()).error).toMatchObject({ kind: 'RajoraError', status: 200, requestId: 'r-2' })
  })

  it.each(['', 'raj_é', 'raj_a\nb', 'two words'])(
    'refuses the key %j without repeating it',
    async (apiKey) => {
      const { error } = await chat({ apiKey })
      expect(error?.kind).toMatch(/^(Type|Value)Error$/)
      if (apiKey) expect(error?.text).not.toContain(apiKey)
    },
  )

  it.each(['', '/', '///'])('takes a base URL with %j at its end', async (end) => {
    server.script(whole)
    await chat({ baseURL: server.baseURL + end })
    expect(server.heard[0]?.url).toBe('/rajora/api/chat/completions')
  })

  it('takes a base URL without a path', async () => {
    server.script(whole)
    await chat({ baseURL: new URL(server.baseURL).origin })
    expect(server.heard[0]?.url).toBe('/api/chat/completions')
  })

  it.each([
    '',
    'nothing',
    'http://127.0.0.1:99999',
    'ftp://127.0.0.1/rajora',
    'http://anna:pass@127.0.0.1/',
    'http://127.0.0.1/?a=b',
  ])('refuses the base URL %j', async (baseURL) => {
    expect((await chat({ baseURL })).error?.kind).toMatch(/^(Type|Value)Error$/)
  })

  it('shows its key nowhere', async () => {
    const shown = await sdk.ask({ call: 'shown', options: options() })
    server.script({ status: 401, body: '{"detail":"The key is not valid."}' })
    const refused = await chat()
    server.script((response) => void response.socket?.destroy())
    const failed = await chat()
    server.onSocket = (socket) => socket.once('message', () => socket.close(4401))
    const unheard = await sdk.ask({ call: 'socket', options: options() })
    expect(unheard.error).toMatchObject({ status: 401 })
    expect(JSON.stringify([shown, refused, failed, unheard])).not.toContain(KEY)
  })
})

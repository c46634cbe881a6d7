import { SELF } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { eventually } from '../support/eventually.ts'
import { uniqueModel } from './samples.ts'
import { createWorld, freshAccounts, type World } from './world.ts'

/** Every line that anything prints, on whatever channel. */
const lines: string[] = []
const channels = ['log', 'info', 'warn', 'error', 'debug'] as const
const spies = channels.map((channel) =>
  vi
    .spyOn(console, channel)
    .mockImplementation((...parts: unknown[]) => void lines.push(parts.map(String).join(' '))),
)
afterAll(() => {
  for (const spy of spies) spy.mockRestore()
})

interface Line {
  event: string
  requestId?: string
  [field: string]: unknown
}
const parsed = (): Line[] => lines.map((line) => JSON.parse(line))

/** The secrets that must never be printed; those that the edge hands out are added as they come. */
const secrets = new Set<string>()
const secret = <Text extends string>(text: Text): Text => {
  secrets.add(text)
  return text
}

const PASSWORD = secret('correct horse battery staple')
const WRONG_PASSWORD = secret('Tr0ub4dor-and-3')
const NAME = `ada-${crypto.randomUUID()}`

let world: World
let accountId: string
let key: string
let token: string

/** One request from outside, and the one line that was printed for it. */
async function send(path: string, init: RequestInit = {}) {
  const response = await SELF.fetch(`http://localhost${path}`, init)
  const body = await response.text()
  const requestId = response.headers.get('x-request-id')
  const own = parsed().filter((line) => line.event === 'request' && line.requestId === requestId)
  expect(own).toHaveLength(1)
  return { response, body, line: own[0] as Line, requestId }
}
const json = (body: unknown, headers: Record<string, string> = {}): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': 'application/json', ...headers },
  body: typeof body === 'string' ? body : JSON.stringify(body),
})
const bearer = (credential: string) => ({ authorization: `Bearer ${credential}` })

const expectSilence = () => {
  for (const text of secrets) {
    for (const form of [text, encodeURIComponent(text), JSON.stringify(text).slice(1, -1), btoa(text)]) {
      expect(lines.filter((line) => line.includes(form))).toEqual([])
    }
  }
}

beforeAll(async () => {
  world = await createWorld()
  secret(world.adminKey)
  secret(world.viewerKey)
  const { accounts } = freshAccounts()
  accountId = (await accounts.create({ email: null, username: NAME, password: PASSWORD, roles: ['viewer'] }))
    .id
  const { body } = await send('/v1/auth/login', json({ login: NAME, password: PASSWORD }))
  token = secret((JSON.parse(body) as { access_token: string }).access_token)
  const created = await send('/v1/keys', json({ name: 'test' }, bearer(token)))
  key = secret((JSON.parse(created.body) as { secret: string }).secret)
})
beforeEach(() => {
  expectSilence()
  lines.length = 0
})

describe('the log of requests', () => {
  it('has one line for each with id, surface, route, account, status and time', async () => {
    const { line, requestId } = await send('/v1/keys', { headers: bearer(key) })
    expect(line).toEqual({
      time: expect.any(String),
      level: 'info',
      event: 'request',
      part: 'edge',
      requestId,
      surface: 'openai',
      method: 'GET',
      route: '/v1/keys',
      status: 200,
      ms: expect.any(Number),
      accountId,
      model: null,
      endUser: null,
    })
  })

  it.each([
    [
      'a wrong password',
      '/v1/auth/login',
      json({ login: NAME, password: WRONG_PASSWORD }),
      401,
      '/v1/auth/login',
    ],
    ['a password in the wrong field', '/v1/auth/login', json({ [WRONG_PASSWORD]: 1 }), 400, '/v1/auth/login'],
    [
      'a password in a broken body',
      '/v1/auth/login',
      json(`{"password":"${WRONG_PASSWORD}`),
      400,
      '/v1/auth/login',
    ],
    [
      'a key that does not exist',
      '/v1/keys',
      { headers: bearer(secret(`sk-${'x'.repeat(43)}`)) },
      401,
      '/v1/keys',
    ],
    [
      'another scheme',
      '/v1/keys',
      { headers: { authorization: `Basic ${secret('YWRhOmh1bnRlcjI=')}` } },
      401,
      '/v1/keys',
    ],
    [
      'a key where nobody looks',
      '/v1/keys',
      { headers: { 'x-api-key': secret('raj_not_a_real_key_at_all') } },
      401,
      '/v1/keys',
    ],
    [
      'a cookie',
      '/v1/keys',
      { headers: { cookie: `session=${secret('c00kie-of-a-session')}` } },
      401,
      '/v1/keys',
    ],
    ['a token in the query', `/v1/keys?token=${secret('query-token-value')}`, {}, 401, '/v1/keys'],
    [
      'a token in the query of what does not exist',
      `/v1/nothing?token=${secret('other-query-token')}`,
      {},
      404,
      null,
    ],
    [
      'a method that is not answered',
      `/v1/keys?token=${secret('third-query-token')}`,
      { method: 'PUT' },
      405,
      null,
    ],
  ])('tells of %s without telling it', async (_name, path, init, status, route) => {
    const { line } = await send(path, init as RequestInit)
    expect(line).toMatchObject({ surface: 'openai', status, route, accountId: null })
    expectSilence()
  })

  it('tells nothing of a token that is good, wherever it stands', async () => {
    const { line } = await send(`/v1/keys?token=${token}`, { headers: bearer(token) })
    expect(line).toMatchObject({ status: 200, route: '/v1/keys', accountId })
    expectSilence()
  })

  it('tells nothing of what the outside of all contracts was sent', async () => {
    const { line } = await send('/nodes/join', json({ token: secret('swj_not_a_real_token') }))
    expect(line).toMatchObject({ surface: 'root', route: '/nodes/join', accountId: null })
    expectSilence()
  })

  it('names the model of a request; its tokens are in the line of the run, under the same request', async () => {
    const { id, holding } = uniqueModel()
    const node = await world.addNode({ models: [holding] })
    const prompt = secret('what the caller asked')
    const sent = send('/v1/completions', json({ model: id, prompt, stream: true }, bearer(key)))
    await node.answer([secret('what-the-model-said'), 'b'])
    const { line, requestId } = await sent
    expect(line).toMatchObject({ route: '/v1/completions', status: 200, accountId, model: id })
    const runs = () => parsed().filter((one) => one.event === 'call')
    await eventually(() => expect(runs()).toHaveLength(1))
    expect(runs()).toMatchObject([
      { requestId, accountId, model: id, outcome: 'stop', promptTokens: 5, completionTokens: 2 },
    ])
    node.close()
    expectSilence()
  })

  it('names the end user as the caller does, by its later word where both are given', async () => {
    for (const [words, endUser] of [
      [{ user: 'u' }, 'u'],
      [{ safety_identifier: 's'.repeat(128) }, 's'.repeat(128)],
      [{ user: 'u', safety_identifier: 's' }, 's'],
    ] as const) {
      const body = { model: 'none', messages: [{ role: 'user', content: 'x' }], ...words }
      const { line } = await send('/v1/chat/completions', json(body, bearer(key)))
      expect(line).toMatchObject({ endUser })
    }
  })

  // The last one: it takes a table away.
  it('tells why a query failed without what it was to write', async () => {
    await env.DB.exec('drop table api_keys')
    const name = secret('a name that is not our business')
    const { line, body } = await send('/v1/keys', json({ name }, bearer(token)))
    expect(line).toMatchObject({ status: 500, accountId })
    expect(body).not.toContain('api_keys')
    const failure = parsed().find(({ event }) => event === 'request.failed')
    expect(failure?.cause).toContain('no such table: api_keys')
    expectSilence()
  })
})

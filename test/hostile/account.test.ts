import { beforeAll, describe, expect, it } from 'vitest'
import type { EdgeClient } from '../e2e/support/edge-client.ts'
import { sharedEdge } from '../e2e/support/shared-edge.ts'
import { DEAR_PATTERN, DEAR_TOOLS } from '../gpu-node/engine/dear-schemas.ts'
import { type Bystander, createBystander, expectServed, LEAK, post } from './support/bystander.ts'

const CHAT = '/v1/chat/completions'
/** More than the free plan gives in a minute. */
const FLOOD = 150

let edge: EdgeClient
let attacker: Bystander
let bystander: Bystander
beforeAll(async () => {
  edge = await sharedEdge()
  attacker = await createBystander(edge, 'free')
  bystander = await createBystander(edge)
})

const many = (count: number, item: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => item(index)).join()
const chat = (messages: string) => `{"model":"starter","max_tokens":1,"messages":[${messages}]}`
const ask = (over: object) => ({
  model: 'starter',
  max_tokens: 4,
  messages: [{ role: 'user', content: 'Hi' }],
  ...over,
})

async function expectRefused(body: unknown, message: RegExp, path = CHAT): Promise<void> {
  const response = await post(edge, path, body, attacker.key)
  const text = await response.text()
  expect([response.status, JSON.parse(text)]).toEqual([
    400,
    {
      error: {
        message: expect.stringMatching(message),
        type: 'invalid_request_error',
        param: expect.toSatisfy((param) => param === null || typeof param === 'string'),
        code: expect.toSatisfy((code) => code === null || code === 'context_length_exceeded'),
      },
    },
  ])
  expect(text).not.toMatch(LEAK)
  expect(text.length).toBeLessThan(2_000)
}

describe('a free account that sends a body which is dear to check', () => {
  it.each<[body: string, path: string, bodyOf: () => string, message: RegExp]>([
    [
      '2,000 messages of 900 wrong parts',
      CHAT,
      () => chat(many(2_000, () => `{"role":"user","content":[${many(900, () => '0')}]}`)),
      /more than 350000 values/,
    ],
    [
      '1.2 million empty lists',
      '/v1/embeddings',
      () => `{"model":"starter","input":[${many(1_200_000, () => '[]')}]}`,
      /more than 50000 lists/,
    ],
    [
      '300,000 unknown names',
      CHAT,
      () => `{${many(300_000, (index) => `"${index.toString(36)}":1`)}}`,
      /more than 50000 names/,
    ],
    [
      'a history of 2,000 messages and 3 MB',
      CHAT,
      () => chat(many(2_000, () => `{"role":"user","content":"${'word '.repeat(300)}"}`)),
      /maximum context length/,
    ],
    [
      'half of a surrogate pair in a message',
      CHAT,
      () => chat('{"role":"user","content":"\\udc00"}'),
      /half of a surrogate pair/,
    ],
  ])('is refused: %s', (_body, path, bodyOf, message) => expectRefused(bodyOf(), message, path))

  it('is refused as often at once as it likes', async () => {
    const body = chat(many(2_000, () => `{"role":"user","content":[${many(900, () => '0')}]}`))
    await Promise.all([
      ...Array.from({ length: 4 }, () => expectRefused(body, /more than 350000 values/)),
      expectServed(edge, bystander),
    ])
  })
})

describe('a free account that sends a schema which is dear to compile', () => {
  it.each([
    [
      '128 strict tools of nine patterns each',
      /takes? too long/,
      ask({
        tools: DEAR_TOOLS.map((definition) => ({ type: 'function', function: definition })),
        tool_choice: 'required',
      }),
    ],
    [
      'rounds within rounds',
      /takes? too long/,
      ask({
        response_format: {
          type: 'json_schema',
          json_schema: { name: 'dear', strict: true, schema: DEAR_PATTERN },
        },
      }),
    ],
  ])('is refused, and holds up no stream meanwhile: %s', async (_schema, message, body) => {
    await Promise.all([expectRefused(body, message), expectServed(edge, bystander)])
  })
})

describe('a free account that uploads', () => {
  let token: string
  beforeAll(async () => {
    const { username: email, password } = attacker
    const logIn = await post(edge, '/dualquery/api/auth/login', { email, password })
    token = ((await logIn.json()) as { access_token: string }).access_token
  })

  const upload = (text: string, name: string, headers: Record<string, string> = {}) => {
    const form = new FormData()
    form.append('file', new Blob([text]), name)
    return fetch(`${edge.url}/dualquery/api/datasets/upload`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, ...headers },
      body: form,
    })
  }

  it.each<[file: string, status: number, text: () => string, name: string, headers?: Record<string, string>]>(
    [
      ['under a key', 400, () => 'a,b\n1,2\n', 'a.csv', { 'idempotency-key': 'once' }],
      ['no table', 400, () => '\u0000'.repeat(1_000), 'a.csv'],
      ['no CSV by its name', 400, () => 'a,b\n1,2\n', 'a.exe'],
      ['100,000 columns', 400, () => `${many(100_000, (index) => `c${index}`)}\n`, 'wide.csv'],
    ],
  )(
    'at once several times what is refused leaves nothing behind: %s',
    async (_file, status, text, name, headers) => {
      const answers = await Promise.all(Array.from({ length: 4 }, () => upload(text(), name, headers)))
      for (const answer of answers) {
        const body = await answer.text()
        expect([answer.status, body]).toEqual([status, expect.stringContaining('"detail":')])
        expect(body).not.toMatch(LEAK)
      }
      const list = await fetch(`${edge.url}/dualquery/api/datasets`, {
        headers: { authorization: `Bearer ${token}` },
      })
      expect(await list.json()).toEqual([])
    },
  )
})

describe('a free account that looks for what is another’s', () => {
  const cachedTokens = async (prompt: string, { key }: Bystander): Promise<number> => {
    const response = await post(edge, '/v1/completions', { model: 'starter', prompt, max_tokens: 1 }, key)
    expect(response.status).toBe(200)
    const { usage } = (await response.json()) as {
      usage: { prompt_tokens_details: { cached_tokens: number } }
    }
    return usage.prompt_tokens_details.cached_tokens
  }

  it('finds its prompts in no count of cached tokens', async () => {
    const secret = `Paris Berlin Rome the capital of France is ${crypto.randomUUID()} and the number is 4711`
    await cachedTokens(secret, bystander)
    expect(await cachedTokens(secret, bystander)).toBeGreaterThan(0)
    expect(await cachedTokens(secret, attacker)).toBe(0)
  })

  it('makes no key of a key that outlives it', async () => {
    const owner = await createBystander(edge, 'free')
    const soon = Math.floor(Date.now() / 1000) + 600
    const make = async (body: object, key: string) =>
      (await (await post(edge, '/v1/keys', { name: 'mine', ...body }, key)).json()) as {
        secret: string
        expires_at: number
      }
    const parent = await make({ expires_at: soon }, owner.key)
    const forever = await make({}, parent.secret)
    expect(forever.expires_at).toBe(soon)
    expect((await make({ expires_at: soon + 1 }, forever.secret)).expires_at).toBe(soon)
    expect((await make({ expires_at: soon - 1 }, forever.secret)).expires_at).toBe(soon - 1)
  })

  it('makes no key of a key that may more', async () => {
    const owner = await createBystander(edge, 'free')
    const makeKey = (body: object, key: string) => post(edge, '/v1/keys', body, key)
    const made = await makeKey({ name: 'parent', scopes: ['account'] }, owner.key)
    expect(made.status).toBe(201)
    const { secret: parent } = (await made.json()) as { secret: string }
    for (const scopes of [['inference'], ['admin'], ['account', 'inference']])
      expect((await makeKey({ name: 'child', scopes }, parent)).status).toBe(403)
    const child = await makeKey({ name: 'child' }, parent)
    expect(await child.json()).toMatchObject({ scopes: ['account'] })
    expect((await post(edge, CHAT, ask({}), parent)).status).toBe(403)
  })

  it.each([
    ['GET', '/v1/accounts'],
    ['POST', '/v1/nodes/join-tokens'],
  ])('is not let into %s %s', async (method, path) => {
    const peeper = await createBystander(edge, 'free')
    const headers = { authorization: `Bearer ${peeper.key}`, 'content-type': 'application/json' }
    const response = await fetch(edge.url + path, {
      method,
      headers,
      ...(method === 'POST' && { body: '{}' }),
    })
    expect(response.status).toBe(403)
  })
})

it('a free account that asks as often as it can is told to wait, and its neighbour streams', async () => {
  const flooder = await createBystander(edge, 'free')
  const flood = async () => {
    const answers = await Promise.all(
      Array.from({ length: FLOOD }, () => post(edge, CHAT, ask({ max_tokens: 1 }), flooder.key)),
    )
    const refused = answers.filter(({ status }) => status === 429)
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200, 429]))
    expect(refused.every(({ headers }) => Number(headers.get('retry-after')) > 0)).toBe(true)
  }
  await Promise.all([flood(), expectServed(edge, bystander)])
})

it('an account whose stream begins after all that has its tokens in time', () =>
  expectServed(edge, bystander))

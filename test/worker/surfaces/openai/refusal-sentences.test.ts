import { beforeAll, describe, expect, it } from 'vitest'
import { createWorld, type World } from '../../world.ts'

let world: World
beforeAll(async () => {
  world = await createWorld()
})

const tool = { type: 'function', function: { name: 'f', parameters: {} } }
const call = { id: 'c', type: 'function', function: { name: 'f', arguments: '{}' } }

/** Bodies of every route that takes one, with each of its fields; a mistake in one field comes before anything is done. */
const BODIES: [method: string, path: string, body: Record<string, unknown>][] = [
  [
    'POST',
    '/v1/chat/completions',
    {
      model: 'none',
      messages: [{ role: 'user', content: [{ type: 'text', text: 'x' }] }],
      temperature: 1,
      top_p: 1,
      top_k: 1,
      min_p: 0,
      frequency_penalty: 0,
      presence_penalty: 0,
      seed: 1,
      stop: ['x'],
      stream: true,
      stream_options: { include_usage: true },
      user: 'u',
      n: 1,
      logit_bias: { 5: 1 },
      max_tokens: 1,
      max_completion_tokens: 1,
      response_format: { type: 'json_schema', json_schema: { name: 'n', schema: {} } },
      tools: [tool],
      tool_choice: { type: 'function', function: { name: 'f' } },
      parallel_tool_calls: true,
      logprobs: true,
      top_logprobs: 1,
      store: false,
      metadata: null,
      verbosity: 'medium',
      prompt_cache_key: 'k',
      safety_identifier: 's',
      service_tier: 'auto',
      modalities: ['text'],
    },
  ],
  [
    'POST',
    '/v1/chat/completions',
    {
      model: 'none',
      messages: [
        { role: 'user', content: 'x', name: 'bob' },
        { role: 'assistant', content: null, tool_calls: [call], refusal: null, audio: null },
        { role: 'tool', content: 'x', tool_call_id: 'c', name: 'f' },
      ],
    },
  ],
  [
    'POST',
    '/v1/completions',
    { model: 'none', prompt: ['x'], best_of: 1, echo: false, logprobs: null, suffix: null, stop: 'x' },
  ],
  ['POST', '/v1/embeddings', { model: 'none', input: ['x'], encoding_format: 'float', user: 'u' }],
  ['POST', '/v1/keys', { name: 'n', scopes: ['account'], expires_at: 1 }],
  ['POST', '/v1/auth/login', { login: 'nobody', password: 'x' }],
  [
    'POST',
    '/v1/accounts',
    { email: 'x', username: 'u', password: 'a password', name: 'n', roles: ['viewer'] },
  ],
  [
    'PATCH',
    '/v1/accounts/nobody',
    { roles: ['viewer'], plan: 'free', billing_cycle: 'monthly', active: true },
  ],
  ['POST', '/v1/nodes/join-tokens', { name: 'n', expires_in: 1 }],
  ['POST', '/v1/nodes/nowhere/drain', { limit_seconds: 1 }],
  ['POST', '/nodes/join', { token: 'x', name: 'n' }],
]

const WRONG = [
  undefined,
  null,
  true,
  -1,
  1e9,
  1.5,
  1e300,
  '',
  'wrong',
  'x'.repeat(3_000),
  [],
  {},
  [7],
  [null],
  [''],
]

type Json = Record<string, unknown> | unknown[]
const isJson = (value: unknown): value is Json => typeof value === 'object' && value !== null

/** Everything that a value turns into when one thing in it is replaced by something wrong, or one is too many. */
function* mutations(value: Json): Generator<Json> {
  for (const [name, inner] of Object.entries(value)) {
    const put = (replacement: unknown): Json =>
      Array.isArray(value) ? value.with(Number(name), replacement) : { ...value, [name]: replacement }
    for (const wrong of WRONG) yield put(wrong)
    if (isJson(inner)) for (const mutated of mutations(inner)) yield put(mutated)
  }
  if (!Array.isArray(value)) yield { ...value, surplus: 1 }
}

const FORMS =
  /^(?:Invalid (?:type for |value for )?'[^']+': .|Missing required parameter: '|Give |The model |There is no |The login )/
const ZOD =
  /Invalid (?:input|option|string|key|number|element|ISO|email)|Too (?:small|big)|Unrecognized|Invalid '[^']+': Invalid|expected one of "|nonoptional|undefined|NaN/

async function expectOurs(response: Response, about: string): Promise<void> {
  expect(response.status, about).not.toBe(500)
  const { error } = (await response.json()) as { error: { message: string; param: string | null } }
  if (response.status !== 400) return
  expect(error.message, about).not.toMatch(ZOD)
  expect(error.message, about).toMatch(FORMS)
  expect(error.message, about).toMatch(/[^.]\.$/)
  if (error.param !== null) expect(error.message, about).toContain(error.param)
}

describe('no refusal is in the words of the validator', () => {
  it.each(BODIES)('%s %s', async (method, path, body) => {
    const tried = [...mutations(body)]
    const bodies = [...tried, [], 7, null, 'x', true]
    expect(tried.length).toBeGreaterThan(10)
    for (const wrong of bodies) {
      const response = await world.request(path, { method, body: wrong as object })
      // What is right all the same is done, or stopped by what does not exist.
      if (response.status < 300) await response.body?.cancel()
      else await expectOurs(response, JSON.stringify(wrong)?.slice(0, 300) ?? '')
    }
  })

  it.each([
    ['/v1/accounts', 'limit', ['0', '-1', '1.5', 'x', '', '1e9']],
    ['/v1/accounts', 'after', ['', 'x'.repeat(65)]],
    ['/v1/usage', 'limit', ['0', 'x', '', '1001']],
    ['/v1/usage', 'from', ['x', '2026-13-01', '']],
    ['/v1/usage', 'account_id', ['x', '']],
    ['/v1/usage', 'model', ['', 'x'.repeat(257)]],
    ['/v1/usage', 'after', ['', 'x'.repeat(2_001)]],
    ['/v1/usage', 'surplus', ['1']],
  ])('GET %s?%s', async (path, name, values) => {
    for (const value of values) {
      const response = await world.request(`${path}?${name}=${encodeURIComponent(value)}`)
      expect(response.status, value).toBe(400)
      await expectOurs(response, `${name}=${value}`)
    }
  })
})

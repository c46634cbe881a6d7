import { SELF } from 'cloudflare:test'
import { Hono } from 'hono'
import { beforeAll, describe, expect, it } from 'vitest'
import { toAppError } from '../../../../shared/errors.ts'
import { MIB } from '../../../../shared/units.ts'
import {
  depthOf,
  MAX_JSON_BYTES,
  MAX_JSON_DEPTH,
  requestBody,
} from '../../../../worker/http/input/request-body.ts'
import { createWorld, type World } from '../../world.ts'

/** Answers with the code of a refusal, or `taken`. */
const app = new Hono()
app.use(requestBody({ 'POST /form': 'form' }))
app.on(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'], '/', async (c) =>
  c.text(`taken ${(await c.req.text()).length}`),
)
app.onError((thrown, c) => c.text(toAppError(thrown).code))

const post = async (body: BodyInit, type: string | null = 'application/json', method = 'POST') => {
  const response = await app.request('/', {
    method,
    body,
    headers: type === null ? {} : { 'content-type': type },
  })
  return await response.text()
}
const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth)
const jsonOf = (bytes: number) => `"${'x'.repeat(bytes - 2)}"`
/** The same without a length: the transfer is chunked. */
const chunked = (text: string) =>
  new ReadableStream<Uint8Array>({
    start(controller) {
      const bytes = new TextEncoder().encode(text)
      for (let at = 0; at < bytes.length; at += 1_000_000) controller.enqueue(bytes.slice(at, at + 1_000_000))
      controller.close()
    },
  })

describe('depthOf', () => {
  it.each([
    ['nothing', '', 0],
    ['a number', '7', 0],
    ['an empty list', '[]', 1],
    ['lists side by side', '[[],[],[]]', 2],
    ['lists and objects', '{"a":[{"b":[]}]}', 4],
    ['brackets in text', '["[[[[{{{{"]', 1],
    ['an escaped quote before brackets', '["\\"[[[["]', 1],
    ['an escaped backslash at the end of text', '["\\\\",[[]]]', 3],
    ['a unicode escape', '["\\u005b\\u005b"]', 1],
    ['brackets in a name', '{"[[[":1}', 1],
    ['half a text', '["[[[', 1],
    ['more closed than opened', ']]][[', 0],
  ])('of %s', (_name, json, depth) => {
    expect(depthOf(json)).toBe(depth)
  })
})

describe('requestBody', () => {
  it('takes no bytes without a type for no body', async () => {
    expect(await post(chunked(''), null)).toBe('taken 0')
    expect(await post(chunked('{}'), null)).toBe('unsupported_media_type')
  })

  it('leaves what does not exist to be answered as such, whatever its body is', async () => {
    const send = (path: string, method: string) =>
      SELF.fetch(`http://localhost${path}`, {
        method,
        body: 'a=b',
        headers: { 'content-type': 'text/plain' },
      })
    for (const [path, method, status] of [
      ['/v1/nope', 'POST', 404],
      ['/v1/models', 'PATCH', 405],
      ['/rajora/api/models/list', 'PUT', 405],
      ['/clara/api/nope', 'POST', 404],
      ['/sira/api/nope', 'POST', 404],
      ['/dualquery/api/nope', 'POST', 404],
      ['/agentic/api/nope', 'POST', 404],
    ] as const) {
      expect((await send(path, method)).status, `${method} ${path}`).toBe(status)
    }
  })

  it('hands a body on as it came', async () => {
    expect(await post('{"a":[1]}')).toBe('taken 9')
  })

  it.each([
    'application/json',
    'application/json; charset=utf-8',
    'Application/JSON',
    'application/problem+json',
  ])('takes %s', async (type) => expect(await post('{}', type)).toBe('taken 2'))

  it.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'application/jsonp',
    'text/json',
    'application/',
    '',
  ])('refuses the type %j', async (type) => expect(await post('{}', type)).toBe('unsupported_media_type'))

  it('refuses a body without a type', async () => {
    expect(await post(new TextEncoder().encode('{}'), null)).toBe('unsupported_media_type')
  })

  it.each(['POST', 'PUT', 'PATCH'])('looks at the body of %s', async (method) => {
    expect(await post('{', 'application/json', method)).toBe('invalid_request')
  })

  it('lets a request without a body be', async () => {
    expect(await (await app.request('/', { method: 'POST' })).text()).toBe('taken 0')
    expect(await (await app.request('/')).text()).toBe('taken 0')
  })

  it.each([
    '{',
    '',
    '{"a":1,}',
    "{'a':1}",
    '{"temperature":NaN}',
    '{"temperature":Infinity}',
    '{"a":1}{"b":2}',
    'undefined',
    '\u{feff}x',
    '{"a":01}',
  ])('refuses %j, which is no JSON', async (text) => {
    const answer = await post(text === '' ? new Uint8Array(0) : text)
    expect(answer).toBe('invalid_request')
  })

  it.each([
    ['a byte that begins nothing', [0xff]],
    ['a character that is cut off', [0xc3]],
    ['a character in more bytes than it needs', [0xc0, 0xaf]],
    ['half a surrogate', [0xed, 0xa0, 0x80]],
    ['Latin-1', [0xe9]],
  ])('refuses JSON with %s, instead of repairing it', async (_name, bytes) => {
    expect(await post(new Uint8Array([0x22, ...bytes, 0x22]))).toBe('invalid_request')
  })

  it('takes every character that UTF-8 has, and its mark before the text', async () => {
    expect(await post('"é 漢 🏙"')).toBe('taken 8')
    expect(await post('\u{feff}{}')).toMatch(/^taken/)
  })

  it('takes a depth of the limit and refuses one more', async () => {
    expect(await post(nested(MAX_JSON_DEPTH))).toBe(`taken ${2 * MAX_JSON_DEPTH}`)
    expect(await post(nested(MAX_JSON_DEPTH + 1))).toBe('invalid_request')
    expect(await post(nested(100_000))).toBe('invalid_request')
  })

  it.each([
    ['with a length', (text: string) => text],
    ['in chunks', chunked],
  ])('takes a body of the limit and refuses one byte more, %s', async (_name, bodyOf) => {
    expect(await post(bodyOf(jsonOf(MAX_JSON_BYTES)))).toBe(`taken ${MAX_JSON_BYTES}`)
    expect(await post(bodyOf(jsonOf(MAX_JSON_BYTES + 1)))).toBe('too_large')
  })

  it('counts bytes, not characters', async () => {
    expect(await post(`"${'é'.repeat(MAX_JSON_BYTES / 2)}"`)).toBe('too_large')
  })
})

describe('a body that is no UTF-8', () => {
  it.each<[path: string, body: unknown]>([
    [
      '/v1/auth/login',
      {
        error: {
          message: 'The request body is not valid UTF-8.',
          type: 'invalid_request_error',
          param: null,
          code: null,
        },
      },
    ],
    ['/rajora/api/auth/register', { detail: 'The request body is not valid UTF-8.', status_code: 400 }],
    ['/dualquery/api/auth/register', { detail: 'The request body is not valid UTF-8.' }],
    [
      '/agentic/api/auth/login',
      { error: 'Bad Request', detail: 'The request body is not valid UTF-8.', status_code: 400 },
    ],
  ])('is 400 in the form of %s', async (path, body) => {
    const response = await SELF.fetch(`http://localhost${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]),
    })
    expect([response.status, await response.json()]).toEqual([400, body])
  })
})

describe('on /v1', () => {
  let world: World
  beforeAll(async () => {
    world = await createWorld()
  })
  const chat = (body: BodyInit, headers: Record<string, string> = { 'content-type': 'application/json' }) =>
    SELF.fetch('http://localhost/v1/chat/completions', {
      method: 'POST',
      body,
      headers: { authorization: `Bearer ${world.adminKey}`, ...headers },
    })

  it('a prompt of 10 MB is 413, with its length or without', async () => {
    const content = 'x'.repeat(10 * MIB)
    const body = JSON.stringify({ model: 'm', messages: [{ role: 'user', content }] })
    for (const sent of [body, chunked(body)]) {
      const response = await chat(sent)
      expect(response.status).toBe(413)
      expect(await response.json()).toEqual({
        error: {
          message: 'The request body is larger than 4 MB.',
          type: 'invalid_request_error',
          param: null,
          code: 'request_too_large',
        },
      })
    }
  })

  it.each<[name: string, body: string, type: string, status: number]>([
    ['half a body', '{"model":', 'application/json', 400],
    ['a temperature of NaN', '{"model":"m","messages":[],"temperature":NaN}', 'application/json', 400],
    ['a deep body', nested(MAX_JSON_DEPTH + 1), 'application/json', 400],
    ['a list', '[]', 'application/json', 400],
    ['null', 'null', 'application/json', 400],
    ['a form', 'model=m', 'application/x-www-form-urlencoded', 415],
    ['plain text', '{}', 'text/plain', 415],
  ])('%s is a refusal in our words', async (_name, body, type, status) => {
    const response = await chat(body, { 'content-type': type })
    expect(response.status).toBe(status)
    expect(await response.json()).toMatchObject({ error: { type: 'invalid_request_error' } })
  })

  it.each(['application/json ;charset=utf-8', 'application/vnd.api+json', 'application/v1.x+json; a=b'])(
    'a content type is JSON or it is not, never our mistake: %s',
    async (type) => {
      const response = await chat('{"model":"m"}', { 'content-type': type })
      expect([400, 415]).toContain(response.status)
    },
  )

  it('who may not come in is told so before a large body is read', async () => {
    const response = await SELF.fetch('http://localhost/v1/chat/completions', {
      method: 'POST',
      body: 'x'.repeat(MAX_JSON_BYTES + 1),
    })
    expect(response.status).toBe(401)
  })
})

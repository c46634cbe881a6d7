import { SELF } from 'cloudflare:test'
import { Hono } from 'hono'
import { beforeAll, describe, expect, it } from 'vitest'
import { toAppError } from '../../../../shared/errors.ts'
import { MAX_JSON_DEPTH } from '../../../../shared/json-text.ts'
import { MIB } from '../../../../shared/units.ts'
import {
  MAX_FORM_FIELDS,
  MAX_JSON_BYTES,
  MAX_PUBLIC_BYTES,
  requestBody,
} from '../../../../worker/http/input/request-body.ts'
import type { SurfaceEnv } from '../../../../worker/http/surface-env.ts'
import { createWorld, type World } from '../../world.ts'

/** Answers with the code of a refusal, or `taken`. */
const app = new Hono<SurfaceEnv>()
app.use(
  requestBody({
    bodies: { 'POST /form': 'form', 'POST /file': 'multipart', 'PUT /raw': 'raw' },
    publicRoutes: ['POST /public', 'POST /public-form'],
  }),
)
app.post('/form', (c) => c.json(c.get('body')?.value))
app.post('/file', (c) => c.text('taken'))
app.put('/raw', async (c) => c.text(`unread ${!c.req.raw.bodyUsed}, ${(await c.req.text()).length}`))
app.post('/public', async (c) => c.text(`taken ${(await c.req.text()).length}`))
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

describe('requestBody', () => {
  it('leaves raw bytes of any type and size to their route', async () => {
    const body = 'x'.repeat(MAX_JSON_BYTES + 1)
    const response = await app.request('/raw', { method: 'PUT', body, headers: { 'content-type': 'x/y' } })
    expect(await response.text()).toBe(`unread true, ${body.length}`)
    const headers = { 'content-encoding': 'gzip' }
    const packed = await app.request('/raw', { method: 'PUT', body: 'x', headers })
    expect(await packed.text()).toBe('unsupported_media_type')
  })

  it('takes no bytes for no body, with the type of JSON or without one', async () => {
    for (const type of [null, 'application/json']) {
      expect(await post(chunked(''), type)).toBe('taken 0')
      expect(await post(new Uint8Array(0), type)).toBe('taken 0')
    }
    expect(await post(new Uint8Array(0), 'text/plain')).toBe('unsupported_media_type')
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

  // RFC 9110 §5.6.6: white space around the semicolon, and nothing behind it.
  it.each([
    'application/json',
    'application/json; charset=utf-8',
    'application/json ;charset=utf-8',
    'application/json\t;\tcharset=utf-8',
    'application/json;',
    'application/json ; ',
    'application/json; charset="utf-8"',
    'Application/JSON',
    'application/problem+json',
    'application/v1.x+json; a=b',
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
    '{"a":1,}',
    "{'a':1}",
    '{"temperature":NaN}',
    '{"temperature":Infinity}',
    '{"a":1}{"b":2}',
    'undefined',
    '\u{feff}x',
    '{"a":01}',
  ])('refuses %j, which is no JSON', async (text) => {
    expect(await post(text)).toBe('invalid_request')
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

const withType = (path: string, body: BodyInit, type: string) =>
  app.request(path, { method: 'POST', body, headers: { 'content-type': type } })

describe('a form', () => {
  const FORM = 'application/x-www-form-urlencoded'
  const read = async (body: BodyInit, type = FORM) => await (await withType('/form', body, type)).text()

  it('is read by the name of its fields, one that is given twice as a list', async () => {
    expect(JSON.parse(await read('a=1&b=x+y%26&&c&a=2&=e&__proto__=p'))).toEqual(
      JSON.parse('{"a":["1","2"],"b":"x y&","c":"","":"e","__proto__":"p"}'),
    )
  })

  it('keeps a percent sign that begins no escape', async () => {
    expect(await read('password=100%&b=%zz')).toBe('{"password":"100%","b":"%zz"}')
  })

  it.each([FORM, `${FORM}; charset=utf-8`, `${FORM} ;charset=utf-8`, `${FORM};`, FORM.toUpperCase()])(
    'has the type %s',
    async (type) => expect(await read('a=1', type)).toBe('{"a":"1"}'),
  )

  it.each(['application/json', 'text/plain', `${FORM}x`, 'multipart/form-data; boundary=x'])(
    'has not the type %s',
    async (type) => expect(await read('a=1', type)).toBe('unsupported_media_type'),
  )

  it('is refused instead of repaired where it is no UTF-8', async () => {
    expect(await read('password=%ff')).toBe('invalid_request')
    expect(await read('password=%ED%A0%80')).toBe('invalid_request')
    expect(await read(new Uint8Array([0x61, 0x3d, 0xff]))).toBe('invalid_request')
  })

  it('has as many fields as it may have, and not one more', async () => {
    expect(await read('a=1&'.repeat(MAX_FORM_FIELDS))).not.toBe('invalid_request')
    expect(await read('a=1&'.repeat(MAX_FORM_FIELDS + 1))).toBe('invalid_request')
  })
})

describe('a form with a file', () => {
  it.each(['; boundary=x', ' ;boundary=x', ';  boundary="x"; charset=utf-8', '; charset=utf-8; boundary=x;'])(
    'has the type multipart/form-data%s',
    async (rest) =>
      expect(await (await withType('/file', 'x', `multipart/form-data${rest}`)).text()).toBe('taken'),
  )

  it.each(['multipart/form-data', 'multipart/form-data; charset=utf-8', 'multipart/mixed; boundary=x'])(
    'has not the type %s',
    async (type) => expect(await (await withType('/file', 'x', type)).text()).toBe('unsupported_media_type'),
  )
})

describe('a body that is encoded', () => {
  it.each(['gzip', 'br', 'deflate', 'gzip, identity', 'GZIP'])('is refused: %s', async (encoding) => {
    for (const path of ['/', '/form', '/file']) {
      const headers = { 'content-type': 'application/json', 'content-encoding': encoding }
      const response = await app.request(path, { method: 'POST', body: '{}', headers })
      expect(await response.text(), path).toBe('unsupported_media_type')
      expect(response.headers.get('accept-encoding')).toBe('identity')
    }
  })

  it('is taken when it is encoded with nothing', async () => {
    const headers = { 'content-type': 'application/json', 'content-encoding': 'identity' }
    expect(await (await app.request('/', { method: 'POST', body: '{}', headers })).text()).toBe('taken 2')
  })

  it('is 415 that names the encoding', async () => {
    const response = await SELF.fetch('http://localhost/v1/auth/login', {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' },
      body: new Uint8Array([0x1f, 0x8b]),
    })
    expect([response.status, await response.json()]).toEqual([
      415,
      {
        error: {
          message: 'The request body is encoded with gzip: send it without a Content-Encoding.',
          type: 'invalid_request_error',
          param: 'Content-Encoding',
          code: 'unsupported_media_type',
        },
      },
    ])
  })
})

describe('the body of a route that anyone may call', () => {
  it.each([
    ['with a length', (text: string) => text],
    ['in chunks', chunked],
  ])('has the limit of strangers and not one byte more, %s', async (_name, bodyOf) => {
    const send = async (bytes: number) =>
      await (await withType('/public', bodyOf(jsonOf(bytes)), 'application/json')).text()
    expect(await send(MAX_PUBLIC_BYTES)).toBe(`taken ${MAX_PUBLIC_BYTES}`)
    expect(await send(MAX_PUBLIC_BYTES + 1)).toBe('too_large')
  })

  it.each([
    '/v1/auth/login',
    '/nodes/join',
    '/rajora/api/auth/register',
    '/rajora/api/auth/login',
    '/dualquery/api/auth/register',
    '/dualquery/api/auth/login',
    '/agentic/api/auth/login',
  ])('is 413 on %s, where 400,000 unknown names took an isolate down', async (path) => {
    const body = `{${Array.from({ length: 400_000 }, (_, index) => `"${index.toString(36)}":1`).join()}}`
    const response = await SELF.fetch(`http://localhost${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    })
    expect(response.status).toBe(413)
    expect(await response.text()).toContain('larger than 16 KB')
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

  it.each(['application/json ;charset=utf-8', 'application/json;', 'application/v1.x+json; a=b'])(
    'what is JSON by its type is read as JSON: %s',
    async (type) => {
      const response = await chat('{"model":"m"}', { 'content-type': type })
      expect(await response.json()).toMatchObject({
        error: { message: "Missing required parameter: 'messages'." },
      })
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

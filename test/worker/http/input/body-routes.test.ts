import { createRoute, z } from '@hono/zod-openapi'
import { describe, expect, it, vi } from 'vitest'
import { createLogger } from '../../../../shared/log.ts'
import { MAX_EXAMINED_VALUES, MAX_ISSUES } from '../../../../worker/http/input/validation.ts'
import { jsonBody } from '../../../../worker/http/json-content.ts'
import { createSurface } from '../../../../worker/http/surface.ts'
import { ChatRequest } from '../../../../worker/surfaces/openai/schemas/chat.ts'
import { EmbeddingsRequest } from '../../../../worker/surfaces/openai/schemas/embedding.ts'
import { testAccount } from '../../samples.ts'

const app = createSurface({
  name: 'x',
  basePath: '',
  title: 'X',
  version: '1.0.0',
  errorBody: ({ code, message, issues }) => ({ code, message, issues }),
  authenticate: async () => testAccount(),
  publicRoutes: ['GET /openapi.json'],
  bodies: { 'POST /form': 'form' },
  securitySchemes: {},
  traffic: { note: () => {} },
  log: createLogger(() => {}),
  isDevelopment: false,
})

const Numbers = z
  .strictObject({ list: z.array(z.int()), name: z.string().default('none') })
  .openapi('Numbers')
const responses = { 200: { description: 'Taken.' } }
const post = { method: 'post', responses } as const

app.openapi(
  createRoute({ ...post, path: '/numbers/{id}', request: { body: jsonBody(Numbers, { list: [1] }) } }),
  (c) => c.json(c.req.valid('json'), 200),
)
app.openapi(
  createRoute({
    ...post,
    path: '/maybe',
    request: { body: { ...jsonBody(Numbers, { list: [1] }), required: false } },
  }),
  (c) => c.json(c.req.valid('json'), 200),
)
app.openapi(
  createRoute({
    ...post,
    path: '/form',
    request: {
      body: { required: true, content: { 'application/x-www-form-urlencoded': { schema: Numbers } } },
    },
  }),
  (c) => c.json(c.req.valid('form'), 200),
)
app.openapi(
  createRoute({
    ...post,
    path: '/chat',
    request: { body: jsonBody(ChatRequest, { model: 'm', messages: [] }) },
  }),
  (c) => c.json({}, 200),
)
app.openapi(
  createRoute({
    ...post,
    path: '/embeddings',
    request: { body: jsonBody(EmbeddingsRequest, { model: 'm', input: '' }) },
  }),
  (c) => c.json({}, 200),
)

interface Answer {
  code?: string
  message?: string
  issues?: { path: (string | number)[]; message: string }[]
}
async function send(path: string, body?: BodyInit, type = 'application/json') {
  const response = await app.request(path, {
    method: 'POST',
    ...(body !== undefined && { body, headers: { 'content-type': type } }),
  })
  return { status: response.status, answer: (await response.json()) as Answer }
}

describe('the body of a route', () => {
  it('is what its schema makes of it', async () => {
    expect((await send('/numbers/1', '{"list":[1,2]}')).answer).toEqual({ list: [1, 2], name: 'none' })
  })

  it('is parsed once', async () => {
    const parse = vi.spyOn(JSON, 'parse')
    const body = '{"list":[1,2]}'
    const response = await app.request('/numbers/1', {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json' },
    })
    const parses = parse.mock.calls.filter(([text]) => text === body)
    parse.mockRestore()
    expect(response.status).toBe(200)
    expect(parses).toHaveLength(1)
  })

  it('that is left out is asked for, unless it may be', async () => {
    expect((await send('/numbers/1')).answer).toMatchObject({
      message: "Missing required parameter: 'list'.",
    })
    expect(await send('/maybe')).toEqual({ status: 200, answer: {} })
    expect((await send('/maybe', '{"list":[1.5]}')).status).toBe(400)
  })

  it('may be a form', async () => {
    expect((await send('/form', 'list=1', 'application/x-www-form-urlencoded')).answer).toMatchObject({
      issues: [{ path: ['body', 'list'], message: 'value is not a valid list' }],
    })
  })

  it('is described with its example, and nothing of ours with it', async () => {
    const { paths } = (await (await app.request('/openapi.json')).json()) as { paths: Record<string, object> }
    expect(paths['/numbers/{id}']).toEqual({
      post: {
        requestBody: {
          required: true,
          content: {
            'application/json': { schema: { $ref: '#/components/schemas/Numbers' }, example: { list: [1] } },
          },
        },
        responses,
      },
    })
  })
})

describe('the mistakes of a body', () => {
  const wrong = (count: number) => JSON.stringify({ list: Array.from({ length: count }, () => 'x') })
  const issuesOf = async (body: string) => (await send('/numbers/1', body)).answer.issues ?? []

  it('are listed up to a number, and not one more', async () => {
    expect(await issuesOf(wrong(MAX_ISSUES - 1))).toHaveLength(MAX_ISSUES - 1)
    expect(await issuesOf(wrong(MAX_ISSUES))).toHaveLength(MAX_ISSUES)
    expect(await issuesOf(wrong(MAX_ISSUES + 1))).toHaveLength(MAX_ISSUES)
  })

  it('of unknown names are listed so, too, and long ones are cut', async () => {
    const names = Array.from({ length: MAX_ISSUES + 1 }, (_, index) => `"${index}":1`).join()
    expect(await issuesOf(`{"list":[],${names}}`)).toHaveLength(MAX_ISSUES)
    const [issue] = await issuesOf(`{"list":[],"${'x'.repeat(100_000)}":1}`)
    expect(issue?.path).toEqual(['body', `${'x'.repeat(64)}…`])
  })

  it('of a large one end at the first', async () => {
    // The values: the list's, and the two of the object around it.
    const most = MAX_EXAMINED_VALUES - 1
    expect(await issuesOf(wrong(most))).toHaveLength(MAX_ISSUES)
    expect(await issuesOf(wrong(most + 1))).toHaveLength(1)
  })
})

describe('a body that is dear to check', () => {
  const messages = (count: number, content: unknown) =>
    JSON.stringify({ model: 'm', messages: Array.from({ length: count }, () => ({ role: 'user', content })) })
  const many = (count: number, item: (index: number) => string) =>
    Array.from({ length: count }, (_, index) => item(index)).join()

  it.each<[name: string, path: string, body: () => string, message: string]>([
    [
      '2,000 messages of 900 wrong parts',
      '/chat',
      () =>
        messages(
          2_000,
          Array.from({ length: 900 }, () => 0),
        ),
      'The request body holds more than 350000 values.',
    ],
    [
      '2,000 messages of 160 wrong parts, which is within all counts',
      '/chat',
      () =>
        messages(
          2_000,
          Array.from({ length: 160 }, () => 0),
        ),
      "Invalid 'messages[0].content': expected a string or a list of text parts.",
    ],
    [
      '1.2 million empty lists',
      '/embeddings',
      () => `{"model":"m","input":[${many(1_200_000, () => '[]')}]}`,
      'The request body holds more than 50000 lists and objects.',
    ],
    [
      '340,000 texts',
      '/embeddings',
      () => `{"model":"m","input":[${many(340_000, () => '"a"')}]}`,
      "Invalid 'input': expected text, token ids, or a list of up to 2048 of either, none of them empty.",
    ],
    [
      '400,000 unknown names',
      '/chat',
      () => `{${many(400_000, (index) => `"${index.toString(36)}":1`)}}`,
      'The request body holds more than 50000 names.',
    ],
    [
      '49,000 wrong biases',
      '/chat',
      () =>
        `{"model":"m","messages":[{"role":"user","content":"Hi"}],"logit_bias":{${many(49_000, (index) => `"x${index}":1`)}}}`,
      "Invalid 'logit_bias': at most 1024 tokens can be biased.",
    ],
    [
      'more than 100,000 mistakes in one list',
      '/numbers/1',
      () => `{"list":[${many(340_000, () => '"x"')}]}`,
      "Invalid type for 'list[0]': expected a number, but got the string 'x' instead.",
    ],
  ])('is refused soon, with what is wrong: %s', async (_name, path, body, message) => {
    const { status, answer } = await send(path, body())
    expect([status, answer.message]).toEqual([400, message])
    expect(answer.issues?.length ?? 0).toBeLessThanOrEqual(1)
  })

  it('that is right is taken: 250,000 tokens, and a chat of 2 MB', async () => {
    const tokens = Array.from({ length: 250 }, () => Array.from({ length: 1_000 }, (_, index) => index))
    expect((await send('/embeddings', JSON.stringify({ model: 'm', input: tokens }))).status).toBe(200)
    const chat = messages(2_000, [{ type: 'text', text: 'x'.repeat(900) }])
    expect((await send('/chat', chat)).status).toBe(200)
  })
})

import '../workerd.ts'
import { createRoute, z } from '@hono/zod-openapi'
import { describe, expect, it } from 'vitest'
import { AppError } from '../../../shared/errors.ts'
import { createLogger } from '../../../shared/log.ts'
import { accountOf, createSurface } from '../../../worker/http/surface.ts'
import type { RequestNote } from '../../../worker/services/metering/traffic.ts'
import { testAccount } from '../samples.ts'

const account = testAccount({ id: 'account-1' })
const Body = z.strictObject({ list: z.array(z.strictObject({ name: z.string() })) })

const save = createRoute({
  method: 'post',
  path: '/x/things/{id}',
  operationId: 'save',
  request: {
    params: z.object({ id: z.string() }),
    body: { required: true, content: { 'application/json': { schema: Body } } },
  },
  responses: { 200: { description: 'Saved.' } },
})

function setUp() {
  const lines: Record<string, unknown>[] = []
  const noted: RequestNote[] = []
  const app = createSurface({
    name: 'x',
    basePath: '/x',
    title: 'X',
    version: '1.0.0',
    errorBody: ({ code, message, param }) => ({ code, message, param }),
    authenticate: async (c) => {
      if (c.req.header('authorization') !== 'Bearer sk-secret') throw new AppError('unauthenticated', 'Who?')
      return account
    },
    publicRoutes: ['GET /x/open', 'GET /x/openapi.json'],
    securitySchemes: { bearer: { type: 'http', scheme: 'bearer', description: 'A key.' } },
    traffic: { note: (request) => void noted.push(request) },
    log: createLogger((line) => lines.push(JSON.parse(line))),
    isDevelopment: false,
  })
  app.get('/x/open', (c) => c.text('open'))
  app.get('/x/things/:id', (c) => c.json({ id: c.req.param('id'), account: accountOf(c).id }))
  app.delete('/x/things/:id', () => {
    throw new AppError('no_capacity', 'Later.', { retryAfterSeconds: 7 })
  })
  app.get('/x/broken', () => {
    throw new Error('password=hunter2 in /etc/passwd')
  })
  app.get('/x/odd', () => {
    throw new AppError('internal', 'Something went wrong on our side.', { cause: 'a thing' })
  })
  app.openapi(save, (c) => c.body(null, 200))
  const request = (path: string, init: RequestInit = {}) =>
    app.request(path, {
      headers: { authorization: 'Bearer sk-secret', 'content-type': 'application/json' },
      ...init,
    })
  return { app, lines, noted, request }
}

describe('a surface', () => {
  it('asks for an account wherever nothing says otherwise', async () => {
    const { app, request } = setUp()
    expect((await app.request('/x/open')).status).toBe(200)
    const refused = await app.request('/x/things/7')
    expect(refused.status).toBe(401)
    expect(refused.headers.get('www-authenticate')).toBe('Bearer')
    expect(await (await request('/x/things/7')).json()).toEqual({ id: '7', account: account.id })
  })

  it('answers what does not exist with 404, to everybody', async () => {
    const { app } = setUp()
    for (const path of ['/x', '/x/nothing', '/x/things', '/x/things/7/parts', '/elsewhere']) {
      const response = await app.request(path)
      expect(response.status, path).toBe(404)
      expect(await response.json()).toEqual({ code: 'not_found', message: `There is no route GET ${path}.` })
    }
  })

  it('answers a method that a path does not have with 405 and those that it has', async () => {
    const { request } = setUp()
    const response = await request('/x/things/7', { method: 'PUT' })
    expect(response.status).toBe(405)
    expect(response.headers.get('allow')).toBe('DELETE, GET, POST')
    expect(await response.json()).toEqual({
      code: 'method_not_allowed',
      message: '/x/things/7 does not answer to PUT.',
    })
  })

  it('says when to come back, where that is known', async () => {
    const { request } = setUp()
    const response = await request('/x/things/7', { method: 'DELETE' })
    expect(response.status).toBe(503)
    expect(response.headers.get('retry-after')).toBe('7')
  })

  it('hides what it did not foresee, and logs it', async () => {
    const { request, lines } = setUp()
    const response = await request('/x/broken')
    expect(response.status).toBe(500)
    const text = await response.text()
    expect(JSON.parse(text)).toEqual({ code: 'internal', message: 'Something went wrong on our side.' })
    expect(text).not.toMatch(/hunter2|passwd|surface\.test/)
    expect(lines).toMatchObject([
      {
        level: 'error',
        event: 'request.failed',
        requestId: response.headers.get('x-request-id'),
        cause: expect.stringContaining('hunter2'),
      },
      { event: 'request', status: 500 },
    ])
  })

  it('logs a cause that is no error, too', async () => {
    const { request, lines } = setUp()
    await request('/x/odd')
    expect(lines[0]).toMatchObject({ event: 'request.failed', cause: 'a thing' })
  })

  it.each<[name: string, body: unknown, param: string | undefined, message: string]>([
    ['a field inside a list', { list: [{ name: 7 }] }, 'list[0].name', "Invalid type for 'list[0].name': "],
    [
      'an unknown field',
      { list: [], colour: 1 },
      'colour',
      "Invalid 'colour': it is unknown or not supported.",
    ],
    [
      'an unknown field inside',
      { list: [{ name: 'x', a: 1 }] },
      'list[0].a',
      "Invalid 'list[0].a': it is unknown",
    ],
    ['no object', 7, undefined, "Invalid type for 'body': "],
  ])('names %s that is wrong', async (_name, body, param, message) => {
    const { request } = setUp()
    const response = await request('/x/things/7', { method: 'POST', body: JSON.stringify(body) })
    expect(response.status).toBe(400)
    const answer = (await response.json()) as { param?: string; message: string }
    expect(answer.param).toBe(param)
    expect(answer.message).toContain(message)
    expect(answer.message).toMatch(/[^.]\.$/)
  })

  it('gives every answer an id of its own', async () => {
    const { request } = setUp()
    const ids: (string | null)[] = []
    for (const path of ['/x/open', '/x/things/7', '/x/nothing', '/x/broken']) {
      ids.push((await request(path, { headers: { 'x-request-id': 'chosen' } })).headers.get('x-request-id'))
    }
    for (const id of ids) expect(id).toMatch(/^[0-9a-f-]{36}$/)
    expect(new Set(ids).size).toBe(ids.length)
  })

  it('logs one line a request, with the route and not its values, and no secret', async () => {
    const { request, lines } = setUp()
    const paths = ['/x/things/of-ada?token=sk-query', '/x/open', '/x/nothing/sk-path']
    for (const path of paths) await request(path)
    await request('/x/things/7', { method: 'POST', body: '{"list":[],"sk-body":1}' })
    await request('/x/open', { headers: { authorization: 'Bearer sk-wrong', cookie: 'sk-cookie' } })
    expect(lines).toHaveLength(paths.length + 2)
    expect(lines[0]).toEqual({
      time: expect.any(String),
      level: 'info',
      event: 'request',
      requestId: expect.any(String),
      surface: 'x',
      method: 'GET',
      route: '/x/things/:id',
      status: 200,
      ms: expect.any(Number),
      accountId: account.id,
      model: null,
      endUser: null,
    })
    expect(lines[2]).toMatchObject({ route: null, status: 404, accountId: null })
    expect(lines[3]).toMatchObject({ route: '/x/things/:id', status: 400 })
    expect(JSON.stringify(lines)).not.toMatch(/sk-|of-ada/)
  })

  it('describes itself', async () => {
    const { app } = setUp()
    expect(await (await app.request('/x/openapi.json')).json()).toMatchObject({
      openapi: '3.1.0',
      info: { title: 'X', version: '1.0.0' },
      paths: { '/x/things/{id}': { post: { operationId: 'save' } } },
    })
  })
})

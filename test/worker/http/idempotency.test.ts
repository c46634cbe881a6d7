import { env } from 'cloudflare:workers'
import { type Context, Hono } from 'hono'
import { beforeEach, describe, expect, it } from 'vitest'
import { statusOf, toAppError } from '../../../shared/errors.ts'
import { createLogger } from '../../../shared/log.ts'
import { createDb } from '../../../worker/db/client.ts'
import { idempotentAnswers } from '../../../worker/db/tables/administration.ts'
import { idempotent, MAX_KEY_LENGTH } from '../../../worker/http/idempotency.ts'
import type { SurfaceEnv } from '../../../worker/http/surface-env.ts'
import type { Account } from '../../../worker/services/accounts/accounts.ts'
import { createIdempotency, type Idempotency } from '../../../worker/services/idempotency.ts'

const db = createDb(env.DB)

type Handler = (c: Context<SurfaceEnv>, run: number) => Response | Promise<Response>

/** A surface with one POST; who asks is said by headers. */
function setUp(handle: Handler, over: Partial<Idempotency> = {}) {
  const lines: Record<string, unknown>[] = []
  const work: Promise<unknown>[] = []
  const later = (promise: Promise<unknown>) => void work.push(promise)
  const idempotency = { ...createIdempotency(db, { secrets: ['s'.repeat(32)], later }), ...over }
  const log = createLogger((line) => lines.push(JSON.parse(line)))
  const runs: number[] = []
  const app = new Hono<SurfaceEnv>()
  app.use(async (c, next) => {
    const [id, key] = (c.req.header('x-account') ?? '').split('/')
    if (id) c.set('account', { id, ...(key ? { key: { id: key } } : {}) } as Account)
    await next()
    c.header('x-request-id', crypto.randomUUID())
    c.header('x-ratelimit-remaining', String(Math.random()))
  })
  const options = { publicRoutes: ['POST /open'], bodies: { 'POST /files': 'multipart' } } as const
  app.use(idempotent({ idempotency, surface: 'x', ...options, log }))
  const run = (c: Context<SurfaceEnv>) => {
    runs.push(runs.length + 1)
    return handle(c, runs.length)
  }
  for (const path of ['/things', '/open', '/files'])
    app.post(path, run).put(run).get(run).patch(run).delete(run)
  app.onError((thrown, c) => {
    const { code, message, param, retryAfterSeconds } = toAppError(thrown)
    return c.json({ code, message, param, retryAfterSeconds }, statusOf[code])
  })
  const post = (
    body: BodyInit | null = '{"name":"a"}',
    {
      key = 'key-1',
      path = '/things',
      ...init
    }: RequestInit & { key?: string; path?: string; duplex?: 'half' } = {},
  ) =>
    app.request(path, {
      method: 'POST',
      ...init,
      ...(body === null ? {} : { body }),
      headers: { 'x-account': 'ada', 'idempotency-key': key, ...(init.headers as Record<string, string>) },
    })
  return { app, lines, post, runs, work }
}

const created: Handler = (c, run) => c.json({ run }, 201, { location: `/things/${run}`, 'x-other': 'no' })

beforeEach(() => db.delete(idempotentAnswers))

describe('a POST with an Idempotency-Key', () => {
  it('sent again gets the first answer as it was, and says so', async () => {
    const { post, runs } = setUp(created)
    const [first, second] = [await post(), await post()]
    expect(runs).toHaveLength(1)
    expect([first.status, second.status]).toEqual([201, 201])
    expect(await second.text()).toBe(await first.text())
    for (const name of ['content-type', 'location']) {
      expect(second.headers.get(name)).toBe(first.headers.get(name))
      expect(second.headers.get(name)).not.toBeNull()
    }
    expect(first.headers.get('idempotent-replayed')).toBeNull()
    expect(second.headers.get('idempotent-replayed')).toBe('true')
  })

  it('sent again has its own request id and limits', async () => {
    const { post } = setUp(created)
    const [first, second] = [await post(), await post()]
    for (const name of ['x-request-id', 'x-ratelimit-remaining']) {
      expect(second.headers.get(name)).not.toBe(first.headers.get(name))
    }
    expect(second.headers.get('x-other')).toBeNull()
  })

  it('is told apart from another by the body and the query', async () => {
    const { post, runs } = setUp(created)
    await post()
    for (const other of [post('{"name":"b"}'), post(null), post(undefined, { path: '/things?a=1' })]) {
      const response = await other
      expect(response.status).toBe(422)
      expect(await response.json()).toMatchObject({ code: 'unprocessable', param: 'Idempotency-Key' })
    }
    expect(runs).toHaveLength(1)
  })

  it('of two at once runs once; the other is told to come back', async () => {
    const gate = Promise.withResolvers<void>()
    const entered = Promise.withResolvers<void>()
    const { post, runs } = setUp(async (c, run) => {
      entered.resolve()
      await gate.promise
      return created(c, run)
    })
    const both = [post(), post()]
    await entered.promise
    const refused = await Promise.race(both)
    expect(refused.status).toBe(409)
    expect(await refused.json()).toMatchObject({ code: 'conflict', retryAfterSeconds: 1 })
    gate.resolve()
    expect((await Promise.all(both)).map(({ status }) => status).toSorted()).toEqual([201, 409])
    expect(runs).toHaveLength(1)
    expect((await post()).headers.get('idempotent-replayed')).toBe('true')
  })

  it.each([400, 404, 422, 429, 500, 503])(
    'that failed with %i runs again, with another body too',
    async (status) => {
      const { post, runs } = setUp((c) => c.json({}, status as 400))
      expect((await post()).status).toBe(status)
      expect((await post('{"name":"b"}')).status).toBe(status)
      expect(runs).toHaveLength(2)
    },
  )

  it.each([
    ['an error', new Error('no')],
    ['something else', 'no'],
  ])('whose route throws %s runs again', async (_name, thrown) => {
    const { post, runs } = setUp(() => {
      throw thrown
    })
    await Promise.allSettled([post()])
    await Promise.allSettled([post()])
    expect(runs).toHaveLength(2)
  })

  it.each(['text/event-stream; charset=utf-8', 'application/octet-stream'])(
    'that is answered with a stream of %s runs again, and its answer is not held back',
    async (type) => {
      const { post, runs } = setUp(() => {
        const { readable } = new TransformStream<Uint8Array, Uint8Array>() // nothing is ever written to it
        return new Response(readable, { headers: { 'content-type': type } })
      })
      for (const response of [await post(), await post()]) {
        expect(response.headers.get('idempotent-replayed')).toBeNull()
        await response.body?.cancel()
      }
      expect(runs).toHaveLength(2)
    },
  )

  it('that is answered without a body gets that again', async () => {
    const { post, runs } = setUp(() => new Response(null, { status: 204 }))
    await post()
    const second = await post()
    expect([second.status, await second.text(), runs.length]).toEqual([204, '', 1])
  })

  it.each([
    ['JSON', '{"name":"a"}', 'application/json'],
    ['a form', 'name=a', 'application/x-www-form-urlencoded'],
    ['bytes', new Uint8Array([0, 255, 128, 10]), 'application/octet-stream'],
  ])('reaches its route with all of its body: %s', async (_name, body, type) => {
    const { post } = setUp(async (c) => {
      const found = new Uint8Array(await c.req.arrayBuffer())
      return c.json({ type: c.req.header('content-type'), body: [...found] })
    })
    const response = await post(body, { headers: { 'content-type': type } })
    const sent = typeof body === 'string' ? new TextEncoder().encode(body) : body
    expect(await response.json()).toEqual({ type, body: [...sent] })
  })

  it('that brings a file is refused by the header’s name before anything is read', async () => {
    const { post, runs } = setUp(created)
    const body = new ReadableStream({
      pull: () => {
        throw new Error('The body was read.')
      },
    })
    const response = await post(body, { path: '/files', duplex: 'half' })
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({
      code: 'invalid_request',
      message: 'An upload takes no Idempotency-Key: send it without the header.',
      param: 'Idempotency-Key',
    })
    expect(runs).toHaveLength(0)
  })

  it.each([
    ['a space', ' '],
    ['nothing', ''],
    ['a letter outside of ASCII', 'clé'],
    ['a tab', 'a\tb'],
    ['too much', 'k'.repeat(MAX_KEY_LENGTH + 1)],
  ])('is refused by the header’s name when the key is %s', async (_name, key) => {
    const { post, runs } = setUp(created)
    const response = await post(undefined, { key })
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({
      code: 'invalid_request',
      message: expect.stringContaining('Idempotency-Key'),
      param: 'Idempotency-Key',
    })
    expect(runs).toHaveLength(0)
  })

  it.each(['k', 'k'.repeat(MAX_KEY_LENGTH), '"8e03978e-40d5-43dd-bc93-6894a57f9324"', '!~ {}'])(
    'takes the key %j',
    async (key) => {
      const { post } = setUp(created)
      await post(undefined, { key })
      expect((await post(undefined, { key })).headers.get('idempotent-replayed')).toBe('true')
    },
  )

  it('is its caller’s own: accounts, keys of an account and addresses do not get each other’s answers', async () => {
    const { post, runs } = setUp(created)
    const callers: Record<string, string>[] = [
      { 'x-account': 'ada' },
      { 'x-account': 'bob' },
      { 'x-account': 'ada/key-1' },
      { 'x-account': '', 'cf-connecting-ip': '192.0.2.1' },
      { 'x-account': '', 'cf-connecting-ip': '192.0.2.2' },
      { 'x-account': 'unknown' },
      { 'x-account': '' },
    ]
    for (const headers of [...callers, ...callers]) await post(undefined, { headers })
    expect(runs).toHaveLength(callers.length)
  })

  it('goes on to its end when its caller leaves', async () => {
    const { post, work } = setUp(created)
    await post()
    expect(work).toHaveLength(1)
    await expect(Promise.all(work)).resolves.toBeDefined()
  })

  it('is answered although the answer cannot be kept, and that is logged', async () => {
    const begin: Idempotency['begin'] = async () => ({
      claim: { keep: () => Promise.reject(new Error('D1 is away')), free: async () => {} },
    })
    const { lines, post } = setUp(created, { begin })
    expect((await post()).status).toBe(201)
    expect(lines).toEqual([
      expect.objectContaining({ event: 'idempotency.unsettled', surface: 'x', cause: 'D1 is away' }),
    ])
  })
})

describe('what has no use for a key', () => {
  it('a POST without one runs each time', async () => {
    const { app, runs } = setUp(created)
    for (const _ of [1, 2]) await app.request('/things', { method: 'POST', body: '{}' })
    expect(runs).toHaveLength(2)
  })

  it.each(['a', '', 'clé'])('what anyone may call runs each time, whatever the key is: %j', async (key) => {
    const { post, runs } = setUp(created)
    for (const _ of [1, 2]) expect((await post(undefined, { path: '/open', key })).status).toBe(201)
    expect(runs).toHaveLength(2)
    expect(await db.select().from(idempotentAnswers)).toEqual([])
  })

  it('what does not exist is not there, and its body is not read', async () => {
    const { post } = setUp(created)
    expect((await post(undefined, { path: '/nothing' })).status).toBe(404)
    expect(await db.select().from(idempotentAnswers)).toEqual([])
  })

  it.each(['GET', 'PUT', 'PATCH', 'DELETE'])('%s runs each time', async (method) => {
    const { post, runs } = setUp(created)
    for (const _ of [1, 2]) await post(null, { method })
    expect(runs).toHaveLength(2)
  })
})

describe('behind something that has read the body as text', () => {
  it('tells requests apart all the same', async () => {
    const app = new Hono<SurfaceEnv>()
    const idempotency = createIdempotency(db, { secrets: ['s'.repeat(32)], later: () => {} })
    app.use(async (c, next) => {
      await c.req.text()
      await next()
    })
    app.use(idempotent({ idempotency, surface: 'x', publicRoutes: [], log: createLogger(() => {}) }))
    app.post('/things', async (c) => c.json(await c.req.json()))
    app.onError((thrown, c) => c.text('', statusOf[toAppError(thrown).code]))
    const post = (body: string) =>
      app.request('/things', { method: 'POST', body, headers: { 'idempotency-key': 'k' } })
    expect(await (await post('{"a":1}')).json()).toEqual({ a: 1 })
    expect(await (await post('{"a":1}')).json()).toEqual({ a: 1 })
    expect((await post('{"a":2}')).status).toBe(422)
  })
})

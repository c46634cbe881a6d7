import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'
import { AppError, ERROR_CODES } from '../../shared/errors.ts'
import { configOf } from '../../worker/env.ts'
import { createSurface } from '../../worker/http/surface.ts'
import { errorBody } from '../../worker/surfaces/clara/errors.ts'
import { claraOptions, claraSurface } from '../../worker/surfaces/clara/index.ts'
import { createServices } from '../../worker/wiring.ts'
import { eventually } from '../support/eventually.ts'
import { contractClient, from, newAccount, read, requestInit } from './contract-client.ts'

const client = contractClient('clara')

describe('the surface', () => {
  it('names itself and its health, by path and by host', async () => {
    for (const ask of [client.call, client.callByHost]) {
      expect(await read(await ask('/'))).toEqual([
        200,
        { success: true, service: 'Clara AI API', version: '2.0.0' },
      ])
      const health = await ask('/health')
      expect(await read(health)).toEqual([200, { success: true, status: 'healthy' }])
      expect(health.headers.get('x-ratelimit-limit')).toBeNull()
      for (const page of ['/docs', '/redoc']) {
        expect((await ask(page)).headers.get('content-type')).toContain('text/html')
      }
    }
  })

  it('describes itself', async () => {
    expect(await (await client.call('/openapi.json')).json()).toMatchObject({
      openapi: '3.1.0',
      info: { title: 'Clara AI API', version: '2.0.0' },
      servers: [{ url: 'http://localhost/clara' }],
      components: { securitySchemes: { bearerAuth: { type: 'http', scheme: 'bearer' } } },
    })
  })

  it('has its own 404 and 405', async () => {
    expect(await read(await client.call('/api/nothing', { headers: from() }))).toEqual([
      404,
      { success: false, message: expect.any(String), error_code: 'NOT_FOUND', details: {} },
    ])
    const response = await client.call('/health', { method: 'DELETE', headers: from() })
    expect(response.headers.get('allow')).toBe('GET')
    expect(await read(response)).toEqual([
      405,
      { success: false, message: expect.any(String), error_code: 'METHOD_NOT_ALLOWED', details: {} },
    ])
  })

  it.each<[mode: string | undefined, environment: string, expected: string]>([
    [undefined, 'development', 'development'],
    [undefined, 'test', 'production'],
    [undefined, 'production', 'production'],
    ['jwt_optional', 'production', 'jwt_optional'],
    ['jwt_required', 'development', 'jwt_required'],
  ])('set to %s in %s it is in mode %s', (mode, environment, expected) => {
    const config = { ENVIRONMENT: environment, CLARA_SECURITY_MODE: mode }
    const { claraSecurityMode } = createServices(env, configOf({ ...env, ...config }))
    expect(claraSecurityMode).toBe(expected)
  })

  it('says nothing of a mistake of ours', async () => {
    const services = createServices(env, configOf(env))
    const app = claraSurface(services)
    app.get('/api/broken', () => {
      throw new Error('SELECT secret FROM /etc/passwd')
    })
    const { token } = await newAccount({ roles: ['viewer'] })
    const response = await app.request('/clara/api/broken', requestInit({ token, headers: from() }), env)
    expect(await read(response)).toEqual([
      500,
      { success: false, message: 'Internal server error', error_code: 'INTERNAL_ERROR', details: {} },
    ])
  })
})

describe('a failure', () => {
  it.each(ERROR_CODES)('that is %s has a body of this contract', (code) => {
    expect(errorBody(new AppError(code, 'Because.'))).toEqual({
      success: false,
      message: code === 'internal' ? 'Internal server error' : 'Because.',
      error_code: expect.stringMatching(/^[A-Z_]+$/),
      details: {},
    })
  })

  it('that names a field says so in its details', () => {
    const error = new AppError('conflict', 'Taken.', { param: 'name' })
    expect(errorBody(error)).toMatchObject({ error_code: 'CONFLICT', details: { field: 'name' } })
  })

  it('of the input lists every mistake as the page does', () => {
    const issues = [
      {
        path: ['body', 'trainer_type'],
        message: "value is not a valid enumeration member; permitted: 'lora', 'qlora', 'continuous'",
        type: 'type_error.enum',
      },
    ]
    expect(errorBody(new AppError('invalid_request', 'Invalid.', { issues }))).toEqual({
      detail: [
        {
          loc: ['body', 'trainer_type'],
          msg: "value is not a valid enumeration member; permitted: 'lora', 'qlora', 'continuous'",
          type: 'type_error.enum',
        },
      ],
    })
  })
})

describe('limits', () => {
  let app: ReturnType<typeof createSurface>
  beforeAll(() => {
    app = createSurface(claraOptions(createServices(env, configOf(env))))
    app.get('/api/mine', (c) => c.json({}))
  })
  const ask = (headers: Record<string, string>, token?: string) =>
    app.request('/clara/api/mine', requestInit({ headers, ...(token === undefined ? {} : { token }) }), env)

  it('are said on every answer that counts, refusals too', async () => {
    const { token } = await newAccount({ roles: ['viewer'] })
    const known = await ask(from(), token)
    expect(known.status).toBe(200)
    expect(known.headers.get('x-ratelimit-limit')).toBe('100')
    expect(known.headers.get('x-ratelimit-remaining')).toBe('99')
    expect(Number(known.headers.get('x-ratelimit-reset'))).toBeGreaterThan(Date.now() / 1000)
    const anonymous = await ask(from())
    expect(anonymous.status).toBe(401)
    expect(anonymous.headers.get('x-ratelimit-limit')).toBe('1000')
    expect(anonymous.headers.get('x-ratelimit-remaining')).toBe('999')
  })

  it('let a burst of 20 of an account in, and refuse more, from wherever it comes', async () => {
    // A machine that takes longer than a second for all of them lets a second burst in: another account, once more.
    const refused = await eventually(async () => {
      const { token } = await newAccount({ roles: ['viewer'] })
      const answers = await Promise.all(Array.from({ length: 40 }, () => ask(from(), token)))
      const later = answers.filter(({ status }) => status === 429)
      expect(answers.length - later.length).toBeGreaterThanOrEqual(20)
      expect(later.length).toBeGreaterThan(0)
      return later[0]
    })
    expect(refused?.headers.get('retry-after')).toMatch(/^[12]$/)
    expect(refused?.headers.get('x-ratelimit-limit')).toBe('20')
    expect(await refused?.json()).toEqual({
      success: false,
      message: 'Rate limit exceeded: 20 requests per second',
      error_code: 'RATE_LIMIT_EXCEEDED',
      details: {},
    })
  })
})

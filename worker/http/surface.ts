import { OpenAPIHono } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { TrieRouter } from 'hono/router/trie-router'
import { AppError, statusOf, toAppError } from '../../shared/errors.ts'
import { traceOf } from '../../shared/failure-cause.ts'
import type { Account } from '../services/accounts/accounts.ts'
import { browserSafety } from './browser-safety.ts'
import { entry } from './entry.ts'
import { idempotent } from './idempotency.ts'
import { readBodiesOnce } from './input/body-routes.ts'
import { requestBody } from './input/request-body.ts'
import { invalidInput } from './input/validation.ts'
import { prefixOf, routedPath } from './mount.ts'
import { isRoute, operationOf } from './operation.ts'
import type { SurfaceEnv, SurfaceOptions } from './surface-env.ts'

/** The account a route runs for; `authenticate` has put it there. */
export function accountOf(c: Context<SurfaceEnv>): Account {
  const account = c.get('account')
  if (!account) throw new AppError('unauthenticated', 'This needs an account.')
  return account
}

/** The methods that a path answers to, for a 405's `Allow`. */
function allowedMethods(app: OpenAPIHono<SurfaceEnv>) {
  let router: TrieRouter<string> | undefined
  return (path: string): string[] => {
    if (!router) {
      router = new TrieRouter()
      for (const route of app.routes) {
        if (isRoute(route.method)) router.add('ALL', route.path, route.method)
      }
    }
    return [...new Set(router.match('ALL', path)[0].map(([method]) => method))].toSorted()
  }
}

/** Request id, one log line and one count a request, and the limits' headers, whatever becomes of it. */
function observe(app: OpenAPIHono<SurfaceEnv>, { name, limits, traffic, log }: SurfaceOptions): void {
  app.use(async (c, next) => {
    const started = Date.now()
    c.set('requestId', crypto.randomUUID())
    await next()
    c.header('x-request-id', c.get('requestId'))
    const answer = c.get('limits')
    if (answer && limits) {
      for (const [header, value] of Object.entries(limits.headers(answer, Date.now())))
        c.header(header, value)
    }
    const { status } = c.res
    const ms = Date.now() - started
    const accountId = c.get('account')?.id ?? null
    log.info('request', {
      requestId: c.get('requestId'),
      surface: name,
      method: c.req.method,
      route: operationOf(c)?.split(' ')[1] ?? null,
      status,
      ms,
      accountId,
      model: c.get('model') ?? null,
      endUser: c.get('endUser') ?? null,
    })
    traffic.note({ surface: name, status, ms, unlimited: c.get('unlimited') ?? false, accountId })
  })
}

/** The longest `Retry-After` that OpenAI's SDKs wait for, in seconds. */
const MAX_SDK_WAIT_SECONDS = 60

/** Every failure in this surface's own format. */
function answerFailures(app: OpenAPIHono<SurfaceEnv>, options: SurfaceOptions): void {
  const { name, errorBody, log } = options
  const statusFor = (error: AppError) => options.statusOf?.(error) ?? statusOf[error.code]
  const methodsOf = allowedMethods(app)
  app.notFound((c) => {
    const methods = methodsOf(c.req.path)
    const error =
      methods.length > 0
        ? new AppError('method_not_allowed', `${c.req.path} does not answer to ${c.req.method}.`)
        : new AppError('not_found', `There is no route ${c.req.method} ${c.req.path}.`)
    if (methods.length > 0) c.header('allow', methods.join(', '))
    return c.json(errorBody(error), statusFor(error))
  })
  app.onError((thrown, c) => {
    const error = toAppError(thrown)
    if (error.code === 'internal') {
      const cause = traceOf(error.cause)
      log.error('request.failed', { requestId: c.get('requestId'), surface: name, cause })
    }
    if (error.retryAfterSeconds) {
      c.header('retry-after', String(error.retryAfterSeconds))
      // Their SDKs retry at once instead of waiting for longer than this.
      c.header('x-should-retry', String(error.retryAfterSeconds <= MAX_SDK_WAIT_SECONDS))
    }
    const status = statusFor(error)
    if (status === 401) c.header('www-authenticate', 'Bearer')
    return c.json(errorBody(error), status)
  })
}

/** A complete API: its own prefix, error format, 404, 405, limits and `/openapi.json`. */
export function createSurface(options: SurfaceOptions) {
  const { basePath, title, version, mount, introduction } = options
  const app = new OpenAPIHono<SurfaceEnv>({
    getPath: (request) => routedPath(new URL(request.url), mount),
    defaultHook: (result) => {
      if (result.success) return
      const input = 'data' in result ? result.data : undefined
      throw invalidInput(result.target, result.error.issues, input)
    },
  })

  readBodiesOnce(app)
  observe(app, options)
  app.use(...browserSafety(options))
  app.use(entry(options))
  app.use(requestBody(options))
  if (options.guards) {
    const { publicRoutes, bodies, log } = options
    const { idempotency } = options.guards
    app.use(idempotent({ idempotency, surface: options.name, publicRoutes, bodies, log }))
  }
  answerFailures(app, options)

  for (const [scheme, definition] of Object.entries(options.securitySchemes)) {
    app.openAPIRegistry.registerComponent('securitySchemes', scheme, definition)
  }
  app.doc31(`${basePath}/openapi.json`, (c) => {
    const { origin } = new URL(c.req.url)
    // Where the paths begin in the form in which this document was asked for: by host or by path.
    const server = `${origin}${prefixOf(c)}`
    const isByHost = mount !== undefined && prefixOf(c) === ''
    const root = isByHost ? origin.replace(`//${mount}.`, '//') : origin
    const description = introduction?.replaceAll('{server}', server).replaceAll('{root}', root)
    return {
      openapi: '3.1.0',
      info: { title, version, ...(description !== undefined && { description }) },
      servers: [{ url: server }],
    }
  })
  return app
}
export type Surface = ReturnType<typeof createSurface>

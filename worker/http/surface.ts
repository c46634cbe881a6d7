import { OpenAPIHono } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { HTTPException } from 'hono/http-exception'
import { matchedRoutes } from 'hono/route'
import { TrieRouter } from 'hono/router/trie-router'
import { AppError, toAppError } from '../../shared/errors.ts'
import type { Logger } from '../../shared/log.ts'
import type { Account } from '../services/accounts.ts'
import { jsonBody } from './json-body.ts'
import { statusOf } from './status.ts'

export interface SurfaceEnv {
  Bindings: Cloudflare.Env
  Variables: {
    requestId: string
    /** Present on every route that is not public. */
    account: Account
    /** The caller's own name for its end user, for the log. */
    endUser?: string
  }
}

export interface SurfaceOptions {
  /** Short name, for the log. */
  name: string
  basePath: string
  title: string
  version: string
  /** The body this contract documents for a failure. */
  errorBody: (error: AppError) => object
  /** Who is asking. Throws `unauthenticated`. */
  authenticate: (c: Context<SurfaceEnv>) => Promise<Account>
  /** The operations that anyone may call, as `METHOD /path`. Every other route asks for an account. */
  publicRoutes: readonly string[]
  /** How a caller names itself, for the document's "Authorize". */
  securitySchemes: Record<string, { type: 'http'; scheme: 'bearer'; description: string }>
  log: Logger
}

/** The account a route runs for; `authenticate` has put it there. */
export const accountOf = (c: Context<SurfaceEnv>): Account => c.get('account')

const isRoute = (method: string) => method !== 'ALL'

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

/** A complete API: its own prefix, error format, 404, 405 and `/openapi.json`. */
export function createSurface(options: SurfaceOptions) {
  const { name, basePath, title, version, errorBody, authenticate, log } = options
  const publicRoutes = new Set(options.publicRoutes)
  const app = new OpenAPIHono<SurfaceEnv>({
    defaultHook: (result) => {
      if (result.success) return
      const [issue] = result.error.issues
      const unknown = issue?.code === 'unrecognized_keys' ? issue.keys[0] : undefined
      const path = [...(issue?.path ?? []), ...(unknown ? [unknown] : [])]
      const param = path.reduce<string>(
        (text, part) =>
          typeof part === 'number' ? `${text}[${part}]` : text ? `${text}.${String(part)}` : String(part),
        '',
      )
      const reason = unknown ? 'it is unknown or not supported' : (issue?.message ?? 'invalid')
      throw new AppError(
        'invalid_request',
        `Invalid '${param || 'body'}': ${reason}.`.replace(/\.\.$/, '.'),
        { param },
      )
    },
  })

  app.use(async (c, next) => {
    const started = Date.now()
    c.set('requestId', crypto.randomUUID())
    await next()
    c.header('x-request-id', c.get('requestId'))
    log.info('request', {
      requestId: c.get('requestId'),
      surface: name,
      method: c.req.method,
      route: matchedRoutes(c).findLast((route) => isRoute(route.method))?.path ?? null,
      status: c.res.status,
      ms: Date.now() - started,
      accountId: c.get('account')?.id ?? null,
      endUser: c.get('endUser') ?? null,
    })
  })
  app.use(async (c, next) => {
    const route = matchedRoutes(c).findLast(({ method }) => isRoute(method))
    // What does not exist is answered as such below; what exists is open only when it is listed.
    if (route && !publicRoutes.has(`${route.method} ${route.path}`)) c.set('account', await authenticate(c))
    await next()
  })
  app.use(jsonBody)

  const methodsOf = allowedMethods(app)
  app.notFound((c) => {
    const methods = methodsOf(c.req.path)
    const error =
      methods.length > 0
        ? new AppError('method_not_allowed', `${c.req.path} does not answer to ${c.req.method}.`)
        : new AppError('not_found', `There is no route ${c.req.method} ${c.req.path}.`)
    if (methods.length > 0) c.header('allow', methods.join(', '))
    return c.json(errorBody(error), statusOf[error.code])
  })
  app.onError((thrown, c) => {
    // Hono's own validator throws its exceptions for a body that it cannot read.
    const isBadBody = thrown instanceof HTTPException && thrown.status < 500
    const error = isBadBody
      ? new AppError('invalid_request', 'The request body cannot be read.')
      : toAppError(thrown)
    if (error.code === 'internal') {
      const cause =
        error.cause instanceof Error ? (error.cause.stack ?? error.cause.message) : String(error.cause)
      log.error('request.failed', { requestId: c.get('requestId'), surface: name, cause })
    }
    if (error.retryAfterSeconds) {
      c.header('retry-after', String(error.retryAfterSeconds))
      c.header('x-should-retry', 'true')
    }
    if (error.code === 'unauthenticated') c.header('www-authenticate', 'Bearer')
    return c.json(errorBody(error), statusOf[error.code])
  })

  for (const [scheme, definition] of Object.entries(options.securitySchemes)) {
    app.openAPIRegistry.registerComponent('securitySchemes', scheme, definition)
  }
  app.doc31(`${basePath}/openapi.json`, { openapi: '3.1.0', info: { title, version } })
  return app
}
export type Surface = ReturnType<typeof createSurface>

import type { MiddlewareHandler } from 'hono'
import { cors } from 'hono/cors'
import { NONCE, secureHeaders } from 'hono/secure-headers'
import { REPLAYED_HEADER } from './idempotency.ts'
import { operationOf } from './operation.ts'
import type { SurfaceEnv, SurfaceOptions } from './surface-env.ts'

/** A year, and of this host alone: the other names of its domain are not ours to speak for (RFC 6797 §6.1). */
const TRANSPORT_SECURITY = 'max-age=31536000'

/** How long a browser remembers a preflight, in seconds. */
const PREFLIGHT_SECONDS = 600

/** Headers that every surface shows to pages of other origins. */
const EXPOSED_HEADERS = ['x-request-id', 'retry-after', 'x-should-retry', 'etag', REPLAYED_HEADER]

const NOTHING = ["'none'"]

/** The headers of every response. The library's others are for browsers of old, or said by a policy of ours. */
export const ON_EVERY_RESPONSE = {
  xContentTypeOptions: true,
  referrerPolicy: 'no-referrer',
  crossOriginResourcePolicy: false,
  crossOriginOpenerPolicy: false,
  originAgentCluster: false,
  strictTransportSecurity: false,
  xDnsPrefetchControl: false,
  xDownloadOptions: false,
  xFrameOptions: false,
  xPermittedCrossDomainPolicies: false,
  xXssProtection: false,
} as const

/** Whether an origin is a page of this machine: no other has business with an edge that somebody develops on. */
export function isLocalOrigin(origin: string): boolean {
  if (!URL.canParse(origin)) return false
  const { protocol, hostname } = new URL(origin)
  const isLocalHost = /^(?:localhost|127\.0\.0\.1|\[::1\])$/.test(hostname) || hostname.endsWith('.localhost')
  return isLocalHost && /^https?:$/.test(protocol)
}

/** Marks what no cache may keep: logins, keys, and all that is not for anyone to read. */
const noStoreOfPrivate = (publicRoutes: readonly string[]): MiddlewareHandler => {
  const open = new Set(publicRoutes.filter((operation) => operation.startsWith('GET ')))
  return async (c, next) => {
    await next()
    if (!open.has(operationOf(c) ?? '')) c.header('cache-control', 'no-store')
  }
}

type SafetyOptions = Pick<SurfaceOptions, 'isDevelopment' | 'publicRoutes' | 'limits' | 'exposedHeaders'>

/**
 * The headers that keep browsers from mischief, on every response of a surface. Front ends of other origins may call: who
 * asks is said by a header that a browser never adds by itself, not by a cookie. In development only those of this machine.
 */
export function browserSafety(options: SafetyOptions): MiddlewareHandler<SurfaceEnv>[] {
  const { isDevelopment, publicRoutes, limits, exposedHeaders = [] } = options
  return [
    secureHeaders({
      ...ON_EVERY_RESPONSE,
      contentSecurityPolicy: { defaultSrc: NOTHING, frameAncestors: NOTHING },
      strictTransportSecurity: isDevelopment ? false : TRANSPORT_SECURITY,
      // A page has set its own.
      overwrite: false,
    }),
    cors({
      origin: isDevelopment ? (origin) => (isLocalOrigin(origin) ? origin : null) : '*',
      exposeHeaders: [...EXPOSED_HEADERS, ...exposedHeaders, ...(limits?.headerNames ?? [])],
      maxAge: PREFLIGHT_SECONDS,
    }),
    noStoreOfPrivate(publicRoutes),
  ]
}

/**
 * Route middleware of a page: it runs the scripts that carry its nonce (`c.get('secureHeadersNonce')`), speaks to its own
 * origin alone, and can be framed by nobody. Styles are free: what draws the pages writes them as it goes.
 */
export const pageSafety: MiddlewareHandler = secureHeaders({
  ...ON_EVERY_RESPONSE,
  contentSecurityPolicy: {
    defaultSrc: NOTHING,
    scriptSrc: [NONCE],
    styleSrc: ["'self'", "'unsafe-inline'"],
    imgSrc: ["'self'", 'data:'],
    fontSrc: ["'self'", 'data:'],
    connectSrc: ["'self'"],
    baseUri: NOTHING,
    formAction: NOTHING,
    frameAncestors: NOTHING,
  },
})

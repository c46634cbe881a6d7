import type { Context } from 'hono'
import { matchedRoutes } from 'hono/route'

/** Middleware is registered for all methods; an operation has one. */
export const isRoute = (method: string): boolean => method !== 'ALL'

/** The operation that answers a request, the first of those that match, as `METHOD /path`; undefined where there is none. */
export function operationOf(c: Context): string | undefined {
  const route = matchedRoutes(c).find(({ method }) => isRoute(method))
  return route && `${route.method} ${route.path}`
}

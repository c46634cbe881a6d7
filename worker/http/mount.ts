import type { Context } from 'hono'

/** The first label of a host name: `clara` of `clara.localhost`. */
export const hostLabelOf = (url: URL): string => url.hostname.split('.')[0] ?? ''

/**
 * The path that a surface routes by: without the mount's name where the surface was chosen by path, and without a slash at
 * its end, so that a base URL works with and without one.
 */
export function routedPath(url: URL, mount: string | undefined): string {
  const isByHost = mount !== undefined && hostLabelOf(url) === mount
  const prefix = mount === undefined || isByHost ? '' : `/${mount}`
  const inside =
    url.pathname === prefix || url.pathname.startsWith(`${prefix}/`)
      ? url.pathname.slice(prefix.length)
      : url.pathname
  const path = inside.length > 1 && inside.endsWith('/') ? inside.slice(0, -1) : inside
  return path === '' ? '/' : path
}

/** What stands before a surface's own paths in the request that is being answered: `/clara`, or nothing by host. */
export function prefixOf(c: Context): string {
  const { pathname } = new URL(c.req.url)
  const own = pathname.length > 1 && pathname.endsWith('/') ? pathname.slice(0, -1) : pathname
  if (c.req.path === '/') return own === '/' ? '' : own
  return own.endsWith(c.req.path) ? own.slice(0, -c.req.path.length) : ''
}

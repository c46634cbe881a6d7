import type { Context } from 'hono'

/** The first label of a host name: `clara` of `clara.localhost`. */
export const hostLabelOf = (url: URL): string => url.hostname.split('.')[0] ?? ''

/** The path of a URL with one slash where there are more and none at its end: a base URL works with and without one. */
export function pathOf({ pathname }: URL): string {
  const path = pathname.replaceAll(/\/{2,}/g, '/')
  return path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path
}

/** The path that a surface routes by: without the mount's name where the surface was chosen by path. */
export function routedPath(url: URL, mount: string | undefined): string {
  const isByHost = mount !== undefined && hostLabelOf(url) === mount
  const prefix = mount === undefined || isByHost ? '' : `/${mount}`
  const path = pathOf(url)
  const inside = path === prefix || path.startsWith(`${prefix}/`) ? path.slice(prefix.length) : path
  return inside === '' ? '/' : inside
}

/** The prefix of a surface's own paths in the request that is being answered: `/clara`, or nothing by host. */
export function prefixOf(c: Context): string {
  const own = pathOf(new URL(c.req.url))
  if (c.req.path === '/') return own === '/' ? '' : own
  return own.endsWith(c.req.path) ? own.slice(0, -c.req.path.length) : ''
}

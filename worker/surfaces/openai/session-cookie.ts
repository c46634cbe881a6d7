import type { Context } from 'hono'
import { deleteCookie, getCookie, setCookie } from 'hono/cookie'
import { AppError } from '../../../shared/errors.ts'

/** Where the cookie goes: to what renews and ends a session, and to nothing else, so that no other route can be used by it. */
export const SESSION_PATH = '/v1/session'

const isSecure = (c: Context): boolean => new URL(c.req.url).protocol === 'https:'

/** Browsers take a name with this prefix over TLS alone (RFC 6265bis §4.1.3.1). */
const nameFor = (c: Context): string => (isSecure(c) ? '__Secure-switchyard' : 'switchyard')

const attributesFor = (c: Context) => ({
  path: SESSION_PATH,
  httpOnly: true,
  sameSite: 'Strict' as const,
  secure: isSecure(c),
})

/** Keeps a session's secret in the browser until `endsAt` (epoch ms), out of the page's reach. */
export function keepSession(c: Context, secret: string, endsAt: number): void {
  const maxAge = Math.max(0, Math.ceil((endsAt - Date.now()) / 1_000))
  setCookie(c, nameFor(c), secret, { ...attributesFor(c), maxAge })
}

export const forgetSession = (c: Context): void => void deleteCookie(c, nameFor(c), attributesFor(c))

/** Throws `forbidden` when a page of another origin asks. Browsers name the origin of whatever is not a plain read. */
export function refuseForeignPage(c: Context): void {
  const origin = c.req.header('origin')
  if (origin !== undefined && origin !== new URL(c.req.url).origin)
    throw new AppError('forbidden', 'Sessions are for pages of this origin alone.')
}

/**
 * The session's secret that a browser sends, on the word of a page of this very origin: `SameSite` alone would let in the pages of
 * the other names of its site. Throws `forbidden`, and `unauthenticated` where no session is.
 */
export function sessionSecretOf(c: Context): string {
  if (c.req.header('origin') === undefined)
    throw new AppError(
      'forbidden',
      "A session is renewed and ended by a browser, which sends the header 'Origin'.",
    )
  refuseForeignPage(c)
  const secret = getCookie(c, nameFor(c))
  if (!secret) throw new AppError('unauthenticated', 'No session is open in this browser: sign in.')
  return secret
}

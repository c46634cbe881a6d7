import type { Context } from 'hono'
import { accepts } from 'hono/accepts'
import { secureHeaders } from 'hono/secure-headers'
import { CONSOLE_PATH, isConsolePage } from '../../../shared/console/pages.ts'
import { ON_EVERY_RESPONSE } from '../../http/browser-safety.ts'
import type { Surface } from '../../http/surface.ts'

export const CONSOLE_ROUTES = [`GET ${CONSOLE_PATH}`, `GET ${CONSOLE_PATH}/*`]

const OURS = ["'self'"]
const NOTHING = ["'none'"]

/**
 * The console runs our scripts alone and speaks to this origin alone; what models and people wrote becomes markup only through
 * the sanitiser's policy of trusted types.
 */
const consoleSafety = secureHeaders({
  ...ON_EVERY_RESPONSE,
  contentSecurityPolicy: {
    defaultSrc: NOTHING,
    scriptSrc: OURS,
    styleSrc: OURS,
    connectSrc: OURS,
    imgSrc: OURS,
    baseUri: NOTHING,
    formAction: NOTHING,
    frameAncestors: NOTHING,
    requireTrustedTypesFor: ["'script'"],
    trustedTypes: ['dompurify'],
  },
})

/** Whether a browser asks for a page. A program that takes anything gets JSON. */
export const wantsPage = (c: Context): boolean =>
  accepts(c, {
    header: 'Accept',
    supports: ['application/json', 'text/html'],
    default: 'application/json',
  }) === 'text/html'

/** The console's pages: one document, which shows the page of its address, with 404 where there is none. */
export function consoleRoutes(app: Surface): void {
  app.on('GET', [CONSOLE_PATH, `${CONSOLE_PATH}/*`], consoleSafety, async (c) => {
    // Where the hashed files lie: one that is missing belongs to another version, and is no page.
    if (c.req.path.startsWith(`${CONSOLE_PATH}/assets/`)) return c.notFound()
    const document = await c.env.ASSETS.fetch(new URL(`${CONSOLE_PATH}/`, c.req.url))
    const status = document.ok && !isConsolePage(c.req.path) ? 404 : document.status
    const headers = { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-cache' }
    return new Response(document.body, { status, headers })
  })
}

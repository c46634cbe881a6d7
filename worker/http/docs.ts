import type { Context } from 'hono'
import { html } from 'hono/html'
import { pageSafety } from './browser-safety.ts'
import { prefixOf } from './mount.ts'
import type { Surface } from './surface.ts'

/** Our own path to the bundled pages; none of ours loads anything from elsewhere. */
export const ASSETS_PATH = '/assets'

interface Page {
  title: string
  documentUrl: string
  /** Of the scripts that may run. */
  nonce: string
}

const swaggerPage = ({ title, documentUrl, nonce }: Page) => html`<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width" />
    <title>${title}</title>
    <link rel="stylesheet" href="${ASSETS_PATH}/swagger-ui/swagger-ui.css" />
    <link rel="icon" href="${ASSETS_PATH}/swagger-ui/favicon-32x32.png" />
  </head>
  <body>
    <div id="docs"></div>
    <script nonce="${nonce}" src="${ASSETS_PATH}/swagger-ui/swagger-ui-bundle.js"></script>
    <script nonce="${nonce}">
      SwaggerUIBundle({ url: '${documentUrl}', dom_id: '#docs', persistAuthorization: true })
    </script>
  </body>
</html>`

const redocPage = ({ title, documentUrl, nonce }: Page) => html`<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width" />
    <title>${title}</title>
    <link rel="icon" href="${ASSETS_PATH}/swagger-ui/favicon-32x32.png" />
  </head>
  <body>
    <div id="docs"></div>
    <script nonce="${nonce}" src="${ASSETS_PATH}/redoc/redoc.standalone.js"></script>
    <script nonce="${nonce}">
      Redoc.init('${documentUrl}', { disableSearch: true, hideLoading: true }, document.getElementById('docs'))
    </script>
  </body>
</html>`

/** `/docs` (Swagger UI) and `/redoc` for a surface's document, which stands beside them. */
export function documentationRoutes(app: Surface, basePath: string, title: string): void {
  const pageOf = (c: Context): Page => ({
    title,
    documentUrl: `${prefixOf(c)}${basePath}/openapi.json`,
    nonce: c.get('secureHeadersNonce') ?? '', // without one no script runs
  })
  app.get(`${basePath}/docs`, pageSafety, (c) => c.html(swaggerPage(pageOf(c))))
  app.get(`${basePath}/redoc`, pageSafety, (c) => c.html(redocPage(pageOf(c))))
}

/** The operations of a surface's own description, which anyone may read. */
export const documentationOf = (basePath: string): string[] =>
  ['openapi.json', 'docs', 'redoc'].map((page) => `GET ${basePath}/${page}`)

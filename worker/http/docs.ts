import type { Context } from 'hono'
import { html, raw } from 'hono/html'
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

/** Colours of Swagger UI that its readers can tell apart: its own have less contrast than WCAG's AA asks for. */
const SWAGGER_COLOURS = `
  .swagger-ui .info .title small, .swagger-ui .download-contents { background: #5b6270 }
  .swagger-ui .info .title small.version-stamp { background: #3d6b00 }
  .swagger-ui .info .url { color: #1d5fb0 }
  .swagger-ui .btn.authorize { border-color: #127548; color: #127548 }
  .swagger-ui .btn.authorize svg { fill: #127548 }
  .swagger-ui .btn.execute, .swagger-ui .opblock.opblock-get .opblock-summary-method { background: #1d5fb0 }
  .swagger-ui .btn { transition: none } /* halfway between two states it has the contrast of neither */
  .swagger-ui .btn.cancel { border-color: #b91c1c; color: #b91c1c }
  .swagger-ui .opblock.opblock-post .opblock-summary-method { background: #127548 }
  .swagger-ui .opblock.opblock-put .opblock-summary-method { background: #8f5200 }
  .swagger-ui .opblock.opblock-patch .opblock-summary-method { background: #0b6e63 }
  .swagger-ui .opblock.opblock-delete .opblock-summary-method { background: #b91c1c }
  .swagger-ui .parameter__in, .swagger-ui .json-schema-2020-12-expand-deep-button { color: #4f4f4f }`

/** The same of ReDoc, and what its theme has no word for. */
const REDOC_COLOURS = `
  #docs h5 { color: #4a4f52 }
  #docs .tab-success { color: #7bd88f }
  #docs .react-tabs__tab--selected { color: #263238 } /* alone on white; the others are on dark */
  #docs [type='warning'] { background: #8f5200; color: #fff }`
const REDOC_THEME = JSON.stringify({
  colors: { responses: { error: { tabTextColor: '#ff8a80' } } },
  typography: { code: { color: '#a8201a' } },
})

/** Gives names to what the pages' makers have left without one, and lets the keyboard scroll what scrolls. */
const NAMING = raw(`
      const give = (selector, attribute, value) => {
        for (const element of document.querySelectorAll(selector + ':not([' + attribute + '])'))
          element.setAttribute(attribute, value(element))
      }
      const name = () => {
        give('select', 'aria-label', (select) =>
          select.closest('tr')?.dataset.paramName ?? (select.id === 'servers' ? 'Server' : 'Media type'))
        give('.close-modal', 'aria-label', () => 'Close')
        give('textarea', 'aria-label', () => 'Body')
        give('pre', 'tabindex', () => '0')
        // It says otherwise than what can be read on it.
        document.querySelector('.modal-btn.authorize')?.removeAttribute('aria-label')
      }
      new MutationObserver(name).observe(document.body, { childList: true, subtree: true })`)

const swaggerPage = ({ title, documentUrl, nonce }: Page) => html`<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width" />
    <title>${title}</title>
    <link rel="stylesheet" href="${ASSETS_PATH}/swagger-ui/swagger-ui.css" />
    <style>${SWAGGER_COLOURS}</style>
    <link rel="icon" href="${ASSETS_PATH}/swagger-ui/favicon-32x32.png" />
  </head>
  <body>
    <div id="docs"></div>
    <script nonce="${nonce}" src="${ASSETS_PATH}/swagger-ui/swagger-ui-bundle.js"></script>
    <script nonce="${nonce}">${NAMING}
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
    <style>${REDOC_COLOURS}</style>
    <link rel="icon" href="${ASSETS_PATH}/swagger-ui/favicon-32x32.png" />
  </head>
  <body>
    <div id="docs"></div>
    <script nonce="${nonce}" src="${ASSETS_PATH}/redoc/redoc.standalone.js"></script>
    <script nonce="${nonce}">${NAMING}
      const theme = ${raw(REDOC_THEME)}
      Redoc.init('${documentUrl}', { disableSearch: true, hideLoading: true, theme }, document.getElementById('docs'))
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

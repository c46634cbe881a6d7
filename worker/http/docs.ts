import type { Context } from 'hono'
import { html } from 'hono/html'

/** Our own path to the bundled Swagger UI; no page of ours loads anything from elsewhere. */
export const ASSETS_PATH = '/assets/swagger-ui'

/** Swagger UI for a surface's document. */
export const docsPage = (title: string, documentUrl: string) => (c: Context) =>
  c.html(
    html`<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width" />
    <title>${title}</title>
    <link rel="stylesheet" href="${ASSETS_PATH}/swagger-ui.css" />
    <link rel="icon" href="${ASSETS_PATH}/favicon-32x32.png" />
  </head>
  <body>
    <div id="docs"></div>
    <script src="${ASSETS_PATH}/swagger-ui-bundle.js"></script>
    <script>
      SwaggerUIBundle({ url: '${documentUrl}', dom_id: '#docs', persistAuthorization: true })
    </script>
  </body>
</html>`,
  )

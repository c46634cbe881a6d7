// Copies what /docs and /redoc show in a browser out of their packages, so that the Worker serves it itself and no page
// needs a CDN. Runs after each install (`npm prepare`), on whatever Node npm runs on.
import { copyFileSync, existsSync, mkdirSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))

const pages = {
  'swagger-ui': {
    from: 'swagger-ui-dist',
    files: ['swagger-ui.css', 'swagger-ui-bundle.js', 'favicon-32x32.png', 'LICENSE', 'NOTICE'],
  },
  redoc: {
    from: 'redoc',
    files: ['bundles/redoc.standalone.js', 'bundles/redoc.standalone.js.LICENSE.txt', 'LICENSE'],
  },
}

for (const [name, { from, files }] of Object.entries(pages)) {
  const source = join(root, 'node_modules', from)
  // A production node installs without development packages and serves no pages.
  if (!existsSync(source)) continue
  const target = join(root, 'worker', 'assets', name)
  mkdirSync(target, { recursive: true })
  for (const file of files) copyFileSync(join(source, file), join(target, basename(file)))
}

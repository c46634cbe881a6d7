// Copies what /docs shows in a browser out of its package, so that the Worker serves it itself and no page needs a CDN.
// Runs after each install (`npm prepare`), on whatever Node npm runs on.
import { copyFileSync, existsSync, mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const source = join(root, 'node_modules', 'swagger-ui-dist')
const target = join(root, 'worker', 'assets', 'swagger-ui')

// A production node installs without development packages and serves no pages.
if (existsSync(source)) {
  mkdirSync(target, { recursive: true })
  for (const file of ['swagger-ui.css', 'swagger-ui-bundle.js', 'favicon-32x32.png', 'LICENSE', 'NOTICE']) {
    copyFileSync(join(source, file), join(target, file))
  }
}

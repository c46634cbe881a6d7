// Copies what /docs and /redoc show in a browser out of their packages, where it is not there yet as it is there, so that
// the Worker serves it itself and no page needs a CDN. Runs after each install (`npm prepare`), on whatever Node npm runs
// on, and from `setup.mjs`: an install may have been told to run no scripts.
import { copyFileSync, existsSync, mkdirSync, statSync } from 'node:fs'
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

/**
 * @param {string} source
 * @param {string} copy
 */
const isCopied = (source, copy) => statSync(copy, { throwIfNoEntry: false })?.size === statSync(source).size

for (const [name, { from: packageName, files }] of Object.entries(pages)) {
  const source = join(root, 'node_modules', packageName)
  // A production node installs without development packages and serves no pages.
  if (!existsSync(source)) continue
  const target = join(root, 'worker', 'assets', name)
  mkdirSync(target, { recursive: true })
  for (const file of files) {
    const [from, to] = [join(source, file), join(target, basename(file))]
    if (!isCopied(from, to)) copyFileSync(from, to)
  }
}

// Copies what /docs and /redoc show in a browser out of their packages, where it is not there yet as it is there, so that
// the Worker serves it itself and no page needs a CDN. Runs after each install (`npm prepare`), on whatever Node npm runs
// on, and from `setup.mjs`: an install may have been told to run no scripts.
import { copyFileSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
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

/** ReDoc asks its vendor for this picture; it gets one of ours in its place. */
const [FOREIGN, OURS] = ['https://cdn.redoc.ly/redoc/logo-mini.svg', '/assets/swagger-ui/favicon-32x32.png']
const asksVendor = 'redoc.standalone.js'

/**
 * @param {string} source
 * @param {string} copy
 */
function copyChanged(source, copy) {
  writeFileSync(copy, readFileSync(source, 'utf8').replaceAll(FOREIGN, OURS))
}

/**
 * @param {string} source
 * @param {string} copy
 * @param {number} more bytes of the copy than of the source
 */
const isCopied = (source, copy, more) =>
  statSync(copy, { throwIfNoEntry: false })?.size === statSync(source).size + more

for (const [name, { from: packageName, files }] of Object.entries(pages)) {
  const source = join(root, 'node_modules', packageName)
  // A production node installs without development packages and serves no pages.
  if (!existsSync(source)) continue
  const target = join(root, 'worker', 'assets', name)
  mkdirSync(target, { recursive: true })
  for (const file of files) {
    const [from, to] = [join(source, file), join(target, basename(file))]
    const isChanged = basename(file) === asksVendor
    if (isCopied(from, to, isChanged ? OURS.length - FOREIGN.length : 0)) continue
    if (isChanged) copyChanged(from, to)
    else copyFileSync(from, to)
  }
}

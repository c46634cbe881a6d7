// What the console that lies in the Worker's assets was made of. In plain JavaScript: to learn that nothing is to be built,
// no TypeScript is read, which takes Node longer than all of this.
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))))

/** Beside the console's sources, what changes the result, too. */
const OTHERS = ['shared/console/pages.ts', 'scripts/console/build.ts', 'package-lock.json']

/** @param {string} root */
const markIn = (root) => join(root, '.cache', 'console-build')

export function fingerprint(root = ROOT) {
  const hash = createHash('sha256')
  const files = readdirSync(join(root, 'worker', 'console'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
  for (const file of [...files.sort(), ...OTHERS]) {
    const content = readFileSync(join(root, file))
    hash.update(`${file}\n${content.length}\n`).update(content)
  }
  return hash.digest('hex')
}

/** @param {string} print */
export function isBuilt(print, root = ROOT) {
  const page = join(root, 'worker', 'assets', 'console', 'index.html')
  return existsSync(page) && existsSync(markIn(root)) && readFileSync(markIn(root), 'utf8') === print
}

/** @param {string} print */
export function markBuilt(print, root = ROOT) {
  mkdirSync(dirname(markIn(root)), { recursive: true })
  writeFileSync(markIn(root), print)
}

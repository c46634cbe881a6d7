import { createHash } from 'node:crypto'
import { existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { ROOT } from '../root.ts'

const SOURCES = join(ROOT, 'worker', 'console')
const ASSETS = join(ROOT, 'worker', 'assets')
const BUILT = join(ASSETS, 'console', 'index.html')

/** The mark of the build that lies there: what it was made of. */
const MARK = join(ROOT, '.cache', 'console-build')

/** Files whose names hold a hash of their content never change: browsers may keep them. The Worker does not see such requests. */
const HEADERS = `/console/assets/*
  Cache-Control: public, max-age=31536000, immutable
  X-Content-Type-Options: nosniff
`

/** A hash of everything that the build depends on. */
function fingerprint(): string {
  const hash = createHash('sha256')
  const files = globSync('**/*', { cwd: SOURCES, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
  const shared = ['shared/console/pages.ts', 'package-lock.json'].map((file) => join(ROOT, file))
  for (const file of [...files.toSorted(), ...shared]) hash.update(`${file}\n`).update(readFileSync(file))
  return hash.update(HEADERS).digest('hex')
}

/** Builds the console into the Worker's assets, unless what lies there was made of just these sources. */
export async function buildConsole(): Promise<void> {
  const now = fingerprint()
  const isBuilt = existsSync(BUILT) && existsSync(MARK) && readFileSync(MARK, 'utf8') === now
  if (isBuilt) return
  // Loaded only where there is something to build: it takes longer than everything else here.
  const { build } = await import('vite')
  await build({ configFile: join(SOURCES, 'vite.config.ts') })
  writeFileSync(join(ASSETS, '_headers'), HEADERS)
  mkdirSync(dirname(MARK), { recursive: true })
  writeFileSync(MARK, now)
}

if (import.meta.main) await buildConsole()

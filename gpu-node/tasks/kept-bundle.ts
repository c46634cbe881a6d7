import { createHash, randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rename, rm, stat, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { DAY_MS } from '../../shared/units.ts'
import { makeBundle } from './bundle.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))

/** Where bundles lie beside the package: all nodes and tests that run from it share them. */
export const SHARED_BUNDLES = join(ROOT, '.cache', 'sandbox')

/** A bundle that no node has begun with for so long goes. */
export const UNUSED_MS = 30 * DAY_MS

/** All that a bundle is made of: the sandbox's sources with what they share, how it is made, and the packages as npm has installed them. */
const SOURCES = ['gpu-node/sandbox', 'shared', 'gpu-node/tasks/bundle.ts']
const PACKAGES = ['node_modules/.package-lock.json', 'package-lock.json']

async function filesOf(path: string): Promise<string[]> {
  const whole = join(ROOT, path)
  if (!(await stat(whole)).isDirectory()) return [path]
  const entries = await readdir(whole, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(ROOT.length))
}

/** The name of the bundle that these sources and packages make. */
export async function bundleName(): Promise<string> {
  const hash = createHash('sha256')
  const sources = (await Promise.all(SOURCES.map(filesOf))).flat().filter((path) => path.endsWith('.ts'))
  const packages = PACKAGES.find((path) => existsSync(join(ROOT, path)))
  for (const path of [...sources.toSorted(), ...(packages === undefined ? [] : [packages])])
    hash
      .update(`${path}\0`)
      .update(await readFile(join(ROOT, path)))
      .update('\0')
  return hash.digest('hex').slice(0, 32)
}

/** Deletes what nobody has begun with for long, with what a process that was killed has left half made. */
async function forgetUnused(folder: string, used: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const path = join(folder, name)
    const found = name === used ? undefined : await stat(path).catch(() => undefined)
    if (found && Date.now() - found.mtimeMs > UNUSED_MS) await rm(path, { recursive: true, force: true })
  }
}

/**
 * The sandbox's programs in a folder of bundles, made where they are not there yet. It is there whole or not at all: several
 * that begin at once make one each, and the first that is ready is everybody's.
 */
export async function keptBundle(folder: string, make = makeBundle): Promise<string> {
  const name = await bundleName()
  const bundle = join(folder, name)
  if (!existsSync(bundle)) {
    const making = join(folder, `.${name}-${randomUUID()}`)
    await mkdir(making, { recursive: true, mode: 0o700 })
    try {
      await make(making)
      await rename(making, bundle)
    } catch (thrown) {
      await rm(making, { recursive: true, force: true })
      if (!existsSync(bundle)) throw thrown // else another one was first
    }
  }
  const now = new Date()
  await utimes(bundle, now, now)
  await forgetUnused(folder, name)
  return bundle
}

import { randomUUID } from 'node:crypto'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { ROOT } from '../root.ts'
import { hashOf, SETTINGS } from './inputs.ts'

/** As much of the options as is read here; Miniflare reads the rest. */
const Options = z.looseObject({
  bindings: z.record(z.string(), z.string()),
  d1Databases: z.record(z.string(), z.object({ id: z.string() })),
})

/** Of what they were read. The repository may have been moved since, and they name folders of it. */
const Kept = z.object({ root: z.string(), sha256: z.string(), options: Options })
type Kept = z.infer<typeof Kept>

async function keptIn(path: string): Promise<Kept | undefined> {
  try {
    return Kept.parse(JSON.parse(await readFile(path, 'utf8')))
  } catch {
    return undefined
  }
}

async function read(root: string): Promise<unknown> {
  // Loaded only where there is something to read: it takes longer than everything else here.
  const { unstable_getMiniflareWorkerOptions, unstable_readConfig } = await import('wrangler')
  const config = unstable_readConfig({ config: join(root, 'wrangler.toml') })
  const { workerOptions } = unstable_getMiniflareWorkerOptions(config)
  // Wrangler adds what stands in .dev.vars now: each edge reads the file that it was given, when it starts.
  return JSON.parse(JSON.stringify({ ...workerOptions, bindings: config.vars }))
}

/**
 * How the Worker is bound: Miniflare's options, as wrangler reads them from wrangler.toml. They are kept until that or a package
 * changes, as wrangler takes long to be loaded. Several processes may ask at once.
 */
export async function edgeOptions(root = ROOT): Promise<z.infer<typeof Options>> {
  const path = join(root, '.cache', 'edge', 'options.json')
  const [kept, sha256] = [await keptIn(path), await hashOf(SETTINGS, root)]
  if (kept?.root === root && kept.sha256 === sha256) return kept.options
  const options = Options.parse(await read(root))
  const made: Kept = { root, sha256, options }
  const temporary = `${path}.${randomUUID()}`
  await mkdir(dirname(path), { recursive: true })
  await writeFile(temporary, JSON.stringify(made))
  await rename(temporary, path)
  return options
}

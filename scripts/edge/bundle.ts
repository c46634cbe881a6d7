import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { promisify } from 'node:util'
import { z } from 'zod'
import { PlainFailure } from '../plain-failure.ts'
import { LOCAL_ENV, ROOT, WRANGLER } from '../root.ts'
import { hashOf, SETTINGS } from './inputs.ts'

/** The Worker that is deployed, as it runs on this machine. */
export const WORKER = 'scripts/edge/worker.ts'

const BUNDLES = join(ROOT, '.cache', 'edge')

/** Of what a bundle was made. Written last: a folder with it is whole. */
const INPUTS_FILE = 'inputs.json'
const META_FILE = 'meta.json'

/** Inputs of esbuild that are no files of ours: packages, which the lock file tells of, and what stands for built-in modules. */
const FOREIGN = /^\.\.|(^|\/)node_modules\/|^[\w-]+:/

const OUTPUT_TAIL_CHARACTERS = 2_000

const Meta = z.object({ inputs: z.record(z.string(), z.unknown()) })
/** Paths are relative to the repository, which may have been moved: source maps name it. */
const Inputs = z.object({ root: z.string(), files: z.array(z.string()), sha256: z.string() })

/** Whether a folder holds a bundle of just what lies here now. */
async function isCurrent(folder: string): Promise<boolean> {
  try {
    const made = Inputs.parse(JSON.parse(await readFile(join(folder, INPUTS_FILE), 'utf8')))
    return made.root === ROOT && (await hashOf(made.files, ROOT)) === made.sha256
  } catch {
    return false
  }
}

/** Bundles as a deploy does. Throws a `PlainFailure` with the end of wrangler's words. */
async function build(entry: string, folder: string): Promise<void> {
  const metaPath = join(folder, META_FILE)
  const args = [WRANGLER, 'deploy', entry, '--dry-run', '--outdir', folder, '--metafile', metaPath]
  const env = { ...process.env, ...LOCAL_ENV, CI: 'true' }
  await promisify(execFile)(process.execPath, args, { cwd: ROOT, env }).catch(
    ({ stdout, stderr }: { stdout?: string; stderr?: string }) => {
      const words = `${stdout ?? ''}${stderr ?? ''}`.trimEnd().slice(-OUTPUT_TAIL_CHARACTERS)
      throw new PlainFailure(`${words}\nThe edge could not be built; the lines above are wrangler's.`)
    },
  )
  const { inputs } = Meta.parse(JSON.parse(await readFile(metaPath, 'utf8')))
  const files = [...Object.keys(inputs).filter((path) => !FOREIGN.test(path)), ...SETTINGS]
  const made: z.infer<typeof Inputs> = { root: ROOT, files, sha256: await hashOf(files, ROOT) }
  await writeFile(join(folder, INPUTS_FILE), JSON.stringify(made))
}

/**
 * The path of the Worker in one file; made anew only where a source, wrangler.toml or a package has changed.
 * Several processes may ask at once. Throws a `PlainFailure`.
 */
export async function bundleEdge(entry = WORKER): Promise<string> {
  const folder = join(BUNDLES, entry.replaceAll('/', '-').replace(/\.ts$/, ''))
  if (!(await isCurrent(folder))) {
    await mkdir(BUNDLES, { recursive: true })
    const made = await mkdtemp(`${folder}-`)
    try {
      await build(entry, made)
      await rm(folder, { recursive: true, force: true })
      await rename(made, folder)
    } catch (thrown) {
      await rm(made, { recursive: true, force: true })
      // Another process may have been first.
      if (thrown instanceof PlainFailure || !(await isCurrent(folder))) throw thrown
    }
  }
  return join(folder, basename(entry).replace(/\.ts$/, '.js'))
}

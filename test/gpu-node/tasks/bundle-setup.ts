import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findDeno } from '../../../gpu-node/tasks/deno.ts'
import { keptBundle, SHARED_BUNDLES } from '../../../gpu-node/tasks/kept-bundle.ts'
import { runSandbox, type SandboxOptions } from '../../../gpu-node/tasks/sandbox-process.ts'

/** A folder of sandboxes, and Deno. */
export async function sandboxes() {
  const folder = mkdtempSync(join(tmpdir(), 'switchyard-tasks-'))
  const inside = join(folder, 'files')
  mkdirSync(inside)
  const bundle = await keptBundle(SHARED_BUNDLES)
  const deno = findDeno()
  if (deno === undefined) throw new Error('Deno is not installed.')
  let files = 0

  /** Runs work on a file. */
  const run = (
    file: Uint8Array | string,
    over: Partial<SandboxOptions> = {},
    signal = new AbortController().signal,
  ) => {
    files += 1
    const [input, output] = [join(inside, `${files}.in`), join(inside, `${files}.out`)]
    writeFileSync(input, file)
    const bytes = typeof file === 'string' ? Buffer.byteLength(file) : file.length
    const end = runSandbox(
      {
        ...{ deno, bundle, limitMs: 60_000, onProgress: () => {} },
        work: { kind: 'extract', options: { format: 'pdf' } },
        inputs: [{ name: 'file', bytes, path: input }],
        outputs: [{ name: 'pages', maxBytes: 10_000_000, path: output }],
        ...over,
      },
      signal,
    )
    return { end, output }
  }

  /** A sandbox whose programs are others. */
  const programs = (main: string, work = ''): { bundle: string } => {
    files += 1
    const other = join(folder, `bundle-${files}`)
    mkdirSync(other)
    writeFileSync(join(other, 'main.mjs'), main)
    writeFileSync(join(other, 'work.mjs'), work)
    return { bundle: other }
  }

  return {
    ...{ folder, bundle, deno, run, programs },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}

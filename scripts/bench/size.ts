import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'
import { z } from 'zod'
import { LOCAL_ENV, ROOT, WRANGLER } from '../root.ts'
import type { Bench, BenchContext } from './bench.ts'
import { median, spreadOf } from './statistics.ts'

const STARTS = 5
const KIB = 1024

/** The files that wrangler writes beside the modules that it would upload. */
const NOT_UPLOADED = /\.map$|^README\.md$/

const wrangler = (args: string[], signal: AbortSignal) =>
  promisify(execFile)(process.execPath, [WRANGLER, ...args], {
    cwd: ROOT,
    env: { ...process.env, ...LOCAL_ENV, CI: 'true' },
    maxBuffer: 64 * KIB * KIB,
    signal,
  })

/** Bytes of the modules that a deploy uploads, as they are and compressed, which is what Cloudflare limits. */
async function bundleSize({ scratchDir, signal }: BenchContext): Promise<{ plain: number; gzip: number }> {
  const dir = await mkdtemp(join(scratchDir, 'bundle-'))
  await wrangler(['deploy', '--dry-run', '--outdir', dir], signal)
  const names = (await readdir(dir)).filter((name) => !NOT_UPLOADED.test(name))
  const modules = await Promise.all(names.map((name) => readFile(join(dir, name))))
  const sum = (sizes: number[]) => sizes.reduce((total, size) => total + size, 0)
  return {
    plain: sum(modules.map((module) => module.length)),
    gzip: sum(modules.map((module) => gzipSync(module).length)),
  }
}

/** A V8 CPU profile as far as it is read here. */
const Profile = z.object({
  nodes: z.array(z.object({ id: z.int(), callFrame: z.object({ functionName: z.string() }) })),
  samples: z.array(z.int()),
  timeDeltas: z.array(z.number()),
})

/** Milliseconds of a profile in which the isolate was at work. */
export function busyMs(profile: z.infer<typeof Profile>): number {
  const idle = new Set(
    profile.nodes.filter(({ callFrame }) => callFrame.functionName === '(idle)').map(({ id }) => id),
  )
  const busy = profile.timeDeltas.filter((_, index) => !idle.has(profile.samples[index] ?? -1))
  return busy.reduce((sum, delta) => sum + delta, 0) / 1_000
}

/**
 * How long the Worker takes to start. `wrangler check startup` bundles it as a deploy does, imports the bundle in a fresh
 * workerd and records a CPU profile of that: compiling and running every module's top level, which is what Cloudflare's
 * start-up limit counts. The profiler's own cost is in it, so the true figure is a little lower.
 */
async function startUpMs({ scratchDir, signal }: BenchContext): Promise<number> {
  const outfile = join(await mkdtemp(join(scratchDir, 'startup-')), 'worker.cpuprofile')
  await wrangler(['check', 'startup', '--outfile', outfile], signal)
  return busyMs(Profile.parse(JSON.parse(await readFile(outfile, 'utf8'))))
}

/** The bench of what a deploy uploads and how fast it starts. */
export const size: Bench = {
  name: 'size',
  summary: "the Worker's compressed size and start-up time",
  async run(context) {
    context.note('bundling')
    const { plain, gzip } = await bundleSize(context)
    const starts: number[] = []
    for (let start = 0; start < STARTS; start += 1) {
      context.note(`start ${start + 1} of ${STARTS}`)
      starts.push(await startUpMs(context))
    }
    return [
      { name: 'compressed', value: gzip / KIB, unit: 'KiB', target: { atMost: KIB } },
      { name: 'uncompressed', value: plain / KIB, unit: 'KiB' },
      {
        name: 'start-up',
        value: median(starts),
        unit: 'ms',
        spread: spreadOf(starts),
        target: { atMost: 300 },
      },
    ]
  },
}

import { execFile } from 'node:child_process'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'
import { CONSOLE_PAGES } from '../../../shared/console/pages.ts'
import { buildConsole } from '../../console/build.ts'
import { ROOT } from '../../root.ts'
import type { Bench, BenchContext, Figure } from '../bench.ts'
import { startEdge } from '../edge.ts'
import { median, spreadOf } from '../statistics.ts'
import { withConsole } from './browser.ts'

const KIB = 1024
const BUILDS = 5

/** Seconds of one build, in a process of its own as a person starts it. */
async function buildSeconds({ signal }: BenchContext): Promise<number> {
  const startedAt = performance.now()
  await promisify(execFile)(process.execPath, [join(ROOT, 'scripts', 'console', 'main.mjs')], {
    cwd: ROOT,
    signal,
  })
  return (performance.now() - startedAt) / 1_000
}

async function builds(context: BenchContext): Promise<Figure[]> {
  const [changed, unchanged]: [number[], number[]] = [[], []]
  for (let build = 0; build < BUILDS; build += 1) {
    context.note(`build ${build + 1} of ${BUILDS}`)
    // Without its mark, a build is of other sources than what lies there.
    await rm(join(ROOT, '.cache', 'console-build'), { force: true })
    changed.push(await buildSeconds(context))
    unchanged.push(await buildSeconds(context))
  }
  const figure = (name: string, values: number[], atMost: number): Figure => {
    return { name, value: median(values), spread: spreadOf(values), unit: 's', target: { atMost } }
  }
  return [figure('build, changed', changed, 5), figure('build, unchanged', unchanged, 0.3)]
}

/** Bytes of the console's files that each page has asked for first, compressed: what came with an earlier one is not its own. */
async function pageSizes(origin: string): Promise<Map<string, number>> {
  return withConsole(origin, async ({ context }) => {
    const page = await context.newPage()
    const sizes: Promise<number>[] = []
    page.on('response', (response) => {
      const { pathname } = new URL(response.url())
      if (!pathname.startsWith('/console/') || response.status() !== 200) return
      sizes.push(response.body().then((body) => gzipSync(body).byteLength))
    })
    const found = new Map<string, number>()
    for (const { path, title } of CONSOLE_PAGES) {
      if (path === '') await page.goto(`${origin}/console/`)
      else await page.getByRole('link', { name: title, exact: true }).click()
      await page.getByRole('heading', { name: title, exact: true, level: 1 }).waitFor()
      await page.waitForLoadState('networkidle')
      const own = await Promise.all(sizes.splice(0))
      found.set(
        title,
        own.reduce((sum, size) => sum + size, 0),
      )
    }
    return found
  })
}

async function sizes(context: BenchContext): Promise<Figure[]> {
  await buildConsole()
  const edge = await startEdge(context)
  try {
    context.note('opening each page')
    const [[, first] = ['', 0], ...later] = await pageSizes(edge.origin)
    const [title, most] = later.reduce((largest, page) => (page[1] > largest[1] ? page : largest))
    return [
      { name: 'first load, all files, compressed', value: first / KIB, unit: 'KiB', target: { atMost: 100 } },
      { name: `largest later page (${title})`, value: most / KIB, unit: 'KiB', target: { atMost: 60 } },
    ]
  } finally {
    await edge.stop()
  }
}

/** How large the console's files are, and how long they take to be made. */
export const consoleFiles: Bench = {
  name: 'console:files',
  summary: 'what a browser loads of the console, and the seconds of its build',
  run: async (context) => [...(await builds(context)), ...(await sizes(context))],
}

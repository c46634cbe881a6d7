import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readFile, rm } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { z } from 'zod'
import { buildConsole } from './console/build.ts'
import { runScript } from './plain-failure.ts'
import { LOCAL_ENV, ROOT } from './root.ts'

const VITEST = join(ROOT, 'node_modules', 'vitest', 'vitest.mjs')

const RUNTIMES = join(ROOT, 'test', 'support', 'idle-runtimes.ts')

/** Kept until the next run, for whoever asks where the time went. */
const REPORT = join(ROOT, '.cache', 'test-report.json')

const SLOWEST_FILES = 20

/** Property runs at full length instead of a few cases of them. */
const LONG = '--long'

const Report = z.object({
  numPassedTests: z.int(),
  numFailedTests: z.int(),
  numPendingTests: z.int(),
  numTodoTests: z.int(),
  testResults: z.array(
    z.object({
      name: z.string(),
      startTime: z.number(),
      endTime: z.number(),
      status: z.string(),
      assertionResults: z.array(z.unknown()),
    }),
  ),
})
type Report = z.infer<typeof Report>

/** The one line that tells a person or a machine how it went. A file that does not even load counts as one failure. */
export function summaryOf(report: Report): string {
  const broken = report.testResults.filter(
    ({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0,
  )
  const failed = report.numFailedTests + broken.length
  return `${report.numPassedTests} passed, ${failed} failed, ${report.numPendingTests + report.numTodoTests} skipped`
}

/** The files that took longest, a line each, with the seconds before it. */
export function slowestOf({ testResults }: Report): string[] {
  return testResults
    .map(({ name, startTime, endTime }) => ({ name, seconds: (endTime - startTime) / 1000 }))
    .toSorted((a, b) => b.seconds - a.seconds)
    .slice(0, SLOWEST_FILES)
    .map(({ name, seconds }) => `${seconds.toFixed(1).padStart(7)} s  ${relative(ROOT, name)}`)
}

async function main(): Promise<number> {
  await mkdir(dirname(REPORT), { recursive: true })
  await rm(REPORT, { force: true })
  await buildConsole()
  const reporters = ['default', 'json', RUNTIMES].map((name) => `--reporter=${name}`)
  const args = process.argv.slice(2)
  const child = spawn(
    process.execPath,
    [VITEST, 'run', ...reporters, `--outputFile.json=${REPORT}`, ...args.filter((arg) => arg !== LONG)],
    {
      cwd: ROOT,
      env: { ...process.env, ...LOCAL_ENV, ...(args.includes(LONG) && { TEST_LONG: '1' }) },
      stdio: 'inherit',
    },
  )
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => child.kill(name))
  const [code] = await once(child, 'close')
  const text = await readFile(REPORT, 'utf8').catch(() => undefined)
  if (text !== undefined) {
    const report = Report.parse(JSON.parse(text))
    process.stdout.write(`\nThe slowest files:\n${slowestOf(report).join('\n')}\n\n${summaryOf(report)}\n`)
  }
  return typeof code === 'number' ? code : 1
}

if (import.meta.main) await runScript(main)

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { runScript } from './plain-failure.ts'
import { LOCAL_ENV, ROOT } from './root.ts'

const VITEST = join(ROOT, 'node_modules', 'vitest', 'vitest.mjs')

const Report = z.object({
  numPassedTests: z.int(),
  numFailedTests: z.int(),
  numPendingTests: z.int(),
  numTodoTests: z.int(),
  testResults: z.array(z.object({ status: z.string(), assertionResults: z.array(z.unknown()) })),
})

/** The one line that tells a person or a machine how it went. A file that does not even load counts as one failure. */
export function summaryOf(report: z.infer<typeof Report>): string {
  const broken = report.testResults.filter(
    ({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0,
  )
  const failed = report.numFailedTests + broken.length
  return `${report.numPassedTests} passed, ${failed} failed, ${report.numPendingTests + report.numTodoTests} skipped`
}

async function main(): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'switchyard-test-'))
  const path = join(folder, 'report.json')
  try {
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${path}`]
    const child = spawn(process.execPath, [VITEST, 'run', ...reporters, ...process.argv.slice(2)], {
      cwd: ROOT,
      env: { ...process.env, ...LOCAL_ENV },
      stdio: 'inherit',
    })
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => child.kill(name))
    const [code] = await once(child, 'close')
    const text = await readFile(path, 'utf8').catch(() => undefined)
    if (text !== undefined) process.stdout.write(`\n${summaryOf(Report.parse(JSON.parse(text)))}\n`)
    return typeof code === 'number' ? code : 1
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

if (import.meta.main) await runScript(main)

import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ROOT } from '../../scripts/root.ts'
import { withOutput } from '../support/child-output.ts'

async function run(script: string, ...args: string[]) {
  const { child, output, ended } = withOutput(
    spawn(process.execPath, [join(ROOT, 'scripts', script), ...args], { stdio: ['ignore', 'pipe', 'pipe'] }),
  )
  await ended
  return { code: child.exitCode, ...output }
}

describe('a script', () => {
  it.each([
    ['start.ts', ['--ports', '1'], "Unknown option '--ports': see npm start -- --help.\n"],
    ['start.ts', ['9000'], "Unexpected argument '9000': see npm start -- --help.\n"],
    ['admin.ts', ['--bogus'], "Unknown option '--bogus': see npm run admin -- --help.\n"],
    [
      'admin.ts',
      ['--username'],
      "Option '--username <value>' argument missing: see npm run admin -- --help.\n",
    ],
    ['bench/main.ts', ['--bo.gus'], "Unknown option '--bo.gus': see npm run bench -- --help.\n"],
    [
      'bench/main.ts',
      ['--threads', '--profile'],
      "Option '--threads' argument is ambiguous: see npm run bench -- --help.\n",
    ],
  ])('%s refuses %j with one sentence', async (script, args, sentence) => {
    expect(await run(script, ...args)).toEqual({ code: 1, stdout: '', stderr: sentence })
  })

  it.each([
    ['start.ts', '--port <n>'],
    ['admin.ts', '--username <name>'],
    ['bench/main.ts', '--threads <n>'],
    // By wrangler, and without touching a database.
    ['deploy.ts', 'wrangler deploy'],
  ])('%s tells its flags and does nothing else with --help', async (script, flag) => {
    const { code, stdout, stderr } = await run(script, '--help')
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toContain(flag)
    expect(await run(script, '-h')).toEqual({ code, stdout, stderr })
  })
})

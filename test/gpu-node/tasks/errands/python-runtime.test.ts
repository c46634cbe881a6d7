import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { beforeAll, describe, expect, it } from 'vitest'
import { findDeno } from '../../../../gpu-node/tasks/deno.ts'
import { keptBundle, SHARED_BUNDLES } from '../../../../gpu-node/tasks/kept-bundle.ts'

const run = promisify(execFile)

let bundle: string
beforeAll(async () => {
  bundle = await keptBundle(SHARED_BUNDLES)
})

/** A program of Python in Node.js, as its package's page shows it. */
const IN_NODE = `
import { loadPyodide } from 'pyodide'
const python = await loadPyodide()
const code = "import('node:child_process').then((child) => child.execSync('echo reached the host').toString())"
console.log(await python.runPythonAsync('from pyodide.code import run_js; await run_js(' + JSON.stringify(code) + ')'))
`

/** How a process ends that is to begin an errand, and all that it says. */
async function begin(program: string, args: readonly string[]) {
  try {
    const { stdout } = await run(program, [...args, join(bundle, 'errand.mjs'), 'python'], {
      timeout: 50_000,
    })
    return { stdout, words: '' }
  } catch (thrown) {
    const { stdout, stderr } = thrown as { stdout: string; stderr: string } // as `execFile` rejects
    return { stdout, words: stderr }
  }
}

describe('the runtime of programs in Python', () => {
  it('is not Node.js, where a program reaches the host by one line', async () => {
    const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', IN_NODE], {
      timeout: 50_000,
    })
    expect(stdout).toContain('reached the host')
  }, 60_000)

  it('refuses Node.js, and a Deno that has any right, before anything is run', async () => {
    const deno = findDeno() ?? ''
    expect(await begin(process.execPath, [])).toMatchObject({
      stdout: '',
      words: expect.stringMatching(/no sandbox/),
    })
    for (const right of ['read', 'write', 'env', 'net', 'run', 'ffi', 'sys'])
      expect(
        await begin(deno, [
          'run',
          '--no-prompt',
          ...(right === 'read' ? [] : [`--allow-read=${bundle}`]),
          `--allow-${right}`,
        ]),
      ).toMatchObject({
        stdout: '',
        words: expect.stringMatching(/no sandbox/),
      })
  }, 60_000)
})

import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { NATIVE_FLAGS } from '../../../gpu-node/process/child-process.ts'

/** The library's own test of a binary, of one that is not there. */
const ASKS = `
  import { testBindingBinary } from '${import.meta.resolve('node-llama-cpp').replace('index.js', 'bindings/utils/testBindingBinary.js')}'
  console.log(await testBindingBinary('/nowhere.node', undefined, false))
`

async function passes(flags: readonly string[]): Promise<string> {
  const args = [...flags, '--input-type=module', '--eval', ASKS]
  const { stdout } = await promisify(execFile)(process.execPath, args)
  return stdout.trim()
}

describe('a process that runs native code', () => {
  it('loads the library at once, which elsewhere is tried in another process first', async () => {
    await expect(passes([])).rejects.toThrow('failed to run a test process')
    expect(await passes(NATIVE_FLAGS)).toBe('true')
  })
})

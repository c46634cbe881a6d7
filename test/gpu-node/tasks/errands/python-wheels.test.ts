import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { OperatorError } from '../../../../gpu-node/operator-error.ts'
import { PACKAGES } from '../../../../gpu-node/sandbox/errands/python-packages.ts'
import {
  keepWheels,
  type PythonPins,
  pinsOfPyodide,
  readWheels,
} from '../../../../gpu-node/tasks/errands/python-wheels.ts'
import { preparePackages } from '../../../../gpu-node/tasks/prepare.ts'
import { createLogger } from '../../../../shared/log.ts'
import { pinned } from './sympy-setup.ts'

let folder: string
let given: string
let bundle: string
let pins: PythonPins
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'switchyard-wheels-'))
  given = join(folder, 'given')
  bundle = join(folder, 'bundle')
  mkdirSync(given)
  mkdirSync(join(bundle, 'python'), { recursive: true })
  pins = pinned(given, { sympy: Buffer.from('one'), mpmath: Buffer.from('two') })
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const keptAt = (name: string, file = 'sympy.whl') => join(bundle, 'python', name, file)

describe('the wheels that an operator gives', () => {
  it('are those that Pyodide’s own lock pins, which needs no others', async () => {
    const found = await pinsOfPyodide()
    expect(PACKAGES.map((name) => found[name].file_name)).toEqual([
      expect.stringMatching(/^sympy-.*\.whl$/),
      expect.stringMatching(/^mpmath-.*\.whl$/),
    ])
    const lock = JSON.parse(readFileSync('node_modules/pyodide/pyodide-lock.json', 'utf8'))
    const needed = (name: string): string[] => [name, ...lock.packages[name].depends.flatMap(needed)]
    expect(needed('sympy')).toEqual([...PACKAGES])
  })

  it.each([
    ['is missing', (path: string) => rmSync(path)],
    ['differs in a byte', (path: string) => writeFileSync(path, 'twO')],
    ['is empty', (path: string) => writeFileSync(path, '')],
  ])('are refused where one %s, with its name and the hash that it is to have', async (_, change) => {
    const path = join(given, pins.mpmath.file_name)
    change(path)
    const refused = await readWheels(given, pins).catch((thrown: unknown) => thrown)
    expect(refused).toBeInstanceOf(OperatorError)
    expect(String(refused)).toContain(path)
    expect(String(refused)).toContain(pins.mpmath.sha256)
  })

  it('are kept as they were checked, whatever becomes of the files', async () => {
    const wheels = await readWheels(given, pins)
    writeFileSync(join(given, pins.sympy.file_name), 'another')
    await keepWheels(bundle, wheels)
    expect(readFileSync(keptAt(wheels.name), 'utf8')).toBe('one')
    // What stands beside them stays for the next start, until they are not the same any more.
    const memory = keptAt(wheels.name, 'memory.bin')
    writeFileSync(memory, 'of them')
    await keepWheels(bundle, wheels)
    expect(readFileSync(memory, 'utf8')).toBe('of them')
    writeFileSync(keptAt(wheels.name), 'changed')
    await keepWheels(bundle, wheels)
    expect(readFileSync(keptAt(wheels.name), 'utf8')).toBe('one')
    expect(readdirSync(join(bundle, 'python'))).toEqual([wheels.name])
    expect(readdirSync(keptAt(wheels.name, ''))).not.toContain('memory.bin')
  })

  it('are kept once by several that begin at once, and others in a place of their own', async () => {
    const wheels = await readWheels(given, pins)
    await Promise.all([1, 2, 3].map(() => keepWheels(bundle, wheels)))
    const others = pinned(given, { sympy: Buffer.from('newer'), mpmath: Buffer.from('two') })
    await keepWheels(bundle, await readWheels(given, others))
    expect(readdirSync(join(bundle, 'python'))).toHaveLength(2)
    expect(readFileSync(keptAt(wheels.name), 'utf8')).toBe('one')
  })

  it('are not offered where no Python begins with them, which the log says', async () => {
    const said: string[] = []
    const place = { deno: '/bin/false', bundle }
    const log = createLogger((line) => said.push(line))
    expect(await preparePackages(await readWheels(given, pins), place, log)).toBeUndefined()
    expect(said.join()).toContain('sympy.none')
  })
})

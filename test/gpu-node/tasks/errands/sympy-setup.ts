import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { strToU8, zipSync } from 'fflate'
import type { PythonPins } from '../../../../gpu-node/tasks/errands/python-wheels.ts'

/** Where Debian installs SymPy. */
const INSTALLED = '/usr/lib/python3/dist-packages'

/** Whether there is a SymPy here that may be packed. */
export const hasSympy = ['sympy', 'mpmath'].every((name) => existsSync(join(INSTALLED, name, '__init__.py')))

/** The sources of a package without its tests, by their names in a wheel. */
function sourcesOf(folder: string): Record<string, Uint8Array> {
  const found: Record<string, Uint8Array> = {}
  for (const entry of readdirSync(join(INSTALLED, folder), { withFileTypes: true })) {
    const path = `${folder}/${entry.name}`
    if (entry.isDirectory() && !['tests', 'benchmarks', '__pycache__'].includes(entry.name))
      Object.assign(found, sourcesOf(path))
    else if (path.endsWith('.py')) found[path] = readFileSync(join(INSTALLED, path))
  }
  return found
}

/** Writes files of these bytes into a folder, and pins them as a lock does. */
export function pinned(folder: string, files: Record<'sympy' | 'mpmath', Uint8Array>): PythonPins {
  const pin = (name: 'sympy' | 'mpmath') => {
    const file_name = `${name}-1.0-py3-none-any.whl`
    writeFileSync(join(folder, file_name), files[name])
    return { file_name, sha256: createHash('sha256').update(files[name]).digest('hex') }
  }
  return { sympy: pin('sympy'), mpmath: pin('mpmath') }
}

/** Stands for SymPy where that is not installed: its integral is right, and its expansion has no end. */
const STAND_IN = `
class Thing:
    def __init__(self, *of):
        pass
    def __rmul__(self, other):
        return self

def __getattr__(name):
    if name.startswith("__"):
        raise AttributeError(name)
    return type(name, (Thing,), {})

pi = E = I = GoldenRatio = Thing()
preorder_traversal = lambda formula: []
integrate = lambda of, name: "x**3/3"

def expand(of):
    while True:
        pass
`
const STAND_IN_PRINTER = 'class StrPrinter:\n    def doprint(self, formula): return formula\n'

function standIn(name: string): Record<string, Uint8Array> {
  if (name !== 'sympy') return { [`${name}/__init__.py`]: strToU8('') }
  return {
    'sympy/__init__.py': strToU8(STAND_IN),
    'sympy/printing/__init__.py': strToU8(''),
    'sympy/printing/str.py': strToU8(STAND_IN_PRINTER),
  }
}

/** Packs the installed SymPy, or what stands for it, into wheels that are the same each time. */
export function packSympy(folder: string): PythonPins {
  const packed = (name: string) =>
    zipSync(hasSympy ? sourcesOf(name) : standIn(name), { level: 1, mtime: new Date(2_000, 0, 1) })
  return pinned(folder, { sympy: packed('sympy'), mpmath: packed('mpmath') })
}

import { BRIDGE } from '../math/sympy/bridge.ts'
import { PACKAGES } from './python-packages.ts'
import { MADE_READY, RUNNER } from './python-runner.ts'

/** As much of Pyodide as is used here. */
export interface Python {
  runPython(code: string): unknown
  globals: { get(name: string): unknown }
  FS: { mkdirTree(path: string): void; writeFile(path: string, bytes: Uint8Array): void }
  setStdin(options: { stdin: () => undefined }): void
  setStdout(options: { write: (bytes: Uint8Array) => number }): void
  setStderr(options: { write: (bytes: Uint8Array) => number }): void
  makeMemorySnapshot(): Uint8Array<ArrayBuffer>
}

interface Instance {
  exports: { memory: { buffer: ArrayBuffer; grow(pages: number): number } }
}
interface ModuleSettings {
  instantiateWasm(imports: object, done: (instance: Instance, module: unknown) => void): object
}
type CreateModule = (settings: ModuleSettings) => unknown
interface Options {
  _makeSnapshot?: boolean
  _loadSnapshot?: ArrayBuffer
  createPyodideModule?: CreateModule
}
interface Pyodide {
  loadPyodide(options: Options & { indexURL: string }): Promise<Python>
}

const PAGE_BYTES = 65_536

/** Where Python finds packages, in a file system that is this process's alone. */
const PACKAGES_PATH = '/packages'

const deno = Deno
const here = new URL('./python/', import.meta.url)
/** The folder of packages, where this process has some: it is started with its name behind that of its program. */
const [, packages] = deno.args
const kept = packages === undefined ? here : new URL(`${packages}/`, here)

/** The questions have SymPy read and compile what it would else read while somebody waits. */
const USES_PACKAGES = `
import sys
sys.path[:0] = [${PACKAGES.map((name) => `"${PACKAGES_PATH}/${name}.whl"`).join(', ')}]
import mpmath, sympy
${BRIDGE}
_answer_question('["integral", ["multiply", ["name", "x"], ["sin", ["name", "x"]]], "x"]')
_answer_question('["solve", [["subtract", ["pow", ["name", "x"], ["number", "3"]], ["name", "x"]]], ["x"]]')
_answer_question('["simplify", ["add", ["sin", ["name", "x"]], ["number", "1"]]]')
`

const SETUP = RUNNER + (packages === undefined ? '' : USES_PACKAGES)

/** The memory of a Python that was made ready before; undefined where none was kept. */
function keptMemory(): ArrayBuffer | undefined {
  try {
    return deno.readFileSync(new URL('memory.bin', kept)).buffer
  } catch {
    return undefined
  }
}

/** Pyodide begins with 30 MiB however large the kept memory is, which then finds no room (its issue 6254). */
const withRoomFor =
  (bytes: number, create: CreateModule): CreateModule =>
  (settings) => {
    const instantiate = settings.instantiateWasm
    settings.instantiateWasm = (imports, done) =>
      instantiate(imports, (instance, module) => {
        const { memory } = instance.exports
        memory.grow(Math.max(0, Math.ceil((bytes - memory.buffer.byteLength) / PAGE_BYTES)))
        done(instance, module)
      })
    return create(settings)
  }

async function optionsFor(memory: ArrayBuffer): Promise<Options> {
  const { default: create }: { default: CreateModule } = await import(new URL('pyodide.asm.mjs', here).href)
  return { _loadSnapshot: memory, createPyodideModule: withRoomFor(memory.byteLength, create) }
}

/** Pyodide loads as in a browser's worker: neither of its ways to a machine is there to be found. */
async function load(memory?: ArrayBuffer, options: Options = {}): Promise<Python> {
  // The standard output is for answers: what Python or JavaScript remarks goes elsewhere.
  console.log = console.error
  console.info = console.error
  console.debug = console.error
  const wheels = (packages === undefined ? [] : PACKAGES).map((name) => `${name}.whl`)
  const files = wheels.map((name) => [name, deno.readFileSync(new URL(name, kept))] as const)
  Reflect.deleteProperty(globalThis, 'Deno')
  const { loadPyodide }: Pyodide = await import(new URL('pyodide.mjs', here).href)
  const kind = memory === undefined ? {} : await optionsFor(memory)
  const python = await loadPyodide({ indexURL: here.href, ...kind, ...options })
  if (files.length > 0) python.FS.mkdirTree(PACKAGES_PATH)
  for (const [name, bytes] of files) python.FS.writeFile(`${PACKAGES_PATH}/${name}`, bytes)
  return python
}

/** A Python that is ready, with its packages imported. */
export async function readyPython(): Promise<Python> {
  const memory = keptMemory()
  const python = await load(memory)
  if (memory === undefined) python.runPython(SETUP)
  return python
}

/** The memory of such a Python, to be kept. */
export async function makeMemory(): Promise<Uint8Array<ArrayBuffer>> {
  const python = await load(undefined, { _makeSnapshot: true })
  python.runPython(MADE_READY + SETUP)
  return python.makeMemorySnapshot()
}

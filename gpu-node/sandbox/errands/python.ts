import { MAX_ERRAND_OUTPUT_LENGTH } from '../../../shared/tasks/errands.ts'
import type { ErrandOrder, ErrandResult } from './errand-pipe.ts'
import { MADE_READY, RUNNER } from './python-runner.ts'

/** As much of Pyodide as is used here. */
interface Python {
  runPython(code: string): unknown
  globals: { get(name: string): unknown }
  setStdin(options: { stdin: () => undefined }): void
  setStdout(options: { write: (bytes: Uint8Array) => number }): void
  setStderr(options: { write: (bytes: Uint8Array) => number }): void
  makeMemorySnapshot(): Uint8Array<ArrayBuffer>
}
/** Called so, a program may wait, as `asyncio.run` does. */
interface Runner {
  callPromising(source: string): Promise<boolean>
}
interface Pyodide {
  loadPyodide(options: {
    indexURL: string
    _makeSnapshot?: boolean
    _loadSnapshot?: ArrayBuffer
  }): Promise<Python>
}

const deno = Deno
const here = new URL('./python/', import.meta.url)

/** The memory of a Python that was made ready before; undefined where none was kept. */
function keptMemory(): ArrayBuffer | undefined {
  try {
    return deno.readFileSync(new URL('memory.bin', here)).buffer
  } catch {
    return undefined
  }
}

/** Pyodide loads as in a browser's worker: neither of its ways to a machine is there to be found. */
async function load(options: { _makeSnapshot?: boolean; _loadSnapshot?: ArrayBuffer }): Promise<Python> {
  Reflect.deleteProperty(globalThis, 'Deno')
  const { loadPyodide }: Pyodide = await import(new URL('pyodide.mjs', here).href)
  return loadPyodide({ indexURL: here.href, ...options })
}

/** Collects what a program prints, as much of it as is kept. */
function collect(python: Python): { text: () => string } {
  const pieces: Uint8Array[] = []
  let kept = 0
  const write = (bytes: Uint8Array): number => {
    // Every character has a byte at least: what is beyond so many bytes may be shown no more.
    const room = MAX_ERRAND_OUTPUT_LENGTH + 1 - kept
    if (room > 0) pieces.push(bytes.slice(0, room))
    kept += Math.max(0, Math.min(room, bytes.length))
    return bytes.length
  }
  python.setStdout({ write })
  python.setStderr({ write })
  const text = (): string => {
    const decoder = new TextDecoder()
    return pieces.map((piece) => decoder.decode(piece, { stream: true })).join('') + decoder.decode()
  }
  return { text }
}

async function run(python: Python, program: string): Promise<ErrandResult> {
  const printed = collect(python)
  python.setStdin({ stdin: () => undefined })
  try {
    const runProgram = python.globals.get('_run_program') as Runner // `RUNNER` defines it
    const failed = await runProgram.callPromising(program)
    return { output: printed.text(), failed }
  } catch (thrown) {
    // Python itself has ended: such as by more recursion than this engine's stack has room for.
    const words = thrown instanceof Error ? thrown.message : String(thrown)
    return { output: `${printed.text()}\nPython ended: ${words}`, failed: true }
  }
}

async function makeMemory(): Promise<void> {
  const python = await load({ _makeSnapshot: true })
  python.runPython(MADE_READY + RUNNER)
  self.postMessage(python.makeMemorySnapshot())
}

async function serve(): Promise<void> {
  // The standard output is for answers: what JavaScript remarks goes elsewhere.
  console.log = console.error
  console.info = console.error
  console.debug = console.error
  let memory = keptMemory()
  const isReady = memory !== undefined
  const python = await load(memory === undefined ? {} : { _loadSnapshot: memory })
  memory = undefined
  if (!isReady) python.runPython(RUNNER)
  // What a first program would have to wait for: the engine compiles what it has not run yet.
  await run(python, '1 + 1\nx')
  // A program that leaves a promise alone does not end before it has said what it is to say.
  self.addEventListener('unhandledrejection', (event) => event.preventDefault())
  self.addEventListener('message', async ({ data }) => {
    const { input } = data as ErrandOrder // `main.ts` alone sends to this thread
    self.postMessage(await run(python, input))
  })
  self.postMessage({ ready: true })
}

await (self.name === 'memory' ? makeMemory() : serve())

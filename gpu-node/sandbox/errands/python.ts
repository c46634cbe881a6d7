import { MAX_ERRAND_OUTPUT_LENGTH } from '../../../shared/tasks/errands.ts'
import type { ErrandOrder, ErrandResult } from './errand-pipe.ts'
import { makeMemory, type Python, readyPython } from './pyodide.ts'

/** Called so, a program may wait, as `asyncio.run` does. */
interface Runner {
  callPromising(source: string): Promise<boolean>
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

async function serve(): Promise<void> {
  const python = await readyPython()
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

if (self.name === 'memory') self.postMessage(await makeMemory())
else await serve()

import type { ErrandFault, ErrandKind } from '../../../shared/tasks/errands.ts'
import {
  ErrandLine,
  type ErrandOrder,
  type ErrandResult,
  MAX_SAID_BYTES,
} from '../../sandbox/errands/errand-pipe.ts'
import { residentMiB } from '../resident-memory.ts'
import { MAX_WORDS, OUT_OF_MEMORY, WATCH_MS } from '../sandbox-process.ts'
import { type SandboxChild, type SandboxPlace, startSandbox } from '../sandbox-program.ts'

/** Memory of a program in Python, in pages of WebAssembly: 256 MiB. */
export const PYTHON_MEMORY_MIB = 256
const PAGES_OF_A_MIB = 16

/** Memory that the process of an errand may have in all, the engine itself included. */
export const ERRAND_MEMORY_LIMIT_MIB = 512

/** How long a process may take until it is ready. */
export const READY_LIMIT_MS = 30_000

const OF_PYTHON = [`--wasm-max-mem-pages=${PYTHON_MEMORY_MIB * PAGES_OF_A_MIB}`]
const ENGINE_FLAGS: Record<ErrandKind, readonly string[]> = {
  math: [],
  python: OF_PYTHON,
  sympy: OF_PYTHON,
  python_sympy: OF_PYTHON,
}

/** Kinds whose processes have the packages of Python that a node has. */
const WITH_PACKAGES: ReadonlySet<ErrandKind> = new Set(['sympy', 'python_sympy'])

/** How an errand ended. `died`: its process did, by itself; its last words are for the log. */
export type ErrandEnd =
  | ({ kind: 'answer' } & ErrandResult)
  | { kind: 'fault'; code: ErrandFault; message: string }
  | { kind: 'died'; words: string }

const timeOver = (limitMs: number): ErrandEnd => ({
  kind: 'fault',
  code: 'time_limit',
  message: `This took longer than ${limitMs / 1_000} seconds, and was stopped.`,
})

const memoryOver = (): ErrandEnd => ({
  kind: 'fault',
  code: 'memory_limit',
  message: `This took more than ${PYTHON_MEMORY_MIB} MB of memory, and was stopped.`,
})

/** A process that makes itself ready for one errand of a kind, does it, and is gone. */
export class ErrandProcess {
  readonly #child: SandboxChild
  readonly #ready = Promise.withResolvers<void>()
  readonly #over = Promise.withResolvers<ErrandEnd>()
  readonly #gone = Promise.withResolvers<void>()
  #text = ''
  #words = ''
  #said = 0
  #end: ErrandEnd | undefined
  #isBegun = false

  constructor(place: SandboxPlace, kind: ErrandKind) {
    const packages = WITH_PACKAGES.has(kind) && place.packages !== undefined ? [place.packages] : []
    this.#child = startSandbox(place, ['errand.mjs', kind, ...packages], ENGINE_FLAGS[kind])
    this.#ready.promise.catch(() => {}) // a spare that never was: whoever asks for it hears of it
    this.#child.stdout.on('data', (piece: Buffer) => this.#hear(piece))
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#words = (this.#words + text).slice(-MAX_WORDS)
    })
    this.#child.stdin.on('error', () => {}) // it has just ended, and its end says why
    this.#child.on('error', (error) => {
      this.#words += error.message // it could not be started; its end follows
    })
    const readyLimit = setTimeout(
      () => this.#stop({ kind: 'died', words: 'It was not ready in time.' }),
      READY_LIMIT_MS,
    )
    this.#ready.promise.finally(() => clearTimeout(readyLimit)).catch(() => {})
    const watch = setInterval(() => void this.#watch(), WATCH_MS)
    this.#child.once('close', () => {
      clearInterval(watch)
      const end = this.#end ?? this.#lastWords()
      this.#ready.reject(new Error(this.#words || 'The process ended before it was ready.'))
      this.#over.resolve(end)
      this.#gone.resolve()
    })
  }

  get pid(): number | undefined {
    return this.#child.pid
  }

  /** Resolves when it could begin at once; rejects where it never will. */
  get ready(): Promise<void> {
    return this.#ready.promise
  }

  /** Resolves when it is gone. */
  get gone(): Promise<void> {
    return this.#gone.promise
  }

  kill(): void {
    this.#child.kill('SIGKILL')
  }

  /** Does the errand, once. The limit counts from when the process is ready. Resolves with its end; the process goes then. */
  async run(input: string, limitMs: number, signal: AbortSignal): Promise<ErrandEnd> {
    const stop = () => this.kill()
    if (signal.aborted) stop()
    signal.addEventListener('abort', stop, { once: true })
    let limit: NodeJS.Timeout | undefined
    try {
      await this.ready
      limit = setTimeout(() => this.#stop(timeOver(limitMs)), limitMs)
      this.#isBegun = true
      const order: ErrandOrder = { input }
      this.#child.stdin.write(`${JSON.stringify(order)}\n`)
    } catch {
      // Its end says why.
    }
    const end = await this.#over.promise
    clearTimeout(limit)
    signal.removeEventListener('abort', stop)
    return end
  }

  #lastWords(): ErrandEnd {
    return OUT_OF_MEMORY.test(this.#words) ? memoryOver() : { kind: 'died', words: this.#words }
  }

  async #watch(): Promise<void> {
    const { pid } = this.#child
    const found = pid === undefined ? undefined : await residentMiB(pid)
    if (found !== undefined && found > ERRAND_MEMORY_LIMIT_MIB) this.#stop(memoryOver())
  }

  #stop(end: ErrandEnd): void {
    this.#end ??= end
    this.kill()
    // One that is killed for its answer, or its limit, is not waited for.
    this.#over.resolve(this.#end)
  }

  #hear(piece: Buffer): void {
    this.#said += piece.length
    if (this.#said > MAX_SAID_BYTES) {
      this.#notOurs()
      return
    }
    this.#text += piece.toString('latin1')
    for (let end = this.#text.indexOf('\n'); end >= 0; end = this.#text.indexOf('\n')) {
      const line = Buffer.from(this.#text.slice(0, end), 'latin1').toString()
      this.#text = this.#text.slice(end + 1)
      this.#take(line)
    }
  }

  #take(line: string): void {
    if (this.#end) return
    try {
      const said = ErrandLine.parse(JSON.parse(line))
      if ('ready' in said) this.#ready.resolve()
      else if (this.#isBegun) this.#stop({ kind: 'answer', ...said })
      else this.#notOurs()
    } catch {
      this.#notOurs()
    }
  }

  #notOurs(): void {
    this.#stop({ kind: 'died', words: 'It did not speak as a sandbox does.' })
  }
}

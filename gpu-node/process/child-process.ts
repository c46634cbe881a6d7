import { fork, type ChildProcess as NodeProcess } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Vigil } from './vigil.ts'

/** How long a child may take to let go of everything after it was told to… */
export const STOP_LIMIT_MS = 5_000
/** …and how long after SIGTERM, before SIGKILL. */
export const TERMINATE_LIMIT_MS = 2_000

/** Longest piece of a child's own words that is handed on at a time. */
export const MAX_OUTPUT_LENGTH = 1_000

/** Flags of Node.js for a process that runs native code; a test runner's or debugger's own are not for it. */
export const NATIVE_FLAGS = [`--import=${new URL('untried-library.ts', import.meta.url)}`]

/** Why a child is gone: by itself, or killed because it did not get ready in time or fell silent. */
export type EndCause = 'ended' | 'late' | 'frozen'

export interface ChildEnd {
  cause: EndCause
  wasReady: boolean
  code: number | null
  signal: NodeJS.Signals | null
  uptimeMs: number
}

export interface ChildProcessOptions<Sent, Received> {
  /** A module that talks over IPC and ends when its parent is gone. */
  file: string
  /** All that it sees of the environment. */
  environment: NodeJS.ProcessEnv
  /** Flags of Node.js beside those of native code. */
  flags?: readonly string[] | undefined
  /** The folder in which its own is made. Absent: that of temporary files. */
  scratchParent?: string | undefined
  /** The longest silence before it is ready. */
  startLimitMs: number
  /** The message at which it lets go of everything and ends by itself. */
  stopMessage: Sent
  onMessage: (message: Received) => void
  /** Pieces of what it writes, not what it sends. */
  onOutput: (text: string) => void
  /** The operating system would not start, signal or reach it. */
  onError: (error: Error) => void
  /** Once, when it is gone and so is its folder. */
  onEnd: (end: ChildEnd) => void
}

/**
 * One life of a child process with a folder of its own for what it keeps in files. One that does not speak in time is killed:
 * native code can hang.
 */
export class ChildProcess<Sent extends object, Received> {
  readonly #options: ChildProcessOptions<Sent, Received>
  readonly #process: NodeProcess
  readonly #startedAt = performance.now()
  readonly #startLimit: NodeJS.Timeout
  readonly #vigil = new Vigil(() => this.#giveUp('frozen'))
  #cause: EndCause = 'ended'
  #isReady = false
  readonly #gone = Promise.withResolvers<void>()
  /** An empty folder, removed when the child ends. Its name stands in the child's command line, so that it can be told. */
  readonly scratchDir: string

  constructor(options: ChildProcessOptions<Sent, Received>) {
    this.#options = options
    this.scratchDir = mkdtempSync(join(options.scratchParent ?? tmpdir(), 'switchyard-'))
    this.#process = fork(options.file, [this.scratchDir], {
      execArgv: [...NATIVE_FLAGS, ...(options.flags ?? [])],
      env: options.environment,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    })
    this.#startLimit = setTimeout(() => this.#giveUp('late'), options.startLimitMs)
    const { stdout, stderr } = this.#process
    for (const stream of [stdout, stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        options.onOutput(text.trim().slice(0, MAX_OUTPUT_LENGTH))
      })
    }
    this.#process.on('error', (error) => {
      options.onError(error)
      if (this.pid === undefined) this.#end(null, null) // it never was, so it will not exit
    })
    this.#process.on('message', (message) => this.#receive(message as Received)) // only our child writes to this channel
    this.#process.once('exit', (code, signal) => this.#end(code, signal))
  }

  get pid(): number | undefined {
    return this.#process.pid
  }

  send(message: Sent): void {
    // Fails when the child is just ending; its end follows.
    if (this.#process.connected) this.#process.send(message, () => {})
  }

  /** From now on it gives a sign of life every second, or is taken for frozen. */
  ready(): void {
    this.#isReady = true
    clearTimeout(this.#startLimit)
    this.#vigil.hear()
  }

  /** Ends it at once, whatever it does. */
  kill(): void {
    this.#process.kill('SIGKILL')
  }

  /** Tells it to end, ends it by force when it does not, and resolves when it is gone. */
  async stop(): Promise<void> {
    this.send(this.#options.stopMessage)
    const terminate = setTimeout(() => this.#process.kill('SIGTERM'), STOP_LIMIT_MS)
    const kill = setTimeout(() => this.kill(), STOP_LIMIT_MS + TERMINATE_LIMIT_MS)
    await this.#gone.promise
    clearTimeout(terminate)
    clearTimeout(kill)
  }

  #receive(message: Received): void {
    if (this.#isReady) this.#vigil.hear()
    else this.#startLimit.refresh()
    this.#options.onMessage(message)
  }

  #giveUp(cause: EndCause): void {
    this.#cause = cause
    this.kill()
  }

  #end(code: number | null, signal: NodeJS.Signals | null): void {
    clearTimeout(this.#startLimit)
    this.#vigil.stop()
    rmSync(this.scratchDir, { recursive: true, force: true })
    const uptimeMs = performance.now() - this.#startedAt
    this.#options.onEnd({ cause: this.#cause, wasReady: this.#isReady, code, signal, uptimeMs })
    this.#gone.resolve()
  }
}

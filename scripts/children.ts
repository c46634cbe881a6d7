import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { relative } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { PlainFailure } from './plain-failure.ts'
import { ROOT } from './root.ts'

/** How long a child may take to stop by itself: longer than a node's own limit. */
const STOP_TIMEOUT_MS = 15_000

export interface ChildOptions {
  /** Its name for people, at the beginning of a sentence. */
  title: string
  args: readonly string[]
  env?: Record<string, string>
  /** Gets its whole output, from the beginning at each start. */
  logPath: string
}

/** A child of which it is not known yet whether it can do its work. */
export interface EarlyChild {
  /** From now on its end is a failure, also one that lies behind it. */
  keep(): void
  /** Ends it with what it has started. */
  drop(): Promise<void>
}

/**
 * Processes that belong to one run of a script. Each leads a process group of its own: Ctrl-C in a terminal does not
 * reach it past us, and what it started in its turn can be ended with it.
 */
export class Children {
  readonly #running: ChildProcess[] = []
  readonly #failed = Promise.withResolvers<never>()
  #isStopping = false

  constructor() {
    this.#failed.promise.catch(() => {}) // Somebody may be watching later, or nobody.
  }

  /** Rejects with a `PlainFailure` as soon as a child ends that was not told to. Never resolves. */
  get failed(): Promise<never> {
    return this.#failed.promise
  }

  /** Starts a script under this Node. */
  start(options: ChildOptions): void {
    this.startEarly(options).keep()
  }

  /** Starts one that may turn out not to be wanted: until it is kept, its end is no failure. */
  startEarly({ title, args, env = {}, logPath }: ChildOptions): EarlyChild {
    if (this.#isStopping) throw new Error(`${title} was started after the stop.`)
    const log = openSync(logPath, 'w', 0o600)
    const child = spawn(process.execPath, args, {
      cwd: ROOT,
      env: { ...process.env, ...env },
      stdio: ['ignore', log, log],
      detached: true,
    })
    closeSync(log)
    this.#running.push(child)
    let isKept = false
    let end: string | undefined
    const tell = () => {
      if (end === undefined || !isKept || this.#isStopping) return
      this.#failed.reject(new PlainFailure(`${title} stopped (${end}): see ${relative(ROOT, logPath)}.`))
    }
    const onEnd = (how: string) => {
      end ??= how
      tell()
    }
    child.once('error', (error) => onEnd(error.message))
    child.once('exit', (code, signal) => onEnd(signal ?? `exit code ${code}`))
    return {
      keep: () => {
        isKept = true
        tell()
      },
      drop: async () => {
        const at = this.#running.indexOf(child)
        if (at >= 0) this.#running.splice(at, 1)
        const gone = isRunning(child) ? once(child, 'exit') : undefined
        killGroup(child)
        await gone
      },
    }
  }

  /** Ends them without a word, each with what it has started: as a power cut would. */
  kill(): void {
    this.#isStopping = true
    for (const child of this.#running.splice(0)) killGroup(child)
  }

  /** Stops them in reverse order; whatever of a group is left after that, or after a while, is killed. */
  async stop(): Promise<void> {
    this.#isStopping = true
    for (const child of this.#running.splice(0).reverse()) {
      if (isRunning(child)) {
        child.kill('SIGTERM')
        const timeout = new AbortController()
        await Promise.race([once(child, 'exit'), sleep(STOP_TIMEOUT_MS, undefined, timeout)])
        timeout.abort()
      }
      killGroup(child)
    }
  }
}

const isRunning = (child: ChildProcess): boolean =>
  child.pid !== undefined && child.exitCode === null && child.signalCode === null

function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // The usual case: the whole group is gone.
  }
}

import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'

/** A node that is started again as soon as it is gone, as a service manager does it. */
export class ImmortalNode {
  readonly #spawn: () => ChildProcess
  #child: ChildProcess
  #isStopped = false

  constructor(start: () => ChildProcess) {
    this.#spawn = start
    this.#child = this.#start()
  }

  #start(): ChildProcess {
    const child = this.#spawn()
    child.once('exit', () => {
      if (!this.#isStopped) this.#child = this.#start()
    })
    return child
  }

  kill(signal: NodeJS.Signals = 'SIGKILL'): void {
    this.#child.kill(signal)
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    this.#child.kill('SIGKILL')
    if (this.#child.exitCode === null && this.#child.signalCode === null) await once(this.#child, 'exit')
  }
}

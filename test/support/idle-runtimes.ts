import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { basename } from 'node:path'
import type { Reporter, TestModule, TestSpecification } from 'vitest/node'

/** The project whose files run in runtimes of Workers. */
const PROJECT = 'workers'

/** As long as a runtime may take to say that it is done, when all its files are. */
const PATIENCE_MS = 60_000

/** The runtimes that this process has started itself; none where the system does not tell. */
function ownRuntimes(): number[] {
  try {
    return readdirSync('/proc/self/task')
      .flatMap((thread) => readFileSync(`/proc/self/task/${thread}/children`, 'utf8').split(' '))
      .map(Number)
      .filter((pid) => pid > 0 && basename(readlinkSync(`/proc/${pid}/exe`)) === 'workerd')
  } catch {
    return []
  }
}

/**
 * Ends runtimes that outlive their files. Now and then, on a busy machine, one has told all its results and never says that it is done: it
 * computes nothing, and the run would wait for it for ever. Once it is gone, the run goes on.
 */
export default class IdleRuntimes implements Reporter {
  #left = 0
  #waiting: NodeJS.Timeout | undefined

  onTestRunStart(specifications: readonly TestSpecification[]): void {
    this.#left = specifications.filter(({ project }) => project.name === PROJECT).length
  }

  onTestModuleEnd({ project }: TestModule): void {
    if (project.name !== PROJECT) return
    this.#left -= 1
    if (this.#left > 0) return
    // Nothing else tells of a runtime that is silent.
    this.#waiting = setTimeout(() => {
      for (const pid of ownRuntimes()) process.kill(pid, 'SIGKILL')
    }, PATIENCE_MS)
  }

  onTestRunEnd(): void {
    clearTimeout(this.#waiting)
  }
}

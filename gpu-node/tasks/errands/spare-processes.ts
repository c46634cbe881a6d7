import type { ErrandKind } from '../../../shared/tasks/errands.ts'
import type { SandboxPlace } from '../sandbox-program.ts'
import { ErrandProcess } from './errand-process.ts'

/** Kinds that one is kept ready of. Those with SymPy are rare, and begin in a second or two. */
const WITH_SPARE: ReadonlySet<ErrandKind> = new Set(['math', 'python'])

/** Of each such kind one process that is ready, or is just making itself so. No process does two errands. */
export class SpareProcesses {
  readonly #place: SandboxPlace
  readonly #spares = new Map<ErrandKind, ErrandProcess>()
  #isClosed = false

  constructor(place: SandboxPlace) {
    this.#place = place
  }

  /** Makes one ready, where none is. */
  prepare(kind: ErrandKind): void {
    if (this.#isClosed || !WITH_SPARE.has(kind) || this.#spares.has(kind)) return
    const spare = new ErrandProcess(this.#place, kind)
    this.#spares.set(kind, spare)
    // One that ends while nobody needs it is not followed by another before somebody does: it may be a fault that stays.
    void spare.gone.then(() => {
      if (this.#spares.get(kind) === spare) this.#spares.delete(kind)
    })
  }

  /** One for an errand; its own from now on. */
  take(kind: ErrandKind): ErrandProcess {
    const spare = this.#spares.get(kind)
    this.#spares.delete(kind)
    return spare ?? new ErrandProcess(this.#place, kind)
  }

  /** The spare of a kind, if there is one. */
  peek(kind: ErrandKind): ErrandProcess | undefined {
    return this.#spares.get(kind)
  }

  /** Resolves when none is left, and none will be. */
  async close(): Promise<void> {
    this.#isClosed = true
    const spares = [...this.#spares.values()]
    for (const spare of spares) spare.kill()
    await Promise.all(spares.map(({ gone }) => gone))
  }
}

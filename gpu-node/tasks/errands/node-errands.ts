import type { Logger } from '../../../shared/log.ts'
import type { Metric } from '../../../shared/prometheus.ts'
import type {
  ErrandCommand,
  ErrandEvent,
  ErrandKind,
  ErrandOffer,
  ErrandStart,
} from '../../../shared/tasks/errands.ts'
import type { SandboxPlace } from '../sandbox-program.ts'
import type { ErrandEnd } from './errand-process.ts'
import { SpareProcesses } from './spare-processes.ts'

/** Errands that a node takes, … */
export const ERRAND_SLOTS = 4
/** … and those of them that run; the others wait for their turn. */
export const ERRANDS_AT_ONCE = 2

export interface NodeErrandsOptions extends SandboxPlace {
  kinds: readonly ErrandKind[]
  log: Logger
  onProcess?: ((pid: number | undefined) => void) | undefined
}

/** The errands of one link. */
export interface LinkErrands {
  /** Returns what is wrong with a command that the edge may not send. */
  receive(command: ErrandCommand): string | undefined
  /** Takes no new ones; resolves when none is left. */
  drain(): Promise<void>
  /** Stops all. */
  end(): void
}

interface Doing {
  start: ErrandStart
  abort: AbortController
  say: (event: ErrandEvent) => void
}

/** The errands that a node does: each in a process of its own, for the link that it came by. */
export class NodeErrands {
  readonly #options: NodeErrandsOptions
  readonly #spares: SpareProcesses
  readonly #running = new Map<Doing, Promise<void>>()
  #waiting: Doing[] = []
  #isClosed = false
  #onChange: () => void = () => {}

  constructor(options: NodeErrandsOptions) {
    this.#options = options
    this.#spares = new SpareProcesses(options)
  }

  /** The node's skill, as a link's first frame tells it. */
  get offer(): ErrandOffer {
    return { kinds: [...this.#options.kinds], slots: ERRAND_SLOTS }
  }

  /** Has a process ready for the next errand of a kind. */
  prepare(kind: ErrandKind): void {
    this.#spares.prepare(kind)
  }

  /** The process that waits for an errand of a kind, for those that measure it. */
  spare(kind: ErrandKind) {
    return this.#spares.peek(kind)
  }

  /** A link to an edge that gives errands is open. */
  attach(send: (event: ErrandEvent) => void): LinkErrands {
    const own = new Map<string, Doing>()
    let isDraining = false
    return {
      receive: (command) => {
        const doing = own.get(command.errandId)
        if (command.type === 'errand.start' && doing) return 'errandId: this errand is already given'
        if (command.type === 'errand.start') this.#begin(command, send, own, isDraining)
        else if (doing) this.#drop(doing)
        return undefined
      },
      drain: () => {
        isDraining = true
        return new Promise((resolve) => {
          this.#onChange = () => {
            if (this.#running.size + this.#waiting.length === 0) resolve()
          }
          this.#onChange()
        })
      },
      end: () => {
        for (const doing of own.values()) this.#drop(doing)
      },
    }
  }

  /** Stops all, and resolves when no process is left. */
  async close(): Promise<void> {
    this.#isClosed = true
    for (const doing of [...this.#waiting, ...this.#running.keys()]) this.#drop(doing)
    await Promise.all([...this.#running.values(), this.#spares.close()])
  }

  read(): Metric[] {
    const help = 'Errands that run.'
    return [
      { name: 'switchyard_node_errands', help, type: 'gauge', samples: [{ value: this.#running.size }] },
    ]
  }

  #begin(
    start: ErrandStart,
    send: (event: ErrandEvent) => void,
    own: Map<string, Doing>,
    isDraining: boolean,
  ): void {
    const { errandId, kind } = start
    const abort = new AbortController()
    const say = (event: ErrandEvent) => {
      own.delete(errandId)
      if (!abort.signal.aborted) send(event)
    }
    const isFull = this.#running.size + this.#waiting.length >= ERRAND_SLOTS
    if (isDraining || this.#isClosed || isFull || !this.#options.kinds.includes(kind)) {
      say({ type: 'errand.error', errandId, code: 'no_slot', message: 'The node has no slot free.' })
      return
    }
    abort.signal.addEventListener('abort', () => own.delete(errandId), { once: true })
    const doing = { start, abort, say }
    own.set(errandId, doing)
    this.#waiting.push(doing)
    this.#next()
  }

  #next(): void {
    while (this.#running.size < ERRANDS_AT_ONCE) {
      const first = this.#waiting.shift()
      if (first === undefined) break
      const over = this.#do(first).finally(() => {
        this.#running.delete(first)
        this.#next()
      })
      this.#running.set(first, over)
    }
    this.#onChange()
  }

  async #do({ start: { errandId, kind, input, limitMs }, abort: { signal }, say }: Doing): Promise<void> {
    const { onProcess } = this.#options
    const process = this.#spares.take(kind)
    onProcess?.(process.pid)
    const end = await process.run(input, limitMs, signal)
    if (!signal.aborted) this.#tell(say, { errandId, kind }, end)
    await process.gone
    this.#spares.prepare(kind)
  }

  #tell(say: Doing['say'], { errandId, kind }: Pick<ErrandStart, 'errandId' | 'kind'>, end: ErrandEnd): void {
    if (end.kind === 'answer') {
      const { kind: _, ...result } = end
      say({ type: 'errand.end', errandId, ...result })
    } else if (end.kind === 'fault') {
      say({ type: 'errand.error', errandId, code: end.code, message: end.message })
    } else {
      this.#options.log.warn('errand.died', { errandId, kind, words: end.words })
      const message = 'The process that did this ended by itself.'
      say({ type: 'errand.error', errandId, code: 'died', message })
    }
  }

  #drop(doing: Doing): void {
    doing.abort.abort()
    this.#waiting = this.#waiting.filter((waiting) => waiting !== doing)
    this.#onChange()
  }
}

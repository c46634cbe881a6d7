import type { Logger } from '../shared/log.ts'

/** How long running calls may go on after SIGTERM, unless the operator says otherwise, … */
export const DRAIN_LIMIT_MS = 30_000
/** … and after Ctrl-C, which should feel immediate. */
export const INTERRUPT_DRAIN_LIMIT_MS = 2_000
/** After an edge's own limit, how long it may take to move what still runs; its calls are then cut off. */
export const DRAIN_GRACE_MS = 2_000

/** Timers of Node.js fire at once beyond this: 24 days. */
const MAX_TIMER_MS = 2 ** 31 - 1

/** The calls that a drain acts on: those of the link that is open now. */
interface Draining {
  drain(): void
}

/**
 * A node's way out: no new calls, and those that run may finish until a limit. Knows nothing of links and processes:
 * whoever serves hands in what is to be drained, and `over` is aborted when it is time to close.
 */
export class Drain {
  readonly #log: Logger
  readonly #over = new AbortController()
  #serving: Draining | undefined
  #leave: (() => Promise<unknown>) | undefined
  #isOn = false
  #deadlineMs = Number.POSITIVE_INFINITY
  #timer: NodeJS.Timeout | undefined

  constructor(log: Logger) {
    this.#log = log
  }

  get isOn(): boolean {
    return this.#isOn
  }

  /** Aborted when nothing runs any more, at the limit, or by `stop`. */
  get over(): AbortSignal {
    return this.#over.signal
  }

  /** The work of a node that goes while it has no link, within the same limit. */
  set leave(work: () => Promise<unknown>) {
    this.#leave = work
  }

  /** Begins, or shortens what has begun: the earlier limit holds. Without a link no calls run, and it is over when `leave` is. */
  begin(limitMs: number): void {
    const deadlineMs = performance.now() + limitMs
    if (deadlineMs < this.#deadlineMs) {
      this.#deadlineMs = deadlineMs
      clearTimeout(this.#timer)
      this.#timer = setTimeout(() => this.#exceed(), Math.min(limitMs, MAX_TIMER_MS)).unref()
    }
    if (this.#isOn) return
    this.#isOn = true
    this.#log.info('node.draining', { limitMs })
    this.#act()
  }

  /** From now on `serving` is what there is to drain; undefined when its link is gone, and its calls with it. */
  serve(serving: Draining | undefined): void {
    this.#serving = serving
    if (this.#isOn) this.#act()
  }

  /** Ends the wait at once. */
  stop(): void {
    clearTimeout(this.#timer)
    this.#over.abort()
  }

  #act(): void {
    if (this.#serving) this.#serving.drain()
    else if (this.#leave) void this.#leave().finally(() => this.stop())
    else this.stop()
  }

  #exceed(): void {
    this.#log.warn('node.drain_exceeded')
    this.stop()
  }
}

import type { Logger } from '../../../shared/log.ts'
import type { NodeReport } from '../../services/pool/node-view.ts'

/** Load is reported to the directory at most this often. */
export const REPORT_INTERVAL_MS = 1_000

export interface NodeReporterOptions {
  send: (nodeId: string, report: NodeReport) => unknown
  /** Keeps the object alive until the work is done. */
  waitUntil: (work: Promise<unknown>) => void
  log: Logger
}

/** The reports of a link to the directory about its node. One that does not arrive is logged; load comes anew with the next. */
export class NodeReporter {
  readonly #options: NodeReporterOptions
  #timer: number | null = null

  constructor(options: NodeReporterOptions) {
    this.#options = options
  }

  tell(nodeId: string, report: NodeReport): void {
    const { send, waitUntil, log } = this.#options
    const sent = Promise.resolve(send(nodeId, report))
    waitUntil(sent.catch((thrown) => log.error('pool.report_failed', { nodeId, reason: String(thrown) })))
  }

  /** Tells at most once in an interval, with what is true at its end; nothing when there is no node any more. */
  tellSoon(read: () => { nodeId: string; report: NodeReport } | undefined): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = null
      const found = read()
      if (found) this.tell(found.nodeId, found.report)
    }, REPORT_INTERVAL_MS)
  }
}

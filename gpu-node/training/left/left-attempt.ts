import { causeOf } from '../../../shared/failure-cause.ts'
import type { Logger } from '../../../shared/log.ts'
import type { TrainingReport } from '../../../shared/training.ts'
import { Outdated, type TransferOptions } from '../byte-transfer.ts'
import { CheckpointStore } from '../checkpoint-store.ts'
import { JobBytes } from '../job-bytes.ts'
import type { JobLink } from '../job-link.ts'
import { isIntact, type Left } from './left-behind.ts'

type Why = Extract<TrainingReport, { kind: 'stopped' }>['why']

export interface LeftAttemptOptions {
  left: Left
  link: JobLink
  edge: string
  log: Logger
  wait?: TransferOptions['wait']
}

/** An attempt of the node's last life: its files are stored as soon as the edge says that it goes on, and then it ends. */
export class LeftAttempt {
  readonly #options: LeftAttemptOptions
  readonly #abort = new AbortController()
  #why: Why = 'draining'
  /** It takes none. */
  readonly takenMiB = 0
  readonly memory = undefined
  readonly pid = undefined
  /** Resolves when its last report was made. Never rejects. */
  readonly over: Promise<void>

  constructor(options: LeftAttemptOptions) {
    this.#options = options
    this.over = this.#run()
  }

  /** Told to keep its steps, it stores them all the same. */
  stop(keeps: boolean, why: Why): void {
    this.#why = why
    if (!keeps) this.#abort.abort()
  }

  /** Ends at once, and says nothing more; what was left stays. */
  drop(): void {
    this.#options.link.close()
    this.#abort.abort()
  }

  /** It lies where it is to be left already. */
  leaveBehind(): Promise<void> {
    this.drop()
    return this.over
  }

  async #run(): Promise<void> {
    const { link, left, log } = this.#options
    if (link.hasEnded) return // but the edge has not heard it
    try {
      await this.#store()
    } catch (thrown) {
      if (thrown instanceof Outdated) return link.close()
      // The job is none the worse for it: it goes on from what is stored.
      log.warn('training.left_unstored', { reason: causeOf(thrown) })
    }
    link.tell({ kind: 'stopped', step: left.kept?.step ?? 0, why: this.#why })
  }

  async #store(): Promise<void> {
    const { left, link, edge, wait } = this.#options
    const { kept } = left
    const { signal } = this.#abort
    if (kept === null || !(await isIntact(left, signal))) return
    const bytes = new JobBytes({ link, edge, signal, wait })
    if (kept.type === 'completed') {
      const { step, trainedTokens, validation, adapter } = kept
      const result = await bytes.store('result', adapter.path)
      link.tell({ kind: 'completed', step, trainedTokens, result, validation })
      return
    }
    const store = new CheckpointStore({
      store: (name, path) => bytes.store(name, path),
      tell: (report) => link.tell(report),
      onFault: () => {}, // which its waiter throws again
    })
    store.add(kept)
    await store.settled()
  }
}

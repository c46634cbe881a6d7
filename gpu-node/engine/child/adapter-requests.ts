import type { FromChild, ToChild } from '../messages.ts'
import { ProcessEnded } from '../residency/resident.ts'

/** A context takes milliseconds, a large adapter on a slow disk seconds. */
export const ADAPTER_LIMIT_MS = 60_000

type Request = Extract<ToChild, { type: 'adapter.open' | 'adapter.close' }>
type Answer = Extract<FromChild, { type: 'adapter.opened' | 'adapter.closed' | 'adapter.refused' }>

export interface AdapterRequestsOptions {
  post: (message: Request) => void
  /** The process does not answer: native code hangs, and only its end frees what waits for it. */
  onSilence: () => void
}

interface Pending {
  resolve: () => void
  reject: (reason: Error) => void
  timer: NodeJS.Timeout
}

/** The requests to a model's process about its adapters, and its answers. One request of an adapter at a time. */
export class AdapterRequests {
  readonly #options: AdapterRequestsOptions
  readonly #pending = new Map<string, Pending>()

  constructor(options: AdapterRequestsOptions) {
    this.#options = options
  }

  /** Rejects with one sentence; with `ProcessEnded` when there is no process to answer any more. */
  ask(request: Request): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const timer = setTimeout(() => this.#options.onSilence(), ADAPTER_LIMIT_MS)
    this.#pending.set(request.suffix, { resolve, reject, timer })
    this.#options.post(request)
    return promise
  }

  answer(answer: Answer): void {
    const pending = this.#take(answer.suffix)
    if (answer.type === 'adapter.refused') pending?.reject(new Error(answer.reason))
    else pending?.resolve()
  }

  /** The process is gone. */
  lose(): void {
    for (const suffix of [...this.#pending.keys()]) {
      this.#take(suffix)?.reject(new ProcessEnded('The process that runs its model ended.'))
    }
  }

  #take(suffix: string): Pending | undefined {
    const pending = this.#pending.get(suffix)
    clearTimeout(pending?.timer)
    this.#pending.delete(suffix)
    return pending
  }
}

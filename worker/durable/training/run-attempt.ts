import type { JobProgress } from '../../services/training/training-job.ts'

/** The try at a job that is under way: which node has it, and what is known of it. */
export interface Attempt {
  nodeId: string
  attempt: number
  /** A hash of what the node offered when it was given the job. */
  offer: string
  /** The last report that was taken. */
  seq: number
  /** Without a report until then, the job is given to another node. All epoch ms. */
  leaseUntil: number
  claimedAt: number
  /** When the job has run for as long as it may. */
  deadlineAt: number
  /** When D1 was told last. */
  wroteAt: number
  /** The node was told to end. */
  stop: { keeps: boolean; toldAt: number } | null
  progress: JobProgress | null
  /** Bytes that its node was let store. */
  signedBytes?: number
  /** As the trainer counts them, over all attempts. */
  trainedTokens: number
}

const KEY = 'attempt'

/** Where the attempt outlives the object's memory. */
export class AttemptStore {
  readonly #kv: SyncKvStorage
  #current: Attempt | undefined

  constructor(kv: SyncKvStorage) {
    this.#kv = kv
    this.#current = kv.get<Attempt>(KEY)
  }

  get current(): Attempt | undefined {
    return this.#current
  }

  set(attempt: Attempt): void {
    this.#current = attempt
    this.#kv.put(KEY, attempt)
  }

  change(change: Partial<Attempt>): void {
    if (this.#current) this.set({ ...this.#current, ...change })
  }

  end(): void {
    this.#current = undefined
    this.#kv.delete(KEY)
  }
}

import { rm } from 'node:fs/promises'
import type { StoredFile, TrainingReport } from '../../shared/training.ts'
import type { TrainerEvent } from '../trainer/messages.ts'

type Checkpoint = Extract<TrainerEvent, { type: 'checkpoint' }>

/** Checkpoints that wait to be stored, as they do while there is no link. Beyond that the oldest is forgotten. */
export const MAX_WAITING_CHECKPOINTS = 8

export interface CheckpointStoreOptions {
  /** Stores a file under a name. */
  store: (name: string, path: string) => Promise<StoredFile>
  tell: (report: TrainingReport) => void
  /** One could not be stored, and no other will be. */
  onFault: (thrown: unknown) => void
}

/** Stores the checkpoints of one attempt, one after the other, while it learns on. */
export class CheckpointStore {
  readonly #options: CheckpointStoreOptions
  #waiting: Checkpoint[] = []
  #work: Promise<void> | undefined
  #fault: unknown
  /** The one that is being stored, or could not be. */
  #current: Checkpoint | undefined
  /** The hashes of the states that were stored. */
  readonly stored: string[] = []
  /** The last one that was stored: the trainer may go back to it. */
  #last: Checkpoint | undefined
  #best: { sha256: string; stored: StoredFile } | undefined

  constructor(options: CheckpointStoreOptions) {
    this.#options = options
  }

  /** The step of the last one that was stored. */
  get step(): number | undefined {
    return this.#last?.step
  }

  /** The last one of those that are not stored. */
  get unstored(): Checkpoint | undefined {
    return this.#waiting.at(-1) ?? this.#current
  }

  add(checkpoint: Checkpoint): void {
    if (this.#fault !== undefined) return
    this.#waiting.push(checkpoint)
    if (this.#waiting.length > MAX_WAITING_CHECKPOINTS) {
      const [forgotten] = this.#waiting.splice(0, 1)
      if (forgotten) void remove(forgotten)
    }
    this.#work ??= this.#storeAll()
  }

  /** Resolves when all are stored and told. Rejects with what one of them could not be stored for. */
  async settled(): Promise<void> {
    await this.#work
    if (this.#fault !== undefined) throw this.#fault
  }

  async #storeAll(): Promise<void> {
    try {
      for (let next = this.#waiting.shift(); next; next = this.#waiting.shift()) {
        this.#current = next
        await this.#store(next)
        this.#current = undefined
      }
    } catch (thrown) {
      this.#fault = thrown
      this.#options.onFault(thrown)
    } finally {
      this.#work = undefined
    }
  }

  async #store(checkpoint: Checkpoint): Promise<void> {
    const { store, tell } = this.#options
    const { step, trainedTokens, figures } = checkpoint
    const adapter = checkpoint.adapter ? await store(`adapter-${step}`, checkpoint.adapter.path) : null
    const best = checkpoint.best && {
      validation: checkpoint.best.validation,
      file: await this.#storeBest(checkpoint.best),
    }
    const state = await store(`state-${step}`, checkpoint.state.path)
    tell({ kind: 'checkpoint', step, trainedTokens, ...(figures && { figures }), state, adapter, best })
    this.stored.push(state.sha256)
    const before = this.#last
    this.#last = checkpoint
    if (before) await remove(before)
    if (before?.best && before.best.file.path !== checkpoint.best?.file.path)
      await rm(before.best.file.path, { force: true })
  }

  /** Once, for all checkpoints of which it is the best. */
  async #storeBest({ validation, file }: NonNullable<Checkpoint['best']>): Promise<StoredFile> {
    if (this.#best?.sha256 !== file.sha256) {
      this.#best = {
        sha256: file.sha256,
        stored: await this.#options.store(`best-${validation.step}`, file.path),
      }
    }
    return this.#best.stored
  }
}

async function remove({ state, adapter }: Checkpoint): Promise<void> {
  await rm(state.path, { force: true })
  if (adapter) await rm(adapter.path, { force: true })
}

import { loadAnalyser } from '../../services/library/analysis/analyser.ts'
import { Fitter } from './fitter.ts'
import type { LibraryServices } from './library-services.ts'
import type { VectorStore } from './vector-store.ts'

/** Rounds of passages that one alarm gives their vectors: others are to have their turn in between. */
const LSA_ROUNDS = 8
const EMBEDDING_ROUNDS = 8

/** The time after which passages without embeddings are tried again, where no node could be asked. */
const RETRY_MS = 30_000

/** Calls to a mirror that one alarm makes, and the time after which it is asked again whether it finds what it was sent. */
const MIRROR_ROUNDS = 8
const SETTLE_MS = 5_000

/** How often a search looks whether the pool has become another one. */
const CONSIDER_MS = 60_000

const DUE_KEY = 'choresDueAt'

interface ChoresOptions {
  storage: DurableObjectStorage
  vectors: VectorStore
  accountId: string
  services: () => LibraryServices
}

/** Work that a library does behind its answers: vectors of passages, and the models that they are of. */
export class Chores {
  readonly #options: ChoresOptions
  readonly #fitter: Fitter
  #consideredAt = Number.NEGATIVE_INFINITY

  constructor(options: ChoresOptions) {
    const { storage, vectors, accountId, services } = options
    this.#options = options
    this.#fitter = new Fitter({
      storage,
      accountId,
      models: vectors.models,
      fitting: () => services().fitting,
      hasEmbedder: async () => (await services().embedding.current(undefined)) !== undefined,
      log: () => services().log,
      now: () => services().now(),
    })
  }

  /** When there is something to do; undefined: nothing. */
  get dueAt(): number | undefined {
    return this.#options.storage.kv.get<number>(DUE_KEY)
  }

  /** There is something to do. */
  later(delayMs = 0): void {
    const { storage, services } = this.#options
    const at = services().now() + delayMs
    storage.kv.put(DUE_KEY, Math.min(at, this.dueAt ?? at))
  }

  /** From time to time, looks after the pool: models come and go. True where there is something to do now. */
  consider(): boolean {
    const now = this.#options.services().now()
    if (now - this.#consideredAt < CONSIDER_MS) return false
    this.#consideredAt = now
    this.later()
    return true
  }

  async run(): Promise<void> {
    const { storage, services } = this.#options
    if (this.dueAt === undefined || this.dueAt > services().now()) return
    storage.kv.delete(DUE_KEY)
    const analyser = await loadAnalyser()
    let isMore = true
    for (let round = 0; isMore && round < LSA_ROUNDS; round += 1) {
      isMore = this.#options.vectors.fillLsa(analyser)
    }
    if (isMore) this.later()
    await this.#embed()
    await this.#mirror()
    await this.#fitter.begin(analyser)
  }

  async fitted(taskId: string, outcome: { key: string } | { failure: string }): Promise<void> {
    if (await this.#fitter.end(taskId, outcome)) this.later()
  }

  async #embed(): Promise<void> {
    const { vectors } = this.#options
    let isMore: boolean | undefined = true
    for (let round = 0; isMore && round < EMBEDDING_ROUNDS; round += 1)
      isMore = await vectors.fillEmbeddings()
    if (isMore) this.later()
    const isWaiting = vectors.models
      .all()
      .some(({ kind, number }) => kind === 'embedding' && vectors.models.countLacking(number) > 0)
    if (isMore === undefined && isWaiting) this.later(RETRY_MS)
  }

  async #mirror(): Promise<void> {
    let step = await this.#options.vectors.mirror()
    for (let round = 1; step === 'more' && round < MIRROR_ROUNDS; round += 1)
      step = await this.#options.vectors.mirror()
    if (step === 'more') this.later()
    if (step === 'unsettled') this.later(SETTLE_MS)
    if (step === 'failed') this.later(RETRY_MS)
  }
}

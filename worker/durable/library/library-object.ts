import { DurableObject } from 'cloudflare:workers'
import { AppError } from '../../../shared/errors.ts'
import { causeOf } from '../../../shared/failure-cause.ts'
import { loadAnalyser } from '../../services/library/analysis/analyser.ts'
import { foldWord } from '../../services/library/analysis/folding.ts'
import { wordsOf } from '../../services/library/analysis/words.ts'
import type { LibraryStub, TextStretch } from '../../services/library/library.ts'
import {
  type DocumentPageRequest,
  type DocumentStanding,
  type DocumentsPage,
  isSettled,
  type LibraryDocument,
  type Move,
  type NameRemoval,
  type NewDocument,
} from '../../services/library/library-documents.ts'
import { MAX_STRETCH_CHARACTERS } from '../../services/library/library-limits.ts'
import type { LibrarySet, SetChange, SetMember, SetPageRequest } from '../../services/library/library-sets.ts'
import type { IndexBatch, Passage } from '../../services/library/passages.ts'
import type { SearchAnswer, SearchRequest } from '../../services/library/search-request.ts'
import type { Leaf } from '../../services/library/term-query.ts'
import type { Serves } from '../../services/stubs.ts'
import { Chores } from './chores.ts'
import { DocumentStore } from './document-store.ts'
import type { LibraryServices } from './library-services.ts'
import { MirroredVectors } from './mirrored-vectors.ts'
import { PassageStore } from './passage-store.ts'
import { createTables } from './schema.ts'
import { Searcher } from './searcher.ts'
import { SetStore } from './set-store.ts'
import { VectorStore } from './vector-store.ts'
import { Waiters } from './waiters.ts'
import { WordFinder } from './word-finder.ts'

/** The tokens of a name, as leaves of queries look for them: between blanks. */
const nameTokens = (name: string): string =>
  ` ${[...wordsOf(name)].map(({ text }) => foldWord(text)).join(' ')} `

/** An account's documents, passages and what finds them. Keyed by the account's id. */
export class LibraryObject extends DurableObject<Cloudflare.Env> implements Serves<LibraryStub> {
  readonly #build: () => LibraryServices
  #built: LibraryServices | undefined
  readonly #documents: DocumentStore
  readonly #passages: PassageStore
  readonly #sets: SetStore
  readonly #words: WordFinder
  readonly #mirrored: MirroredVectors
  readonly #vectors: VectorStore
  readonly #searcher: Searcher
  readonly #chores: Chores
  readonly #waiters = new Waiters<LibraryDocument | null>()

  constructor(ctx: DurableObjectState, env: Cloudflare.Env, services: () => LibraryServices) {
    super(ctx, env)
    this.#build = services
    const { sql } = ctx.storage
    createTables(sql)
    this.#documents = new DocumentStore(sql)
    this.#passages = new PassageStore(sql)
    this.#sets = new SetStore(sql, () => this.#services.now())
    this.#words = new WordFinder(sql)
    const accountId = ctx.id.name ?? ''
    this.#mirrored = new MirroredVectors({
      storage: ctx.storage,
      mirror: () => this.#services.mirror,
      accountId,
      log: () => this.#services.log,
    })
    this.#vectors = new VectorStore({
      sql,
      transaction: (work) => this.#transaction(work),
      embedding: () => this.#services.embedding,
      accountId,
      log: () => this.#services.log,
      mirrored: this.#mirrored,
    })
    this.#searcher = new Searcher({
      sql,
      documents: this.#documents,
      passages: this.#passages,
      sets: this.#sets,
      words: this.#words,
      vectors: this.#vectors,
      reranker: { reranking: () => this.#services.reranking, accountId, log: () => this.#services.log },
    })
    this.#chores = new Chores({
      storage: ctx.storage,
      vectors: this.#vectors,
      accountId,
      services: () => this.#services,
    })
  }

  get #services(): LibraryServices {
    this.#built ??= this.#build()
    return this.#built
  }

  // Documents and their states

  add(given: NewDocument): { document: LibraryDocument; isNew: boolean } {
    const now = this.#services.now()
    const added = this.#transaction(() => this.#documents.add(given, nameTokens(given.name), now))
    this.#wake()
    return added
  }

  get(documentId: string): LibraryDocument | null {
    return this.#documents.get(documentId)
  }

  findByFile(fileId: string): LibraryDocument | null {
    return this.#documents.findByFile(fileId)
  }

  list(page: DocumentPageRequest): DocumentsPage {
    return this.#documents.list(page)
  }

  unsettled(): string[] {
    return this.#documents.unsettled()
  }

  notReady(): DocumentStanding[] {
    return this.#documents.notReady()
  }

  missingFiles(fileIds: readonly string[]): string[] {
    return this.#documents.missingFiles(fileIds)
  }

  inOrder(documentIds: readonly string[]): string[] {
    return this.#documents.inOrder(documentIds)
  }

  move(documentId: string, attempt: number, move: Move): LibraryDocument | null {
    return this.#moved(documentId, (now) => this.#documents.move(documentId, attempt, move, now))
  }

  interrupt(documentId: string, attempt: number): LibraryDocument | null {
    return this.#moved(documentId, (now) => this.#documents.interrupt(documentId, attempt, now))
  }

  #moved(documentId: string, move: (now: number) => LibraryDocument | null): LibraryDocument | null {
    const moved = this.#transaction(() => {
      const document = move(this.#services.now())
      const number =
        document && isSettled(document.state) ? this.#documents.row(documentId)?.number : undefined
      // Moved past its index: what was staged of it is not to be found by anybody.
      if (number !== undefined) this.#passages.dropStaged(number)
      return document
    })
    if (moved) this.#told(moved)
    return moved
  }

  async waitSettled(documentId: string, limitMs: number): Promise<LibraryDocument | null | undefined> {
    const document = this.#documents.get(documentId)
    if (!document || isSettled(document.state)) return document
    return await this.#waiters.wait(documentId, limitMs)
  }

  removeName(fileId: string): NameRemoval | null {
    const removal = this.#transaction(() => {
      const removed = this.#documents.removeName(fileId)
      if (removed?.isDocumentGone) {
        this.#vectors.remove(this.#passages.remove(removed.number))
        this.#documents.remove(removed.number)
      }
      return removed
    })
    if (!removal) return null
    const { number: _own, ...told } = removal
    if (told.isDocumentGone) this.#gone(told.documentId)
    return told
  }

  remove(documentId: string): string[] | null {
    const files = this.#transaction(() => {
      const row = this.#documents.row(documentId)
      if (!row) return null
      this.#vectors.remove(this.#passages.remove(row.number))
      return this.#documents.remove(row.number)
    })
    if (files) this.#gone(documentId)
    return files
  }

  #gone(documentId: string): void {
    this.#waiters.tell(documentId, null)
    if (!this.#mirrored.hasForgotten) this.#chores.later()
    this.#wake()
  }

  // The index

  async index(documentId: string, attempt: number, batch: IndexBatch): Promise<boolean> {
    const analyser = await loadAnalyser()
    const indexed = this.#transaction(() => {
      const row = this.#documents.current(documentId, attempt)
      if (!row) return null
      this.#passages.stage(row, batch, analyser)
      const now = this.#services.now()
      if (!batch.isLast) return this.#documents.move(documentId, attempt, { state: 'indexing' }, now)
      const name = this.#documents.get(documentId)?.names[0]?.name ?? ''
      this.#passages.publish(row.number, name, analyser)
      this.#vectors.models.lackAll(row.number)
      this.#chores.later()
      const { pages, partialReason } = batch
      return this.#documents.move(
        documentId,
        attempt,
        {
          state: partialReason === undefined ? 'ready' : 'partial',
          ...(partialReason !== undefined && { reason: partialReason }),
          ...(pages !== undefined && { pages }),
        },
        now,
      )
    })
    if (indexed) this.#told(indexed)
    return indexed !== null
  }

  lastStaged(documentId: string, attempt: number): Passage | null {
    const row = this.#documents.current(documentId, attempt)
    return row ? this.#passages.lastStaged(row.number) : null
  }

  dropStaged(documentId: string, attempt: number): void {
    this.#transaction(() => {
      const row = this.#documents.current(documentId, attempt)
      if (row) this.#passages.dropStaged(row.number)
    })
  }

  async search(request: SearchRequest): Promise<SearchAnswer> {
    const answer = await this.#searcher.search(request, await loadAnalyser())
    if (this.#chores.consider()) this.#wake()
    return answer
  }

  async documentsWith(leaf: Leaf): Promise<string[]> {
    return this.#words.documentsWith(leaf, await loadAnalyser())
  }

  documentText(documentId: string, { from, characters }: TextStretch): string {
    const row = this.#documents.row(documentId)
    if (!row) throw new AppError('not_found', 'There is no such document.')
    return this.#passages.text(row.number, from, Math.min(characters, MAX_STRETCH_CHARACTERS))
  }

  passagesOf(documentId: string, { from, characters }: TextStretch): Passage[] {
    const row = this.#documents.row(documentId)
    return row ? this.#passages.from(row.number, from, characters) : []
  }

  async fitted(taskId: string, outcome: { key: string } | { failure: string }): Promise<void> {
    await this.#chores.fitted(taskId, outcome)
    this.#wake()
  }

  // Sets

  createSet(set: Pick<LibrarySet, 'id' | 'data'>): LibrarySet {
    return this.#transaction(() => this.#sets.create(set))
  }

  getSet(setId: string): LibrarySet | null {
    return this.#sets.get(setId)
  }

  listSets(page: SetPageRequest) {
    return this.#sets.list(page)
  }

  changeSet(setId: string, change: SetChange): LibrarySet | null {
    return this.#sets.change(setId, change)
  }

  removeSet(setId: string): boolean {
    return this.#transaction(() => this.#sets.remove(setId))
  }

  addToSet(setId: string, member: Pick<SetMember, 'fileId' | 'attributes' | 'data'>): SetMember {
    return this.#transaction(() => this.#sets.addMember(setId, member))
  }

  addAllToSet(setId: string, members: readonly Pick<SetMember, 'fileId' | 'attributes' | 'data'>[]): void {
    this.#transaction(() => {
      for (const member of members) this.#sets.addMember(setId, member)
    })
  }

  getSetMember(setId: string, fileId: string): SetMember | null {
    return this.#sets.getMember(setId, fileId)
  }

  listSetMembers(setId: string, page: SetPageRequest) {
    return this.#sets.listMembers(setId, page)
  }

  removeFromSet(setId: string, fileId: string): boolean {
    return this.#sets.removeMember(setId, fileId)
  }

  async clear(): Promise<void> {
    const leftovers = this.#mirrored.leftovers()
    await this.ctx.storage.deleteAlarm()
    await this.ctx.storage.deleteAll()
    createTables(this.ctx.storage.sql)
    this.#vectors.forget()
    if (leftovers.length === 0) return
    this.#mirrored.restore(leftovers)
    this.#chores.later()
    this.#wake()
  }

  // The clock

  /** Leases end, and passages get their vectors. */
  override async alarm(): Promise<void> {
    await this.#endLeases()
    await this.#chores.run()
    this.#wake()
  }

  async #endLeases(): Promise<void> {
    const { now, onDue, log } = this.#services
    const ended = this.#transaction(() =>
      this.#documents.endLeases(now()).map((lease) => {
        // Another attempt goes on behind them.
        if (lease.hasFailed) this.#passages.dropStaged(lease.number)
        return lease
      }),
    )
    const accountId = this.ctx.id.name ?? ''
    for (const { id, attempt, hasFailed } of ended) {
      if (hasFailed) this.#waiters.tell(id, this.#documents.get(id))
      // One that cannot be handed on now is with the end of its next lease.
      else
        await onDue({ accountId, documentId: id, attempt }).catch((thrown) =>
          log.error('document.not_handed_on', { documentId: id, cause: causeOf(thrown) }),
        )
    }
  }

  #told(document: LibraryDocument): void {
    if (isSettled(document.state)) this.#waiters.tell(document.id, document)
    this.#wake()
  }

  #wake(): void {
    const times = [this.#documents.nextLeaseEnd(), this.#chores.dueAt].filter((at) => at !== undefined)
    if (times.length > 0) this.ctx.storage.setAlarm(Math.max(Math.min(...times), Date.now()))
  }

  #transaction<Result>(work: () => Result): Result {
    return this.ctx.storage.transactionSync(work)
  }
}

import { causeOf } from '../../../shared/failure-cause.ts'
import type { Logger } from '../../../shared/log.ts'
import type { Analyser, QueryWord } from '../../services/library/analysis/analyser.ts'
import { movedTowards } from '../../services/library/ranking/feedback.ts'
import type { Scored } from '../../services/library/ranking/fusion.ts'
import { toCode, toStored, toUnit } from '../../services/library/ranking/vector-codes.ts'
import type { FoundBy } from '../../services/library/search-request.ts'
import type { Embedder, Embedding } from '../../services/library/vector-models.ts'
import { type NewVector, passageVectors, questionVector, type TokenRow } from './lsa-vectors.ts'
import type { MirroredVectors, MirrorStep } from './mirrored-vectors.ts'
import { isMadeBy, type ModelRow, ModelStore } from './model-store.ts'
import { listed } from './schema.ts'
import type { VectorFinder, VectorQuestion } from './searcher.ts'
import { bestOfStored, hasCodes, VectorIndex, type VectorIndexLimits } from './vector-index.ts'

/** How long a search waits for the vector of its question: without it, it goes by words alone. */
const QUESTION_LIMIT_MS = 3_000
/** How long some passages may take. */
const PASSAGES_LIMIT_MS = 60_000

/** Passages that get their vectors together. */
export const LSA_PASSAGES = 250
export const EMBEDDED_PASSAGES = 32

interface VectorStoreOptions {
  sql: SqlStorage
  transaction: <Result>(work: () => Result) => Result
  embedding: () => Embedding
  accountId: string
  log: () => Logger
  /** When searches have two stages, and how many passages come to the second. */
  limits?: VectorIndexLimits
  /** Where a mirror may find what embeddings are most alike. */
  mirrored?: MirroredVectors
}

/** The vectors of a library's passages, by the models that they are of. */
export class VectorStore implements VectorFinder {
  readonly models: ModelStore
  readonly #options: VectorStoreOptions
  #index: VectorIndex | undefined

  constructor(options: VectorStoreOptions) {
    this.#options = options
    this.models = new ModelStore(options.sql)
  }

  /** As a search asks: by the embedding model where it can be asked now, otherwise by LSA. */
  async ask(query: string, words: readonly QueryWord[]): Promise<VectorQuestion | undefined> {
    const embedded = this.models.of('embedding', 'serving')
    const asked = embedded && (await this.#embedQuestion(embedded, query))
    const model = asked ? embedded : this.models.of('lsa', 'serving')
    if (!model) return undefined
    const question = asked ?? questionVector(this.#options.sql, model, words)
    if (!question) return undefined
    const near = asked && (await this.#options.mirrored?.nearest(model, question))
    return this.#question(model, question, near)
  }

  /** `near` are the passages that a mirror holds for most alike: then no others are compared but those that it may not find yet. */
  #question(model: ModelRow, vector: Float32Array, near?: readonly number[]): VectorQuestion {
    return {
      by: model.kind === 'lsa' ? 'lsa' : `embedding:${model.name}`,
      best: (documents) => {
        if (near && !documents) {
          const candidates = [...near, ...(this.#options.mirrored?.waiting() ?? [])]
          return bestOfStored(this.#options.sql, model.number, vector, candidates)
        }
        // The model may have been replaced while the question was made.
        const index = this.#indexOf(model)
        return index?.dimensions === vector.length ? index.best(vector, this.#passagesOf(documents)) : []
      },
      towards: (found) => {
        // Embeddings know other words for the same already, and it was not measured on them.
        if (model.kind !== 'lsa') return undefined
        const stored = this.#stored(model, found)
        const moved = movedTowards(vector, found, (id) => stored.get(id))
        return moved && this.#question(model, moved)
      },
    }
  }

  missing(by: FoundBy | undefined): number {
    const fitted = this.models.of('lsa', 'serving')
    const model = by === 'lsa' ? fitted : (this.models.of('embedding', 'serving') ?? fitted)
    return model ? this.models.countLacking(model.number) : 0
  }

  /** Belongs in a transaction, with the end of the passages. */
  remove(passages: readonly number[]): void {
    for (const { number } of this.models.all()) {
      for (const table of ['vectors', 'codes', 'lacking']) {
        const query = `DELETE FROM ${table} WHERE model = ? AND passage IN (SELECT value FROM json_each(?))`
        this.#options.sql.exec(query, number, listed(passages))
      }
    }
    this.#index?.remove(passages)
    this.#options.mirrored?.removed(passages)
  }

  /** Brings the mirror nearer to what is there. */
  async mirror(): Promise<MirrorStep> {
    return (await this.#options.mirrored?.step(this.models.of('embedding', 'serving'))) ?? 'done'
  }

  /** Gives some passages their vectors of LSA. True where more are left. */
  fillLsa(analyser: Analyser): boolean {
    const filling = this.models.of('lsa', 'filling')
    const model = [this.models.of('lsa', 'serving'), filling].find(
      (one) => one && this.models.countLacking(one.number) > 0,
    )
    this.#options.transaction(() => {
      if (!model && filling) this.#serve(filling)
      if (!model) return
      const rows = this.#without(model, LSA_PASSAGES)
      this.#put(model, passageVectors(this.#options.sql, model, rows, analyser))
      this.#notLacking(
        model,
        rows.map(({ id }) => id),
      )
    })
    return model !== undefined
  }

  /** Gives some passages their embeddings. True where more are left; undefined where no node can be asked. */
  async fillEmbeddings(): Promise<boolean | undefined> {
    const model = await this.#embeddingModel()
    if (!model) return undefined
    const rows = this.#textsWithout(model)
    if (rows.length > 0) {
      const texts = rows.map(({ text }) => model.passage_prefix + text)
      const { embedding, accountId, log } = this.#options
      try {
        const vectors = await embedding().embed(model.name, texts, accountId, PASSAGES_LIMIT_MS)
        this.#options.transaction(() => this.#takeEmbeddings(model, rows, vectors))
      } catch (thrown) {
        log().error('library.not_embedded', { model: model.name, cause: causeOf(thrown) })
        return undefined
      }
    }
    if (rows.length === EMBEDDED_PASSAGES) return true
    if (model.state === 'filling') this.#options.transaction(() => this.#serve(model))
    return false
  }

  /** Nothing is remembered of what was stored. */
  forget(): void {
    this.#index = undefined
  }

  /** The model to fill: begun anew where the pool's is another one than that of the vectors. */
  async #embeddingModel(): Promise<ModelRow | undefined> {
    const serving = this.models.of('embedding', 'serving')
    const embedder = await this.#options.embedding().current(serving?.name)
    if (!embedder) return undefined
    if (serving && isMadeBy(serving, embedder)) {
      const given = this.models.of('embedding', 'filling')
      if (given) this.#options.transaction(() => this.models.remove(given.number))
      return serving
    }
    const filling = this.models.of('embedding', 'filling')
    if (filling && isMadeBy(filling, embedder)) return filling
    const isEmpty = this.#options.sql.exec('SELECT id FROM passages LIMIT 1').toArray().length === 0
    if (isEmpty) return undefined
    return this.#options.transaction(() =>
      this.models.begin('embedding', embedder, { dimensions: null, fittedPassages: 0 }),
    )
  }

  #takeEmbeddings(model: ModelRow, rows: readonly { id: number }[], vectors: readonly Float32Array[]): void {
    // Given up while the vectors were made.
    const current = this.models.all().find(({ number }) => number === model.number)
    const dimensions = vectors[0]?.length ?? 0
    if (!current || dimensions === 0) return
    if (current.dimensions === null) this.models.setDimensions(model.number, dimensions)
    else if (current.dimensions !== dimensions) {
      this.#giveUp(current)
      return
    }
    const ids = rows.map(({ id }) => id)
    const query = 'SELECT id FROM passages WHERE id IN (SELECT value FROM json_each(?))'
    const left = new Set(
      this.#options.sql
        .exec<{ id: number }>(query, listed(ids))
        .toArray()
        .map(({ id }) => id),
    )
    const given = ids.flatMap((passage, index) => {
      const vector = left.has(passage) ? toUnit(vectors[index] ?? new Float32Array()) : undefined
      return vector ? [{ passage, vector }] : []
    })
    this.#put({ ...current, dimensions }, given)
    this.#notLacking(current, ids)
  }

  /** Lets a model go whose vectors have another length than before: it is another one, of which its node has not told a hash. */
  #giveUp(model: ModelRow): void {
    this.models.remove(model.number)
    this.forget()
  }

  async #embedQuestion(model: ModelRow, query: string): Promise<Float32Array | undefined> {
    const { embedding, accountId, log } = this.#options
    try {
      const embedder: Embedder | undefined = await embedding().current(model.name)
      // Vectors of another file are not comparable. Those of another prefix are, for the question has the one of their time.
      if (embedder?.model !== model.name || embedder.sha256 !== model.sha256) return undefined
      const texts = [model.query_prefix + query]
      const [vector] = await embedding().embed(model.name, texts, accountId, QUESTION_LIMIT_MS)
      if (vector?.length === model.dimensions) return toUnit(vector)
      if (vector) this.#options.transaction(() => this.#giveUp(model))
      return undefined
    } catch (thrown) {
      log().error('library.question_not_embedded', { model: model.name, cause: causeOf(thrown) })
      return undefined
    }
  }

  #stored(model: ModelRow, passages: readonly Scored[]): Map<number, Uint8Array<ArrayBuffer>> {
    const query = `SELECT passage, vector FROM vectors
      WHERE model = ? AND passage IN (SELECT value FROM json_each(?))`
    const ids = listed(passages.map(({ id }) => id))
    const rows = this.#options.sql.exec<{ passage: number; vector: ArrayBuffer }>(query, model.number, ids)
    return new Map(rows.toArray().map(({ passage, vector }) => [passage, new Uint8Array(vector)]))
  }

  /** Tokens of passages without a vector of this model, the oldest first. */
  #without(model: ModelRow, limit: number): TokenRow[] {
    const query = `SELECT passages.id, tokens.title, tokens.body, coalesce(documents.language, 'eng') AS language
      FROM (${LACKING}) AS lacking JOIN passages ON passages.id = lacking.passage
      JOIN tokens ON tokens.rowid = passages.id JOIN documents ON documents.number = passages.document`
    return this.#options.sql.exec<TokenRow>(query, model.number, limit).toArray()
  }

  #textsWithout(model: ModelRow): { id: number; text: string }[] {
    const query = `SELECT passages.id, passages.text FROM (${LACKING}) AS lacking
      JOIN passages ON passages.id = lacking.passage`
    return this.#options.sql
      .exec<{ id: number; text: string }>(query, model.number, EMBEDDED_PASSAGES)
      .toArray()
  }

  #put(model: ModelRow, vectors: readonly NewVector[]): void {
    const { sql } = this.#options
    const hasCode = hasCodes(model.dimensions ?? 0)
    const index = this.#index?.model === model.number ? this.#index : undefined
    for (const { passage, vector } of vectors) {
      const stored = toStored(vector)
      const code = hasCode ? toCode(vector) : undefined
      sql.exec('INSERT OR REPLACE INTO vectors VALUES (?, ?, ?)', model.number, passage, stored.buffer)
      if (code) sql.exec('INSERT OR REPLACE INTO codes VALUES (?, ?, ?)', model.number, passage, code.buffer)
      index?.add(passage, stored, code)
    }
    this.#options.mirrored?.added(
      model.number,
      vectors.map(({ passage }) => passage),
    )
  }

  #notLacking(model: ModelRow, passages: readonly number[]): void {
    const query = 'DELETE FROM lacking WHERE model = ? AND passage IN (SELECT value FROM json_each(?))'
    this.#options.sql.exec(query, model.number, listed(passages))
  }

  #serve(model: ModelRow): void {
    this.models.serve(model)
    this.forget()
  }

  #indexOf(model: ModelRow): VectorIndex | undefined {
    const current = this.models.all().find(({ number }) => number === model.number)
    if (current?.state !== 'serving' || current.dimensions === null) return undefined
    if (this.#index?.model !== current.number || this.#index.isOutgrown) {
      this.#index = undefined // the old one's memory goes before the new one's comes
      const { number, dimensions } = current
      const { sql, limits } = this.#options
      this.#index = new VectorIndex(sql, { model: number, dimensions }, limits)
    }
    return this.#index
  }

  #passagesOf(documents: readonly number[] | undefined): ReadonlySet<number> | undefined {
    if (!documents) return undefined
    const query = 'SELECT id FROM passages WHERE document IN (SELECT value FROM json_each(?))'
    const rows = this.#options.sql.exec<{ id: number }>(query, listed(documents)).toArray()
    return new Set(rows.map(({ id }) => id))
  }
}

/** The first passages without a vector of a model; its parameters are the model and how many. */
const LACKING = 'SELECT passage FROM lacking WHERE model = ? ORDER BY passage LIMIT ?'

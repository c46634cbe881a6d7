import { causeOf } from '../../../shared/failure-cause.ts'
import type { Logger } from '../../../shared/log.ts'
import type { Analyser } from '../../services/library/analysis/analyser.ts'
import { DEFAULT_LANGUAGE, isLanguage } from '../../services/library/analysis/language-codes.ts'
import { createFitInput, type FitTerm, MAX_FIT_PASSAGES } from '../../services/library/ranking/fit-input.ts'
import { toStored } from '../../services/library/ranking/vector-codes.ts'
import type { Fitting } from '../../services/library/vector-models.ts'
import { countsOf } from './lsa-vectors.ts'
import type { ModelStore } from './model-store.ts'
import { listed } from './schema.ts'

/** Passages from which on vectors are fitted to them: of fewer, there is too little to learn. */
export const MIN_FIT_PASSAGES = 200

/** Vectors are fitted anew when so large a share of the passages is new. */
export const REFIT_SHARE = 1 / 5

/** Dimensions of fitted vectors: more of them were worse on the collections of the bench. */
export const FIT_DIMENSIONS = 100

/** A fit that has not ended by then is forgotten; one that failed is not tried again before then. */
const FIT_PATIENCE_MS = 30 * 60_000
const RETRY_MS = 10 * 60_000

/** Passages and terms that are read or written by one statement. */
const ROWS_AT_ONCE = 500

const FIT_KEY = 'fit'

/** A fit that is under way, or the last one that failed. */
interface FitState {
  taskId: string | null
  passages: number
  at: number
}

interface FitterOptions {
  storage: DurableObjectStorage
  models: ModelStore
  fitting: () => Fitting
  /** Whether the pool has a model now that is made for embeddings. */
  hasEmbedder: () => Promise<boolean>
  accountId: string
  log: () => Logger
  now: () => number
}

/** Sees to it that a library's vectors are fitted to its passages, on a node. */
export class Fitter {
  readonly #options: FitterOptions

  constructor(options: FitterOptions) {
    this.#options = options
  }

  get #state(): FitState | undefined {
    return this.#options.storage.kv.get<FitState>(FIT_KEY)
  }

  /** Whether the passages are many enough, and other ones than were fitted. */
  isDue(): boolean {
    const { storage, models, now } = this.#options
    const state = this.#state
    if (state && now() - state.at < (state.taskId === null ? RETRY_MS : FIT_PATIENCE_MS)) return false
    if (models.of('lsa', 'filling')) return false
    const query = 'SELECT coalesce(sum(passages), 0) AS count FROM documents'
    const { count } = storage.sql.exec<{ count: number }>(query).one()
    if (count < MIN_FIT_PASSAGES) return false
    const fitted = models.of('lsa', 'serving')?.fitted_passages ?? 0
    return fitted === 0 || Math.abs(count - fitted) >= fitted * REFIT_SHARE
  }

  /** Begins with a fit where it is due and a node can do it. */
  async begin(analyser: Analyser): Promise<void> {
    const { storage, models, fitting, hasEmbedder, accountId, log, now } = this.#options
    if (!this.isDue() || !(await fitting().canRun())) return
    // The vectors of a model that was made for it are better: no others are fitted beside them, unless it has gone.
    if (models.of('embedding', 'serving') && (await hasEmbedder())) return
    if (!this.isDue()) return // somebody else has begun meanwhile
    const { input, passages } = this.#input(analyser)
    if (!input) return
    const taskId = crypto.randomUUID().replaceAll('-', '').slice(0, 24)
    storage.transactionSync(() => {
      storage.kv.put<FitState>(FIT_KEY, { taskId, passages, at: now() })
      this.#keepTerms(input.terms)
    })
    try {
      await fitting().begin({ id: taskId, accountId, matrix: input.matrix, dimensions: FIT_DIMENSIONS })
    } catch (thrown) {
      log().error('library.not_fitted', { cause: causeOf(thrown) })
      this.#failed(taskId)
    }
  }

  /** The end of a fit. True where there is a model now, whose passages need their vectors. */
  async end(taskId: string, outcome: { key: string } | { failure: string }): Promise<boolean> {
    const { fitting, log } = this.#options
    const isOurs = () => this.#state?.taskId === taskId
    if ('failure' in outcome) {
      log().error('library.not_fitted', { cause: outcome.failure })
      if (isOurs()) this.#failed(taskId)
      return false
    }
    const file = isOurs() ? await fitting().read(outcome.key) : undefined
    const vectors = file && new Float32Array(await file.arrayBuffer())
    // Another telling of the same end may have come to it first.
    const isTaken = vectors !== undefined && isOurs() && this.#take(vectors)
    await fitting().discard(outcome.key)
    return isTaken
  }

  #failed(taskId: string): void {
    const { storage, now } = this.#options
    if (this.#state?.taskId !== taskId) return
    storage.kv.put<FitState>(FIT_KEY, { taskId: null, passages: 0, at: now() })
    storage.sql.exec('DELETE FROM fit_terms')
  }

  #input(analyser: Analyser) {
    const { sql } = this.#options.storage
    const query = 'SELECT coalesce(sum(passages), 0) AS count FROM documents'
    const { count } = sql.exec<{ count: number }>(query).one()
    const ids = sql.exec<{ id: number }>('SELECT id FROM passages ORDER BY id').raw<[number]>()
    const step = Math.max(1, count / MAX_FIT_PASSAGES)
    const chosen: number[] = []
    let place = 0
    for (const [id] of ids) {
      if (place >= chosen.length * step) chosen.push(id)
      place += 1
    }
    const input = createFitInput()
    const tokens = `SELECT tokens.title, tokens.body, documents.language FROM tokens
      JOIN passages ON passages.id = tokens.rowid JOIN documents ON documents.number = passages.document
      WHERE tokens.rowid IN (SELECT value FROM json_each(?))`
    for (let from = 0; from < chosen.length; from += ROWS_AT_ONCE) {
      const some = listed(chosen.slice(from, from + ROWS_AT_ONCE))
      for (const { title, body, language } of sql.exec<{
        title: string
        body: string
        language: string | null
      }>(tokens, some)) {
        const spoken = language !== null && isLanguage(language) ? language : DEFAULT_LANGUAGE
        input.add(countsOf(title, body, (words) => analyser.contentTokens(words, spoken)))
      }
    }
    return { input: input.build(), passages: count }
  }

  #keepTerms(terms: readonly FitTerm[]): void {
    const { sql } = this.#options.storage
    sql.exec('DELETE FROM fit_terms')
    const insert = `INSERT INTO fit_terms SELECT value ->> 0, value ->> 1, value ->> 2 FROM json_each(?)`
    for (let from = 0; from < terms.length; from += ROWS_AT_ONCE) {
      const some = terms.slice(from, from + ROWS_AT_ONCE)
      sql.exec(insert, JSON.stringify(some.map(({ term, weight }, index) => [from + index, term, weight])))
    }
  }

  /** Makes a model of what was fitted. False for a file that is not of these terms. */
  #take(vectors: Float32Array): boolean {
    const { storage, models, log } = this.#options
    const { sql, kv } = storage
    return storage.transactionSync(() => {
      const terms = sql
        .exec<{ term: string; weight: number }>('SELECT term, weight FROM fit_terms ORDER BY number')
        .toArray()
      const passages = this.#state?.passages ?? 0
      kv.delete(FIT_KEY)
      sql.exec('DELETE FROM fit_terms')
      const dimensions = vectors.length / terms.length
      if (!Number.isInteger(dimensions) || dimensions < 1) {
        log().error('library.not_fitted', { cause: 'The file has another length than its terms.' })
        return false
      }
      const lsa = { model: 'lsa', sha256: null, queryPrefix: '', passagePrefix: '' }
      const model = models.begin('lsa', lsa, { dimensions, fittedPassages: passages })
      for (const [index, { term, weight }] of terms.entries()) {
        const row = vectors.subarray(index * dimensions, (index + 1) * dimensions)
        const stored = toStored(row.map((value) => value * weight))
        sql.exec('INSERT OR REPLACE INTO terms VALUES (?, ?, ?)', model.number, term, stored.buffer)
      }
      return true
    })
  }
}

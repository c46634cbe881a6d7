import { AppError } from '../../../shared/errors.ts'
import type { Analyser, QueryWord } from '../../services/library/analysis/analyser.ts'
import { DEFAULT_LANGUAGE, isLanguage } from '../../services/library/analysis/language-codes.ts'
import { MAX_QUERY_LENGTH, MAX_SEARCH_RESULTS } from '../../services/library/library-limits.ts'
import { FEEDBACK_PASSAGES } from '../../services/library/ranking/feedback.ts'
import { fuse, type Scored, trustOfLength } from '../../services/library/ranking/fusion.ts'
import type {
  FoundBy,
  SearchAnswer,
  SearchRequest,
  SearchResult,
} from '../../services/library/search-request.ts'
import type { DocumentStore } from './document-store.ts'
import type { PassageRow, PassageStore } from './passage-store.ts'
import { RERANKED_PASSAGES, type Reranked, type RerankerOptions, rerank } from './reranker.ts'
import { listed } from './schema.ts'
import type { FiledAs, SetStore } from './set-store.ts'
import { sayingWords, type WordFinder } from './word-finder.ts'

/** Names of documents that were not searched, that an answer tells. */
const MAX_TOLD_NAMES = 10

/** Highlighted words of one passage. */
const MAX_HIGHLIGHTS = 100

/** A question as vectors are compared with it. */
export interface VectorQuestion {
  by: FoundBy
  /** Of these passages alone, where some documents are given; from the best on. */
  best(documents: readonly number[] | undefined): Scored[]
  /** The same question, moved towards what was found first; undefined where that is not to be done. */
  towards(found: readonly Scored[]): VectorQuestion | undefined
}

/** The vectors of a library, as a search asks them. */
export interface VectorFinder {
  /** Undefined where there are no vectors, or none of the question. */
  ask(query: string, words: readonly QueryWord[]): Promise<VectorQuestion | undefined>
  /** Searchable passages without a vector, where there are vectors: of those that a question was compared with. */
  missing(by: FoundBy | undefined): number
}

interface SearchedDocument extends Record<string, SqlStorageValue> {
  number: number
  id: string
  language: string | null
}

interface Stores {
  sql: SqlStorage
  documents: DocumentStore
  passages: PassageStore
  sets: SetStore
  words: WordFinder
  vectors: VectorFinder
  reranker: RerankerOptions
}

function check({ query, limit }: SearchRequest): void {
  if (query.trim() === '' || query.length > MAX_QUERY_LENGTH) {
    const message = `A query has 1 to ${MAX_QUERY_LENGTH} characters that are not all blank.`
    throw new AppError('invalid_request', message, { param: 'query' })
  }
  if (!Number.isSafeInteger(limit) || limit < 1 || limit > MAX_SEARCH_RESULTS) {
    const message = `A search has 1 to ${MAX_SEARCH_RESULTS} results.`
    throw new AppError('invalid_request', message, { param: 'limit' })
  }
}

/** Finds passages by their words and their vectors, and tells how, and what was not searched. */
export class Searcher {
  readonly #stores: Stores

  constructor(stores: Stores) {
    this.#stores = stores
  }

  async search(request: SearchRequest, analyser: Analyser): Promise<SearchAnswer> {
    check(request)
    const { words: finder, vectors } = this.#stores
    const languages = finder.languages()
    const words = analyser.queryWords(request.query, languages.length > 0 ? languages : [DEFAULT_LANGUAGE])
    const question = await vectors.ask(request.query, words)
    // From here on nothing is waited for: all that is read is of one moment.
    const filed =
      request.setId === undefined ? undefined : this.#stores.sets.chosen(request.setId, request.filter)
    const documents = this.#among(request, filed)
    const byWords = finder.best(words, documents)
    const first = this.#fused(byWords, question?.best(documents) ?? [])
    const moved = question?.towards(first.slice(0, FEEDBACK_PASSAGES))
    const found = moved ? this.#fused(byWords, moved.best(documents)) : first
    const tokens = new Set(sayingWords(words).flatMap((word) => word.tokens))
    const most = request.isReranked ? Math.max(request.limit, RERANKED_PASSAGES) : request.limit
    const all = this.#results(found.slice(0, most), tokens, filed, analyser)
    const reason = this.#reason(documents)
    const notSearched = this.#notSearched(documents, question?.by)
    const foundBy: FoundBy[] = ['bm25', ...(question ? [question.by] : [])]
    const reranked = request.isReranked ? await this.#reranked(request.query, all) : undefined
    const results = (reranked?.results ?? all)
      .filter(({ score }) => score >= (request.minScore ?? 0))
      .slice(0, request.limit)
    return {
      results,
      foundBy: [...foundBy, ...(reranked ? [reranked.by] : [])],
      notSearched,
      ...(results.length === 0 && { reason }),
    }
  }

  async #reranked(question: string, results: readonly SearchResult[]): Promise<Reranked | undefined> {
    const reranked = await rerank(this.#stores.reranker, question, results)
    if (!reranked) return undefined
    // What was deleted while the model judged it is not told.
    const left = this.#stores.passages.wordCounts(results.map(({ passageId }) => passageId))
    return { ...reranked, results: reranked.results.filter(({ passageId }) => left.has(passageId)) }
  }

  /** The numbers of the documents that are asked for; undefined: all. */
  #among({ documentIds }: SearchRequest, filed: Map<number, FiledAs> | undefined): number[] | undefined {
    if (documentIds === undefined) return filed && [...filed.keys()]
    const query = 'SELECT number FROM documents WHERE id IN (SELECT value FROM json_each(?))'
    const numbers = this.#stores.sql.exec<{ number: number }>(query, listed(documentIds)).toArray()
    return numbers.map(({ number }) => number).filter((number) => !filed || filed.has(number))
  }

  #fused(byWords: readonly Scored[], byVectors: readonly Scored[]): Scored[] {
    const ids = [...byWords, ...byVectors].map(({ id }) => id)
    const counts = this.#stores.passages.wordCounts(ids)
    return fuse(byWords, byVectors, (id) => trustOfLength(counts.get(id) ?? 0)).filter(({ id }) =>
      counts.has(id),
    )
  }

  #results(
    found: readonly Scored[],
    tokens: ReadonlySet<string>,
    filed: Map<number, FiledAs> | undefined,
    analyser: Analyser,
  ): SearchResult[] {
    const rows = new Map(this.#stores.passages.rows(found.map(({ id }) => id)).map((row) => [row.id, row]))
    const documents = this.#documentsOf([...rows.values()])
    return found.flatMap(({ id, score }) => {
      const row = rows.get(id)
      const document = row && documents.get(row.document)
      if (!row || !document) return []
      const as = filed?.get(row.document)
      const { names } = this.#stores.documents.get(document.id) ?? { names: [] }
      const name = names.find(({ fileId }) => fileId === as?.fileId) ?? names[0]
      const language = document.language ?? DEFAULT_LANGUAGE
      const places = analyser.places(row.text, isLanguage(language) ? language : DEFAULT_LANGUAGE, tokens)
      return [
        {
          documentId: document.id,
          fileId: name?.fileId ?? '',
          name: name?.name ?? '',
          passageId: id,
          page: row.page,
          from: row.start,
          to: row.finish,
          headings: JSON.parse(row.headings) as string[], // written by the store of passages
          text: row.text,
          score,
          highlights: places.slice(0, MAX_HIGHLIGHTS).map(({ from, to }) => [from, to] as const),
          ...(as && { attributes: as.attributes }),
        },
      ]
    })
  }

  #documentsOf(rows: readonly PassageRow[]): Map<number, SearchedDocument> {
    const query =
      'SELECT number, id, language FROM documents WHERE number IN (SELECT value FROM json_each(?))'
    const documents = this.#stores.sql
      .exec<SearchedDocument>(query, listed([...new Set(rows.map(({ document }) => document))]))
      .toArray()
    return new Map(documents.map((document) => [document.number, document]))
  }

  #counts(documents: readonly number[] | undefined) {
    const among = documents ? 'WHERE number IN (SELECT value FROM json_each(?))' : ''
    const query = `SELECT count(*) AS total,
      coalesce(sum(state IN ('queued', 'reading', 'indexing')), 0) AS unsettled,
      coalesce(sum(state = 'failed'), 0) AS failed FROM documents ${among}`
    const bindings = documents ? [listed(documents)] : []
    return this.#stores.sql
      .exec<{ total: number; unsettled: number; failed: number }>(query, ...bindings)
      .one()
  }

  #reason(documents: readonly number[] | undefined): NonNullable<SearchAnswer['reason']> {
    const { total, unsettled, failed } = this.#counts(documents)
    if (total === 0) return 'no_documents'
    return unsettled + failed === total ? 'none_ready' : 'none_matches'
  }

  #notSearched(
    documents: readonly number[] | undefined,
    by: FoundBy | undefined,
  ): SearchAnswer['notSearched'] {
    const { unsettled, failed } = this.#counts(documents)
    const among = documents ? 'AND documents.number IN (SELECT value FROM json_each(?))' : ''
    const query = `SELECT names.name FROM names JOIN documents ON documents.number = names.document
      WHERE documents.state IN ('queued', 'reading', 'indexing') ${among}
      GROUP BY documents.number ORDER BY documents.number LIMIT ${MAX_TOLD_NAMES}`
    const names = this.#stores.sql
      .exec<{ name: string }>(query, ...(documents ? [listed(documents)] : []))
      .toArray()
    return {
      documents: unsettled,
      names: names.map(({ name }) => name),
      failed,
      passagesWithoutVector: this.#stores.vectors.missing(by),
    }
  }
}

import { Best } from '../../services/library/ranking/best.ts'
import { FUSED_PASSAGES, type Scored } from '../../services/library/ranking/fusion.ts'
import {
  codeBytes,
  codeScores,
  codeTable,
  similarities,
  similarity,
  storedBytes,
} from '../../services/library/ranking/vector-codes.ts'
import { listed } from './schema.ts'

/** Vectors of no more dimensions than these are always held whole, and have no codes: few bits say too little. */
const MAX_CODELESS_DIMENSIONS = 128
export const hasCodes = (dimensions: number): boolean => dimensions > MAX_CODELESS_DIMENSIONS

/** Others are held in memory whole up to these bytes; where there are more, their codes alone are. */
export const MAX_WHOLE_BYTES = 24 * 1024 * 1024

/**
 * Passages that the first pass over codes gives to the second one, which compares their vectors: of 100,000 with 768 dimensions
 * the exact best ten are among them to 0.985, and among half of them to 0.955. Each thousand more takes 20 ms.
 */
export const FIRST_PASS_PASSAGES = 2_000

/** Limits that a test may set lower. */
export interface VectorIndexLimits {
  maxWholeBytes: number
  firstPassPassages: number
}

export const VECTOR_INDEX_LIMITS: VectorIndexLimits = {
  maxWholeBytes: MAX_WHOLE_BYTES,
  firstPassPassages: FIRST_PASS_PASSAGES,
}

/** Rows that are read from storage at a time, put together to one: a row of its own for each takes ten times as long. */
const ROWS_AT_ONCE = 512

/** Places for passages that are not there yet. */
const FIRST_PLACES = 1_024

/** A passage that is gone; none has this id. */
const GONE = 0

/** The second stage of a search: of these passages those whose stored vectors are most alike, from the best on. */
export function bestOfStored(
  sql: SqlStorage,
  model: number,
  question: Float32Array,
  candidates: readonly number[],
): Scored[] {
  const best = new Best(FUSED_PASSAGES)
  const query = `SELECT passage, vector FROM vectors
    WHERE model = ? AND passage IN (SELECT value FROM json_each(?))`
  for (const { passage, vector } of sql.exec<{ passage: number; vector: ArrayBuffer }>(
    query,
    model,
    listed(candidates),
  )) {
    best.add(passage, similarity(new Uint8Array(vector), 0, question))
  }
  return best.sorted()
}

/** The vectors of one model in memory, or their codes: each search looks at all of them. */
export class VectorIndex {
  readonly model: number
  readonly dimensions: number
  readonly isWhole: boolean
  readonly #sql: SqlStorage
  readonly #limits: VectorIndexLimits
  readonly #bytes: number
  /** With gaps where some are gone. */
  #ids = new Int32Array(FIRST_PLACES)
  #data: Uint8Array<ArrayBuffer>
  #size = 0
  #gone = 0

  /** Reads what is stored. */
  constructor(
    sql: SqlStorage,
    { model, dimensions }: { model: number; dimensions: number },
    limits = VECTOR_INDEX_LIMITS,
  ) {
    this.#sql = sql
    this.#limits = limits
    this.model = model
    this.dimensions = dimensions
    const table = hasCodes(dimensions) ? 'codes' : 'vectors'
    const { count } = sql
      .exec<{ count: number }>(`SELECT count(*) AS count FROM ${table} WHERE model = ?`, model)
      .one()
    this.isWhole = !hasCodes(dimensions) || count * storedBytes(dimensions) <= limits.maxWholeBytes
    this.#bytes = this.isWhole ? storedBytes(dimensions) : codeBytes(dimensions)
    this.#data = new Uint8Array(FIRST_PLACES * this.#bytes)
    this.#reserve(count)
    this.#read()
  }

  get count(): number {
    return this.#size - this.#gone
  }

  /** It holds vectors whole, and has become too large for it: it is to be read anew. */
  get isOutgrown(): boolean {
    return (
      this.isWhole && hasCodes(this.dimensions) && this.#size * this.#bytes > 2 * this.#limits.maxWholeBytes
    )
  }

  add(passage: number, vector: Uint8Array, code: Uint8Array | undefined): void {
    this.#reserve(this.#size + 1)
    this.#ids[this.#size] = passage
    this.#data.set(this.isWhole || !code ? vector : code, this.#size * this.#bytes)
    this.#size += 1
  }

  remove(passages: readonly number[]): void {
    if (passages.length === 0) return
    const gone = new Set(passages)
    for (let place = 0; place < this.#size; place += 1) {
      if (!gone.has(this.#ids[place] ?? GONE)) continue
      this.#ids[place] = GONE
      this.#gone += 1
    }
  }

  /** The most alike, from the best on; of these passages alone, where some are given. */
  best(question: Float32Array, among: ReadonlySet<number> | undefined): Scored[] {
    if (this.isWhole) return this.#bestOfWhole(question, among)
    const scores = codeScores(this.#data, this.#size, codeTable(question))
    const candidates = this.#bestOf(scores, this.#limits.firstPassPassages, among).map(({ id }) => id)
    return bestOfStored(this.#sql, this.model, question, candidates)
  }

  #bestOf(scores: Float32Array, limit: number, among: ReadonlySet<number> | undefined): Scored[] {
    const best = new Best(limit)
    for (let place = 0; place < this.#size; place += 1) {
      const score = scores[place] ?? 0
      if (score <= best.threshold) continue
      const id = this.#ids[place] ?? GONE
      if (id !== GONE && (!among || among.has(id))) best.add(id, score)
    }
    return best.sorted()
  }

  #bestOfWhole(question: Float32Array, among: ReadonlySet<number> | undefined): Scored[] {
    const scores = similarities(this.#data, this.#size, question)
    return this.#bestOf(scores, FUSED_PASSAGES, among)
  }

  #read(): void {
    const [table, column] = this.isWhole ? ['vectors', 'vector'] : ['codes', 'code']
    const query = `SELECT json_group_array(passage) AS ids, unhex(group_concat(hex(data), '')) AS data FROM (
      SELECT passage, ${column} AS data FROM ${table} WHERE model = ? AND passage > ? ORDER BY passage LIMIT ?)`
    for (let last = 0; ; ) {
      const { ids, data } = this.#sql
        .exec<{ ids: string; data: ArrayBuffer | null }>(query, this.model, last, ROWS_AT_ONCE)
        .one()
      if (data === null) return
      const passages = JSON.parse(ids) as number[] // put together above
      this.#reserve(this.#size + passages.length)
      this.#ids.set(passages, this.#size)
      this.#data.set(new Uint8Array(data), this.#size * this.#bytes)
      this.#size += passages.length
      last = passages.at(-1) ?? 0
    }
  }

  #reserve(size: number): void {
    if (size <= this.#ids.length) return
    const places = Math.max(size, Math.ceil(this.#ids.length * 1.5))
    const ids = new Int32Array(places)
    ids.set(this.#ids.subarray(0, this.#size))
    this.#ids = ids
    const data = new Uint8Array(places * this.#bytes)
    data.set(this.#data.subarray(0, this.#size * this.#bytes))
    this.#data = data
  }
}

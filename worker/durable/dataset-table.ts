import { DurableObject } from 'cloudflare:workers'
import { AppError } from '../../shared/errors.ts'
import { causeOf } from '../../shared/failure-cause.ts'
import { cellValue } from '../services/datasets/cells.ts'
import { openCsv } from '../services/datasets/csv-rows.ts'
import type { DatasetTableStub, QueryAnswer, TableSource } from '../services/datasets/datasets.ts'
import { type DatasetQuery, MAX_QUERY_ROWS } from '../services/datasets/query.ts'
import { type LeftOutSql, leftOutSql, type SqlQuery, toSql } from '../services/datasets/query-sql.ts'
import type { Cell, LeftOut, QueryResult } from '../services/datasets/result.ts'
import type { Serves } from '../services/stubs.ts'

/** Characters of a text in a result, and of a whole result: both are stored with the answer. */
export const MAX_CELL_LENGTH = 256
export const MAX_RESULT_LENGTH = 128 * 1024

/** Characters of rows that are inserted by one statement: larger ones were slower. */
const BATCH_LENGTH = 16 * 1024

const isLoaded = 'isLoaded'

const shortened = (cell: Cell): Cell =>
  typeof cell === 'string' && cell.length > MAX_CELL_LENGTH
    ? `${cell.slice(0, MAX_CELL_LENGTH - 1).toWellFormed()}…`
    : cell

/**
 * The rows of one dataset, to be queried. Keyed by the dataset's id. The rows are read from the file at the first query and
 * stay. A query cannot be interrupted, so its time is bounded by what it may be: one pass over one table of bounded size,
 * without joins, and a bounded result.
 */
export class DatasetTable extends DurableObject<Cloudflare.Env> implements Serves<DatasetTableStub> {
  #loading: Promise<void> | undefined

  /** Throws `not_found` when the file is gone. */
  async query(source: TableSource, query: DatasetQuery): Promise<QueryAnswer> {
    this.#loading ??= this.#load(source)
    try {
      await this.#loading
    } catch (thrown) {
      this.#loading = undefined // the next query tries again
      throw thrown
    }
    const asked = toSql(query, source.columns)
    const askedLeftOut = leftOutSql(query, source.columns)
    try {
      const result = this.#run(asked, query.limit)
      const leftOut = askedLeftOut ? this.#leftOut(askedLeftOut) : []
      return leftOut.length > 0 ? { ...result, leftOut } : result
    } catch (thrown) {
      // What SQLite refuses although the query was well formed: a sum beyond 64 bits.
      return { mistake: /overflow/i.test(causeOf(thrown)) ? 'a sum is too large' : 'the database refused it' }
    }
  }

  async clear(): Promise<void> {
    this.#loading = undefined
    await this.ctx.storage.deleteAll()
  }

  #run({ sql, parameters }: SqlQuery, limit: number): QueryResult {
    const rows: Cell[][] = []
    let length = 0
    for (const values of this.ctx.storage.sql.exec(sql, ...parameters).raw()) {
      if (rows.length === limit) return { rows, isCut: limit === MAX_QUERY_ROWS }
      // Columns are made by `#load`, which stores no bytes.
      const row = (values as Cell[]).map(shortened)
      length += JSON.stringify(row).length
      if (length > MAX_RESULT_LENGTH) return { rows, isCut: true }
      rows.push(row)
    }
    return { rows, isCut: false }
  }

  #leftOut({ columns, sql, parameters }: LeftOutSql): LeftOut[] {
    const [counts = []] = this.ctx.storage.sql.exec(sql, ...parameters).raw()
    return columns
      .map((column, index) => ({ column, cells: Number(counts[index]) }))
      .filter(({ cells }) => cells > 0)
  }

  /** Reads the file into the table, some rows at a time. What an earlier life of this object left half done is begun again. */
  async #load({ key, columns, encoding, delimiter }: TableSource): Promise<void> {
    const { kv, sql } = this.ctx.storage
    if (kv.get<boolean>(isLoaded)) return
    const file = await this.env.FILES.get(key)
    if (!file) throw new AppError('not_found', 'The dataset is gone.')
    // A column of one kind holds it as it is declared; another one holds each cell as it comes.
    const declared = columns.map(
      ({ type, leftOut }, index) => `c${index} ${leftOut ? '' : type.toUpperCase()}`,
    )
    const values = columns.map((_, index) => `value ->> ${index}`)
    const insert = `INSERT INTO cells SELECT ${values.join(', ')} FROM json_each(?)`
    sql.exec('DROP TABLE IF EXISTS cells')
    sql.exec(`CREATE TABLE cells (${declared.join(', ')})`)
    let isHeader = true
    const { batches } = openCsv(file.body, { encoding, ...(delimiter !== null && { delimiter }) })
    for await (const rows of batches) {
      let batch: string[] = []
      let length = 0
      const flush = () => {
        if (batch.length > 0) sql.exec(insert, `[${batch.join(',')}]`)
        batch = []
        length = 0
      }
      for (const row of isHeader ? rows.slice(1) : rows) {
        const text = JSON.stringify(columns.map((column, index) => cellValue(row[index] ?? '', column)))
        batch.push(text)
        length += text.length
        if (length > BATCH_LENGTH) flush()
      }
      flush()
      isHeader &&= rows.length === 0
    }
    kv.put(isLoaded, true)
  }
}

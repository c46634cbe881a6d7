import type { DatasetColumn } from '../../db/tables/datasets.ts'
import { isShare } from './cells.ts'
import { conditionsOf, type DatasetQuery, headingOf, isAggregate } from './query.ts'

export type Cell = string | number | null

/** How many cells of a column of numbers a query did not look at, because they hold something else. */
export interface LeftOut {
  column: string
  cells: number
}

/** The result of a query. `isCut`: there were more rows than an answer may hold; those that it did not ask for do not count. */
export interface QueryResult {
  rows: Cell[][]
  isCut: boolean
  leftOut?: LeftOut[]
}

/** Rows that an answer's text shows; all of them are in its chart. */
export const MAX_SHOWN_ROWS = 20

/** A result for a reader to draw: numbers with a label each and what they are of, or a table of all that there is. */
export type Chart =
  | { type: 'bar' | 'line' | 'pie'; labels: string[]; data: (number | null)[]; unit?: string }
  | { type: 'table'; labels: string[]; data: Cell[][] }

type Unit = DatasetColumn['unit']

function shown(cell: Cell, unit?: Unit): string {
  if (cell === null) return '(empty)'
  if (typeof cell === 'string') return cell
  // Sums of decimals end in binary dust: 15 digits are what a double holds for sure.
  const digits = String(Number(cell.toPrecision(15)))
  if (!unit) return digits
  const { symbol, isBefore } = unit
  if (isBefore) return digits.replace(/^-?/, `$&${symbol.replace('$', '$$$$')}`)
  return `${digits}${isShare(symbol) ? '' : ' '}${symbol}`
}

/** The unit of each item of a query. */
const unitsOf = ({ select }: DatasetQuery, columns: readonly DatasetColumn[]): Unit[] =>
  select.map((item) => {
    if (isAggregate(item) && item.aggregate === 'count') return undefined
    return columns.find(({ name }) => name === item.column)?.unit
  })

const isNumeric = (rows: readonly Cell[][], index: number): boolean =>
  rows.every((row) => typeof row[index] === 'number' || row[index] === null) &&
  rows.some((row) => typeof row[index] === 'number')

/** The real result as a chart. The form that was asked for is kept where one number stands beside what it belongs to. */
export function chartOf(
  query: DatasetQuery,
  { rows }: QueryResult,
  columns: readonly DatasetColumn[],
): Chart {
  const units = unitsOf(query, columns)
  const headings = query.select.map(headingOf)
  const aggregates = query.select.flatMap((item, index) => ('aggregate' in item ? [index] : []))
  const measures =
    aggregates.length > 0
      ? aggregates
      : headings.flatMap((_, index) => (isNumeric(rows, index) ? [index] : []))
  const [measure] = measures
  const isDrawable =
    measures.length === 1 && headings.length > 1 && measure !== undefined && isNumeric(rows, measure)
  if (query.chart === 'table' || !isDrawable) return { type: 'table', labels: headings, data: rows }
  const unit = units[measure]
  return {
    type: query.chart,
    labels: rows.map((row) =>
      row
        .map((cell, index) => shown(cell, units[index]))
        .filter((_, index) => index !== measure)
        .join(' / '),
    ),
    data: rows.map((row) => {
      const cell = row[measure]
      return typeof cell === 'number' ? cell : null
    }),
    ...(unit && { unit: unit.symbol }),
  }
}

const escaped = (text: string): string => text.replaceAll(/\s+/g, ' ').replaceAll(/[\\|]/g, '\\$&')

const leftOutOf = ({ leftOut = [] }: QueryResult): string[] =>
  leftOut.map(({ column, cells }) =>
    cells === 1
      ? `1 cell of ${JSON.stringify(column)} holds no number and was left out.`
      : `${cells} cells of ${JSON.stringify(column)} hold no number and were left out.`,
  )

function rowsInWords(query: DatasetQuery, { rows, isCut }: QueryResult, units: readonly Unit[]): string {
  const headings = query.select.map(headingOf)
  const conditions = conditionsOf(query)
  const which = conditions === '' ? '' : ` where ${conditions}`
  if (rows.length === 0) return `${headings.join(', ')}${which}: no rows.`
  const [only] = rows
  if (rows.length === 1 && only) {
    const values = headings.map(
      (heading, index) => `${heading} = ${shown(only[index] ?? null, units[index])}`,
    )
    return `${values.join(', ')}${which}`
  }
  const line = (cells: readonly string[]) => `| ${cells.map(escaped).join(' | ')} |`
  const table = [
    line(headings),
    `|${' --- |'.repeat(headings.length)}`,
    ...rows.slice(0, MAX_SHOWN_ROWS).map((row) => line(row.map((cell, index) => shown(cell, units[index])))),
  ]
  const title = which === '' ? [] : [`Rows${which}:`, '']
  const shownRows = Math.min(rows.length, MAX_SHOWN_ROWS)
  const more = `${shownRows} of ${isCut ? 'more than ' : ''}${rows.length} rows.`
  const rest = rows.length > MAX_SHOWN_ROWS || isCut ? ['', more] : []
  return [...title, ...table, ...rest].join('\n')
}

/** The real result in words: what was asked of which rows, the values, and what was left out; nothing besides. */
export function wordsOf(query: DatasetQuery, result: QueryResult, columns: readonly DatasetColumn[]): string {
  const leftOut = leftOutOf(result)
  const words = rowsInWords(query, result, unitsOf(query, columns))
  return leftOut.length > 0 ? `${words}\n\n${leftOut.join('\n')}` : words
}

import { conditionsOf, type DatasetQuery, headingOf } from './query.ts'

export type Cell = string | number | null

/** What a query came to. `isCut`: there were more rows than an answer may hold; those that it did not ask for do not count. */
export interface QueryResult {
  rows: Cell[][]
  isCut: boolean
}

/** Rows that an answer's text shows; all of them are in its chart. */
export const MAX_SHOWN_ROWS = 20

/** A result for a reader to draw: numbers with a label each, or a table of all that there is. */
export type Chart =
  | { type: 'bar' | 'line' | 'pie'; labels: string[]; data: (number | null)[] }
  | { type: 'table'; labels: string[]; data: Cell[][] }

const shown = (cell: Cell): string => {
  if (cell === null) return '(empty)'
  // Sums of decimals end in binary dust: 15 digits are what a double holds for sure.
  return typeof cell === 'number' ? String(Number(cell.toPrecision(15))) : cell
}

const isNumeric = (rows: readonly Cell[][], index: number): boolean =>
  rows.every((row) => typeof row[index] === 'number' || row[index] === null) &&
  rows.some((row) => typeof row[index] === 'number')

/** The real result as a chart. The form that was asked for is kept where one number stands beside what it belongs to. */
export function chartOf(query: DatasetQuery, { rows }: QueryResult): Chart {
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
  return {
    type: query.chart,
    labels: rows.map((row) =>
      row
        .filter((_, index) => index !== measure)
        .map(shown)
        .join(' / '),
    ),
    data: rows.map((row) => {
      const cell = row[measure]
      return typeof cell === 'number' ? cell : null
    }),
  }
}

const escaped = (text: string): string => text.replaceAll(/\s+/g, ' ').replaceAll(/[\\|]/g, '\\$&')

/** The real result in words: what was asked of which rows, and the values; nothing besides. */
export function wordsOf(query: DatasetQuery, { rows, isCut }: QueryResult): string {
  const headings = query.select.map(headingOf)
  const conditions = conditionsOf(query)
  const which = conditions === '' ? '' : ` where ${conditions}`
  if (rows.length === 0) return `${headings.join(', ')}${which}: no rows.`
  const [only] = rows
  if (rows.length === 1 && only) {
    const values = headings.map((heading, index) => `${heading} = ${shown(only[index] ?? null)}`)
    return `${values.join(', ')}${which}`
  }
  const line = (cells: readonly string[]) => `| ${cells.map(escaped).join(' | ')} |`
  const table = [
    line(headings),
    `|${' --- |'.repeat(headings.length)}`,
    ...rows.slice(0, MAX_SHOWN_ROWS).map((row) => line(row.map(shown))),
  ]
  const title = which === '' ? [] : [`Rows${which}:`, '']
  const shownRows = Math.min(rows.length, MAX_SHOWN_ROWS)
  const more = `${shownRows} of ${isCut ? 'more than ' : ''}${rows.length} rows.`
  const rest = rows.length > MAX_SHOWN_ROWS || isCut ? ['', more] : []
  return [...title, ...table, ...rest].join('\n')
}

import type { DatasetColumn } from '../../db/tables/datasets.ts'
import { cellValue } from './cells.ts'

/** Values of a column that a model is shown, and characters of each. */
const EXAMPLES = 3
const EXAMPLE_LENGTH = 40

const KINDS = { integer: 'whole numbers', real: 'numbers', text: 'text' } as const

/** A table as its columns and first rows show it. */
export interface DescribedTable {
  columns: readonly DatasetColumn[]
  preview: { rows: readonly (readonly string[])[] }
  rowCount: number
}

/** The description of a table for a model that is to write a query: its columns, with how the first rows fill them. */
export function describeTable({ columns, preview, rowCount }: DescribedTable): string {
  const lines = columns.map((column, index) => {
    const { name, type, unit } = column
    const values = new Set(preview.rows.map((row) => cellValue(row[index] ?? '', column)))
    const examples = [...values]
      .filter((value) => value !== null && (typeof value === 'string') === (type === 'text'))
      .slice(0, EXAMPLES)
      .map((value) => JSON.stringify(typeof value === 'string' ? value.slice(0, EXAMPLE_LENGTH) : value))
    const kind = `${KINDS[type]}${unit ? ` in ${unit.symbol}` : ''}`
    return `- ${JSON.stringify(name)}: ${kind}${examples.length > 0 ? `, such as ${examples.join(', ')}` : ''}`
  })
  return [
    `You turn questions about a table of ${rowCount} rows into one query, as JSON. Its columns are:`,
    ...lines,
    '"where" keeps rows, "group_by" makes groups, "select" names what is shown: columns that are grouped, or aggregates of others.',
    '"order_by" counts the items of "select" from 0. "chart" is how the result is drawn.',
  ].join('\n')
}

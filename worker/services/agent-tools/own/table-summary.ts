import { z } from 'zod'
import type { DatasetColumn } from '../../../db/tables/datasets.ts'
import type { Dataset, Datasets } from '../../datasets/datasets.ts'
import type { DatasetQuery } from '../../datasets/query.ts'
import type { Cell } from '../../datasets/result.ts'

/** Columns that a summary tells of, the first ones. */
export const MAX_SUMMARISED_COLUMNS = 12

/** Values of a column of text that are told, the most frequent ones. */
const FREQUENT_VALUES = 3

const Value = z.union([z.string(), z.number()]).nullable()

/** A column with figures of its values, those that its kind has. */
export const ColumnFigures = z.object({
  name: z.string(),
  type: z.enum(['integer', 'real', 'text']),
  unit: z.string().optional(),
  /** Cells that hold a value. */
  count: z.number(),
  min: Value.optional(),
  max: Value.optional(),
  mean: Value.optional(),
  frequent: z.array(z.object({ value: Value, count: Value })).optional(),
})
export type ColumnFigures = z.infer<typeof ColumnFigures>

const everything = { where: [], group_by: [], order_by: [], chart: 'table' as const }

const figuresOf = (column: string): DatasetQuery => ({
  ...everything,
  select: [
    { aggregate: 'count', column },
    { aggregate: 'min', column },
    { aggregate: 'max', column },
    { aggregate: 'avg', column },
  ],
  limit: 1,
})

const countOf = (column: string): DatasetQuery => ({
  ...everything,
  select: [{ aggregate: 'count', column }],
  limit: 1,
})

const frequentIn = (column: string): DatasetQuery => ({
  ...everything,
  where: [{ column, operator: 'is not empty' }],
  group_by: [column],
  select: [{ column }, { aggregate: 'count' }],
  order_by: [{ item: 1, direction: 'desc' }],
  limit: FREQUENT_VALUES,
})

/** The columns of a dataset, each with its figures: what a table holds before anything is asked of it. */
export async function summarise(
  datasets: Pick<Datasets, 'query'>,
  dataset: Dataset,
): Promise<ColumnFigures[]> {
  async function rowsOf(query: DatasetQuery): Promise<Cell[][]> {
    const answer = await datasets.query(dataset, query)
    return 'mistake' in answer ? [] : answer.rows
  }

  async function of({ name, type, unit }: DatasetColumn): Promise<ColumnFigures> {
    if (type === 'text') {
      const [[[count = 0] = []], frequent] = await Promise.all([
        rowsOf(countOf(name)),
        rowsOf(frequentIn(name)),
      ])
      const values = frequent.map(([value = null, count = null]) => ({ value, count }))
      return { name, type, count: Number(count), frequent: values }
    }
    const [[count = 0, min = null, max = null, mean = null] = []] = await rowsOf(figuresOf(name))
    return { name, type, ...(unit && { unit: unit.symbol }), count: Number(count), min, max, mean }
  }

  return Promise.all(dataset.columns.slice(0, MAX_SUMMARISED_COLUMNS).map(of))
}

const spelled = (cell: Cell | undefined): string =>
  typeof cell === 'number' ? String(Number(cell.toPrecision(6))) : String(cell ?? '(empty)')

/** A column in words. */
export function columnInWords({ name, type, unit, count, min, max, mean, frequent }: ColumnFigures): string {
  if (type === 'text') {
    const values = (frequent ?? []).map(({ value, count }) => `${JSON.stringify(value)} (${spelled(count)})`)
    return `- ${name}: text, ${count} values${values.length > 0 ? `, most often ${values.join(', ')}` : ''}`
  }
  const of = unit === undefined ? '' : ` in ${unit}`
  if (count === 0) return `- ${name}: numbers${of}, no values`
  return `- ${name}: numbers${of}, ${count} values, least ${spelled(min)}, greatest ${spelled(max)}, mean ${spelled(mean)}`
}

/** A summary in words, a line for each column. */
export function summaryInWords(
  { fileName, rowCount, columns }: Dataset,
  summary: readonly ColumnFigures[],
): string {
  const more = columns.length - summary.length
  return [
    `${fileName}: ${rowCount} rows, ${columns.length} columns.`,
    ...summary.map(columnInWords),
    ...(more > 0 ? [`(${more} more columns)`] : []),
  ].join('\n')
}

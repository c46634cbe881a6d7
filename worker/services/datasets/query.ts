import { z } from 'zod'
import type { DatasetColumn } from '../../db/tables/datasets.ts'

/** Most rows of a dataset, and most columns: Durable Objects' own limit for a table. */
export const MAX_TABLE_ROWS = 500_000
export const MAX_TABLE_COLUMNS = 100
/** The largest dataset that can be queried: its first query reads all of it, and each may have to look at every cell. */
export const MAX_TABLE_CELLS = 5_000_000

/** Most rows that a query answers with, and what one may be made of. */
export const MAX_QUERY_ROWS = 1_000
export const MAX_SELECTED = 8
export const MAX_CONDITIONS = 8
export const MAX_GROUPS = 2
export const MAX_ORDERS = 2
/** Characters of a value to compare with. */
export const MAX_VALUE_LENGTH = 200

const AGGREGATES = ['count', 'sum', 'avg', 'min', 'max'] as const
const OPERATORS = ['=', '!=', '<', '<=', '>', '>='] as const
const CHARTS = ['table', 'bar', 'line', 'pie'] as const

const Column = z.string().max(MAX_VALUE_LENGTH)
const Selected = z.union([
  z.strictObject({ aggregate: z.enum(AGGREGATES), column: Column.optional() }),
  z.strictObject({ column: Column }),
])
const Condition = z.union([
  z.strictObject({
    column: Column,
    operator: z.enum([...OPERATORS, 'contains']),
    value: z.union([z.number(), z.string().max(MAX_VALUE_LENGTH)]),
  }),
  z.strictObject({ column: Column, operator: z.enum(['is empty', 'is not empty']) }),
])

/** One question to a dataset's rows: at most one read-only SELECT can come of it. */
export const DatasetQuery = z.strictObject({
  where: z.array(Condition).max(MAX_CONDITIONS),
  group_by: z.array(Column).max(MAX_GROUPS),
  select: z.array(Selected).min(1).max(MAX_SELECTED),
  /** `item` counts in `select`, from 0. */
  order_by: z
    .array(z.strictObject({ item: z.int().min(0), direction: z.enum(['asc', 'desc']) }))
    .max(MAX_ORDERS),
  limit: z.int().min(1).max(MAX_QUERY_ROWS),
  chart: z.enum(CHARTS),
})
export type DatasetQuery = z.infer<typeof DatasetQuery>
export type Selected = z.infer<typeof Selected>

const object = (properties: Record<string, object>, required = Object.keys(properties)) => ({
  type: 'object',
  properties,
  required,
  additionalProperties: false,
})

/**
 * The JSON Schema that a model is held to: its instances are the queries that these columns allow. Sums only of numbers,
 * numbers compared with numbers, texts with texts; a column is only ever one of the table's own names.
 */
export function querySchema(columns: readonly DatasetColumn[]): Record<string, unknown> {
  const namesOf = (wanted: (column: DatasetColumn) => boolean) =>
    columns.filter(wanted).map(({ name }) => name)
  const numbers = namesOf(({ type }) => type !== 'text')
  const texts = namesOf(({ type }) => type === 'text')
  const anyColumn = { $ref: '#/$defs/column' }
  const ifAny = (names: readonly string[], schema: object) => (names.length > 0 ? [schema] : [])
  const number = { $ref: '#/$defs/number' }
  const text = { $ref: '#/$defs/text' }
  const select = [
    object({ column: anyColumn }),
    object({ aggregate: { enum: ['count', 'min', 'max'] }, column: anyColumn }),
    object({ aggregate: { const: 'count' } }),
    ...ifAny(numbers, object({ aggregate: { enum: ['sum', 'avg'] }, column: number })),
  ]
  const value = { type: 'string', maxLength: MAX_VALUE_LENGTH }
  const where = [
    ...ifAny(
      numbers,
      object({ column: number, operator: { enum: [...OPERATORS] }, value: { type: 'number' } }),
    ),
    ...ifAny(texts, object({ column: text, operator: { enum: [...OPERATORS, 'contains'] }, value })),
    object({ column: anyColumn, operator: { enum: ['is empty', 'is not empty'] } }),
  ]
  const order = object({
    item: { type: 'integer', minimum: 0, maximum: MAX_SELECTED - 1 },
    direction: { enum: ['asc', 'desc'] },
  })
  return {
    ...object({
      where: { type: 'array', items: { anyOf: where }, maxItems: MAX_CONDITIONS },
      group_by: { type: 'array', items: anyColumn, maxItems: MAX_GROUPS },
      select: { type: 'array', items: { anyOf: select }, minItems: 1, maxItems: MAX_SELECTED },
      order_by: { type: 'array', items: order, maxItems: MAX_ORDERS },
      limit: { type: 'integer', minimum: 1, maximum: MAX_QUERY_ROWS },
      chart: { enum: [...CHARTS] },
    }),
    $defs: {
      column: { enum: columns.map(({ name }) => name) },
      ...(numbers.length > 0 && { number: { enum: numbers } }),
      ...(texts.length > 0 && { text: { enum: texts } }),
    },
  }
}

/** Whether an item is computed of rows, and not a column as it is. */
export const isAggregate = (item: Selected): item is Extract<Selected, { aggregate: string }> =>
  'aggregate' in item

function selectMistake(query: DatasetQuery, typeOf: (name: string) => string | undefined) {
  const isGrouped = query.group_by.length > 0 || query.select.some(isAggregate)
  for (const item of query.select) {
    if (isAggregate(item)) {
      const needsColumn = item.aggregate !== 'count'
      if (needsColumn && item.column === undefined) return `"${item.aggregate}" needs a column`
      const isNumeric = item.column === undefined || typeOf(item.column) !== 'text'
      if ((item.aggregate === 'sum' || item.aggregate === 'avg') && !isNumeric)
        return `"${item.aggregate}" needs a column of numbers, and "${item.column}" holds text`
    } else if (isGrouped && !query.group_by.includes(item.column)) {
      return `"${item.column}" is selected beside an aggregate and is not in "group_by"`
    }
  }
  const beyond = query.order_by.find(({ item }) => item >= query.select.length)
  return (
    beyond && `"order_by" names item ${beyond.item}, and "select" has ${query.select.length}, counted from 0`
  )
}

/** The mistake of a query to these columns, in words for whoever wrote it; undefined when it can be run. */
export function queryMistake(query: DatasetQuery, columns: readonly DatasetColumn[]): string | undefined {
  const typeOf = (name: string) => columns.find((column) => column.name === name)?.type
  const named = [
    ...query.select.flatMap(({ column }) => column ?? []),
    ...query.where.map(({ column }) => column),
    ...query.group_by,
  ]
  const unknown = named.find((name) => typeOf(name) === undefined)
  if (unknown !== undefined) return `there is no column "${unknown}"`
  for (const condition of query.where) {
    if (!('value' in condition) || typeOf(condition.column) === 'text') continue
    if (condition.operator === 'contains') return `"${condition.column}" holds numbers, which contain nothing`
    if (condition.value === '' || !Number.isFinite(Number(condition.value)))
      return `"${condition.column}" holds numbers, and "${condition.value}" is none`
  }
  return selectMistake(query, typeOf)
}

/** The heading of an item of the result: `region`, `avg(sales)`, `count`. */
export const headingOf = (item: Selected): string => {
  if (!isAggregate(item)) return item.column
  return item.column === undefined ? item.aggregate : `${item.aggregate}(${item.column})`
}

/** Which rows a query looked at, in words; empty when it looked at all of them. */
export function conditionsOf({ where }: DatasetQuery): string {
  return where
    .map((condition) => {
      if (!('value' in condition)) return `${condition.column} ${condition.operator}`
      const { column, operator, value } = condition
      return `${column} ${operator} ${typeof value === 'string' ? JSON.stringify(value) : value}`
    })
    .join(' and ')
}

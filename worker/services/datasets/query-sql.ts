import type { DatasetColumn } from '../../db/tables/datasets.ts'
import { type DatasetQuery, isAggregate, type Selected } from './query.ts'

/** A statement and what is bound to it. */
export interface SqlQuery {
  sql: string
  parameters: (string | number)[]
}

interface SqlColumn {
  /** As it is shown. */
  shown: string
  /** As it is computed and compared with: only numbers, in a column of numbers. */
  value: string
  isText: boolean
  holdsOthers: boolean
}

const isOther = (sql: string) => `typeof(${sql}) = 'text'`

function columnOf(name: string, columns: readonly DatasetColumn[]): SqlColumn {
  const index = columns.findIndex((column) => column.name === name)
  const column = columns[index]
  if (!column) throw new RangeError('The query was not checked against these columns.')
  const shown = `c${index}`
  const holdsOthers = (column.leftOut ?? 0) > 0
  const value = holdsOthers ? `iif(${isOther(shown)}, NULL, ${shown})` : shown
  return { shown, value, isText: column.type === 'text', holdsOthers }
}

interface SqlCondition {
  sql: string
  /** Whose comparison it is; undefined where it only asks whether a cell is empty. */
  compares?: string
}

/**
 * Conditions, with every value bound by its number, so that one may stand in several places. Texts are compared without regard
 * to the case of ASCII letters.
 */
function conditionsSql({ where }: DatasetQuery, columns: readonly DatasetColumn[]) {
  const parameters: (string | number)[] = []
  const bind = (value: string | number) => `?${parameters.push(value)}`
  const conditions = where.map((given): SqlCondition => {
    const { shown, value: number, isText } = columnOf(given.column, columns)
    if (!('value' in given)) return { sql: `${shown} IS ${given.operator === 'is empty' ? '' : 'NOT '}NULL` }
    const { operator, value, column: compares } = given
    if (operator === 'contains') {
      return { sql: `instr(lower(${shown}), lower(${bind(String(value))})) > 0`, compares }
    }
    return isText
      ? { sql: `${shown} ${operator} ${bind(String(value))} COLLATE NOCASE`, compares }
      : { sql: `${number} ${operator} ${bind(Number(value))}`, compares }
  })
  return { conditions, parameters }
}

const part = (keyword: string, parts: readonly string[], separator: string) =>
  parts.length > 0 ? [`${keyword} ${parts.join(separator)}`] : []

const DIRECTION = { asc: 'ASC', desc: 'DESC' } as const

/**
 * The SELECT of a query in which `queryMistake` finds nothing. Columns are `c0`, `c1`, … of the table `cells`, and every value
 * is bound: nothing that anybody wrote stands in the text. What is no number in a column of numbers is shown, and never
 * computed, compared or put before numbers; what is empty comes last.
 */
export function toSql(query: DatasetQuery, columns: readonly DatasetColumn[]): SqlQuery {
  const { conditions, parameters } = conditionsSql(query, columns)
  const selected = (item: Selected, index: number) => {
    if (!isAggregate(item)) return `${columnOf(item.column, columns).shown} AS r${index}`
    const of = item.column === undefined ? '*' : columnOf(item.column, columns).value
    return `${item.aggregate}(${of}) AS r${index}`
  }
  const ordered = ({ item: index, direction }: DatasetQuery['order_by'][number]) => {
    const item = query.select[index]
    const column = item && !isAggregate(item) ? columnOf(item.column, columns) : undefined
    return `${column?.holdsOthers ? column.value : `r${index}`} ${DIRECTION[direction]} NULLS LAST`
  }
  const clauses = [
    `SELECT ${query.select.map(selected).join(', ')} FROM cells`,
    ...part(
      'WHERE',
      conditions.map(({ sql }) => sql),
      ' AND ',
    ),
    ...part(
      'GROUP BY',
      query.group_by.map((name) => columnOf(name, columns).shown),
      ', ',
    ),
    ...part('ORDER BY', query.order_by.map(ordered), ', '),
    // One more than is given: whether there are more is part of the answer.
    `LIMIT ?${parameters.length + 1}`,
  ]
  return { sql: clauses.join(' '), parameters: [...parameters, query.limit + 1] }
}

/** The columns of numbers that a query computes with, compares or puts in order, and that hold other cells too. */
function columnsWithOthers(query: DatasetQuery, columns: readonly DatasetColumn[]): string[] {
  const computed = query.select.flatMap((item) => (isAggregate(item) && item.column ? [item.column] : []))
  const compared = query.where.flatMap((condition) => ('value' in condition ? [condition.column] : []))
  const ordered = query.order_by.flatMap(({ item }) => query.select[item]?.column ?? [])
  const used = new Set([...computed, ...compared, ...ordered])
  return [...used].filter((name) => columnOf(name, columns).holdsOthers)
}

/** The SELECT of how many cells a query leaves out: a count for each of `columns`. */
export interface LeftOutSql extends SqlQuery {
  columns: string[]
}

/**
 * Counts the cells that a query of `toSql` leaves out because they are no numbers: those of the rows that all conditions keep
 * but comparisons with the same column. Undefined where it leaves out none.
 */
export function leftOutSql(query: DatasetQuery, columns: readonly DatasetColumn[]): LeftOutSql | undefined {
  const names = columnsWithOthers(query, columns)
  if (names.length === 0) return undefined
  const { conditions, parameters } = conditionsSql(query, columns)
  const counts = names.map((name) => {
    const kept = conditions.filter(({ compares }) => compares !== name).map(({ sql }) => sql)
    return `count(*) FILTER (WHERE ${[isOther(columnOf(name, columns).shown), ...kept].join(' AND ')})`
  })
  // Said even where no count keeps the condition: every value that is bound has its place.
  const places = parameters.map((_, index) => `?${index + 1}`)
  return { columns: names, sql: `SELECT ${[...counts, ...places].join(', ')} FROM cells`, parameters }
}

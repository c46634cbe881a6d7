import type { DatasetColumn } from '../../../worker/db/tables/datasets.ts'
import { type DatasetQuery, querySchema, type Selected } from '../../../worker/services/datasets/query.ts'
import { describeTable } from '../../../worker/services/datasets/table-description.ts'
import { ask } from '../rephrasing.ts'
import type { Frames, Source } from '../source.ts'
import { exchange, type Talk } from '../talk.ts'
import {
  AGGREGATE_WORDS,
  AGGREGATES,
  BOTTOM,
  COMPARED,
  COUNTED,
  COUNTED_BY,
  COUNTED_OF,
  FILTERED,
  GROUPED,
  IN_QUARTER,
  SEVERAL,
  TOP,
  WHOLE,
} from '../world/query-frames.ts'
import { COLOURS, JOBS, WORDS } from '../world/things.ts'
import { cityOf, nameOf } from './people.ts'

/** Rows that a query answers with, where the question sets no other number. */
const USUAL_LIMIT = 100

const NUMBERS = [
  'sales',
  'price',
  'quantity',
  'revenue',
  'cost',
  'profit',
  'amount',
  'units',
  'age',
  'salary',
  'score',
  'rating',
  'weight',
  'hours',
  'orders',
  'visitors',
  'temperature',
  'tax',
  'stock',
  'distance',
] as const

const REGIONS = ['North', 'South', 'East', 'West', 'Centre']
const STATES = ['open', 'closed', 'paid', 'new', 'shipped', 'late']
const LETTERS = ['A', 'B', 'C', 'D', 'E', 'F']
const TEXTS: Readonly<Record<string, (source: Source) => string>> = {
  region: (source) => source.pick(REGIONS),
  product: (source) => (source.chance(0.5) ? `Product ${source.pick(LETTERS)}` : source.pick(WORDS)),
  city: cityOf,
  category: (source) => source.pick(WORDS),
  customer: nameOf,
  status: (source) => source.pick(STATES),
  colour: (source) => source.pick(COLOURS),
  department: (source) => source.pick(JOBS),
  team: (source) => `Team ${source.pick(LETTERS)}`,
  seller: nameOf,
}
const TIMES = ['date', 'day', 'order_date'] as const

interface Table {
  columns: DatasetColumn[]
  rows: string[][]
  rowCount: number
  numbers: string[]
  texts: string[]
  time: string | undefined
  year: number
}

const pad = (value: number): string => String(value).padStart(2, '0')

/** A table as somebody might upload it. */
function tableOf(source: Source): Table {
  const numbers = source.sample(NUMBERS, source.between(1, 3)).map(String)
  const texts = source.sample(Object.keys(TEXTS), source.between(1, 3))
  const time = source.chance(0.5) ? source.pick(TIMES) : undefined
  const year = source.between(2019, 2026)
  const names = source.random.shuffled([...numbers, ...texts])
  if (time) names.unshift(time)
  const real = new Set(numbers.filter(() => source.chance(0.3)))
  const columns = names.map((name): DatasetColumn => {
    if (!numbers.includes(name)) return { name, type: 'text' }
    return { name, type: real.has(name) ? 'real' : 'integer' }
  })
  const cell = ({ name, type }: DatasetColumn, row: number): string => {
    if (name === time) return `${year}-${pad(1 + Math.floor(row / 3))}-${pad(source.between(1, 28))}`
    const text = TEXTS[name]
    if (text) return text(source)
    const value = source.between(1, source.pick([90, 900, 9_000]))
    return type === 'real' ? `${value}.${source.between(1, 9)}` : String(value)
  }
  const rows = Array.from({ length: 3 }, (_, row) => columns.map((column) => cell(column, row)))
  return { columns, rows, rowCount: source.between(5, 5_000), numbers, texts, time, year }
}

const QUARTER_ENDS = ['03-31', '06-30', '09-30', '12-31']

const query = (over: Partial<DatasetQuery> & Pick<DatasetQuery, 'select'>): DatasetQuery => ({
  where: [],
  group_by: [],
  order_by: [],
  limit: USUAL_LIMIT,
  chart: 'table',
  ...over,
})

interface Asked {
  asked: string
  query: DatasetQuery
}

/** Kinds of questions; each is undefined for a table that it does not fit. */
const KINDS: readonly ((source: Source, table: Table) => Asked | undefined)[] = [
  (source, { numbers }) => {
    const { words, item } = measureOf(source, numbers)
    return { asked: ask(source, WHOLE, { m: words }), query: query({ select: [item] }) }
  },
  (source, table) => {
    const { words, item } = measureOf(source, table.numbers)
    const t = source.pick(table.time ? [...table.texts, table.time] : table.texts)
    const chart = t === table.time ? 'line' : 'bar'
    return {
      asked: ask(source, GROUPED, { m: words, t }),
      query: query({ group_by: [t], select: [{ column: t }, item], chart }),
    }
  },
  (source, table) => {
    const { words, item } = measureOf(source, table.numbers)
    const { t, v } = cellOf(source, table)
    return {
      asked: ask(source, FILTERED, { m: words, t, v }),
      query: query({ where: [{ column: t, operator: '=', value: v }], select: [item] }),
    }
  },
  (source, { numbers, texts }) =>
    ranked(source, { frames: TOP, direction: 'desc', numbers, texts, limit: 1 }),
  (source, { numbers, texts }) =>
    ranked(source, { frames: BOTTOM, direction: 'asc', numbers, texts, limit: 1 }),
  (source, { numbers, texts }) =>
    ranked(source, { frames: SEVERAL, direction: 'desc', numbers, texts, limit: source.between(2, 20) }),
  (source) => ({ asked: ask(source, COUNTED), query: query({ select: [{ aggregate: 'count' }] }) }),
  (source, { texts }) => {
    const t = source.pick(texts)
    return {
      asked: ask(source, COUNTED_BY, { t }),
      query: query({ group_by: [t], select: [{ column: t }, { aggregate: 'count' }], chart: 'bar' }),
    }
  },
  (source, table) => {
    const { t, v } = cellOf(source, table)
    return {
      asked: ask(source, COUNTED_OF, { t, v }),
      query: query({ where: [{ column: t, operator: '=', value: v }], select: [{ aggregate: 'count' }] }),
    }
  },
  (source, { numbers }) => {
    const operator = source.pick(['>', '<'] as const)
    const [column, value] = [source.pick(numbers), source.between(1, 900)]
    const asked = ask(source, COMPARED[operator], { n: column, x: String(value) })
    return { asked, query: query({ where: [{ column, operator, value }], select: [{ aggregate: 'count' }] }) }
  },
  (source, { numbers, time, year }) => {
    if (!time) return undefined
    const { words, item } = measureOf(source, numbers)
    const quarter = source.between(1, 4)
    const where: DatasetQuery['where'] = [
      { column: time, operator: '>=', value: `${year}-${pad(quarter * 3 - 2)}-01` },
      { column: time, operator: '<=', value: `${year}-${QUARTER_ENDS[quarter - 1]}` },
    ]
    return {
      asked: ask(source, IN_QUARTER, { m: words, q: String(quarter) }),
      query: query({ where, select: [item] }),
    }
  },
]

function measureOf(source: Source, numbers: readonly string[]): { words: string; item: Selected } {
  const [aggregate, column] = [source.pick(AGGREGATES), source.pick(numbers)]
  return { words: source.say(AGGREGATE_WORDS[aggregate], { n: column }), item: { aggregate, column } }
}

/** A value of a text column: mostly one that the first rows show. */
function cellOf(source: Source, { columns, rows, texts }: Table): { t: string; v: string } {
  const t = source.pick(texts)
  const place = columns.findIndex(({ name }) => name === t)
  const shown = source.pick(rows)[place] ?? ''
  return { t, v: source.chance(0.7) ? shown : (TEXTS[t]?.(source) ?? shown) }
}

interface Ranking {
  frames: Frames
  direction: 'asc' | 'desc'
  numbers: readonly string[]
  texts: readonly string[]
  limit: number
}

function ranked(source: Source, { frames, direction, numbers, texts, limit }: Ranking): Asked {
  const [t, n] = [source.pick(texts), source.pick(numbers)]
  return {
    asked: ask(source, frames, { t, n, k: String(limit) }),
    query: query({
      group_by: [t],
      select: [{ column: t }, { aggregate: 'sum', column: n }],
      order_by: [{ item: 1, direction }],
      limit,
      chart: 'bar',
    }),
  }
}

/** A query as its schema orders its members. */
const written = ({ where, group_by, select, order_by, limit, chart }: DatasetQuery): string =>
  JSON.stringify({ where, group_by, select, order_by, limit, chart })

/** One to `most` questions to a table, as the product puts one to a model, and the queries that answer them. */
export function tableQuestion(source: Source, most = 1): Talk {
  const table = tableOf(source)
  const description = describeTable({
    columns: table.columns,
    preview: { rows: table.rows },
    rowCount: table.rowCount,
  })
  const count = source.between(1, most)
  const asked = source.random
    .shuffled(KINDS)
    .flatMap((kind) => kind(source, table) ?? [])
    .slice(0, count)
  return {
    turns: [
      { role: 'system', content: description },
      ...asked.flatMap(({ asked: question, query: answer }) =>
        exchange(question, written(answer), { kind: 'json', value: answer }),
      ),
    ],
    schema: querySchema(table.columns),
  }
}

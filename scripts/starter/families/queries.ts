import type { DatasetColumn } from '../../../worker/db/tables/datasets.ts'
import { type DatasetQuery, querySchema, type Selected } from '../../../worker/services/datasets/query.ts'
import { describeTable } from '../../../worker/services/datasets/table-description.ts'
import type { Frames, Source } from '../source.ts'
import type { Talk } from '../talk.ts'
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

type Aggregate = 'sum' | 'avg' | 'min' | 'max'
const AGGREGATES: readonly Aggregate[] = ['sum', 'avg', 'avg', 'min', 'max', 'sum']
const AGGREGATE_WORDS: Readonly<Record<Aggregate, Frames>> = {
  sum: {
    train: ['total {n}', 'sum of {n}', 'total of {n}', 'total {n}'],
    held: ['total {n}', 'sum of all {n}'],
  },
  avg: {
    train: ['average {n}', 'mean {n}', 'average of {n}', 'average {n}'],
    held: ['average {n}', 'mean of {n}'],
  },
  min: {
    train: ['lowest {n}', 'smallest {n}', 'minimum {n}', 'least {n}'],
    held: ['lowest {n}', 'minimum of {n}'],
  },
  max: {
    train: ['highest {n}', 'largest {n}', 'maximum {n}', 'greatest {n}'],
    held: ['highest {n}', 'maximum of {n}'],
  },
}

const WHOLE: Frames = {
  train: [
    'What is the {m}?',
    'What was the {m}?',
    'Show the {m}.',
    'Tell me the {m}.',
    'Calculate the {m}.',
    'the {m}',
    'Give me the {m}.',
    'I need the {m}.',
    'How much is the {m}?',
  ],
  held: ['Which is the {m}?', 'Find the {m}.', 'Could you work out the {m}?'],
}
const GROUPED: Frames = {
  train: [
    'What is the {m} by {t}?',
    'Show the {m} by {t}.',
    'What is the {m} per {t}?',
    'Show me the {m} for each {t}.',
    'the {m} by {t}',
    'Give me the {m} per {t}.',
    'How does the {m} differ by {t}?',
    'Compare the {m} by {t}.',
    'List the {m} for every {t}.',
    'Chart the {m} by {t}.',
  ],
  held: ['For each {t}, what is the {m}?', 'Break the {m} down by {t}.', 'I want the {m} of every {t}.'],
}
const FILTERED: Frames = {
  train: [
    'What is the {m} where {t} is {v}?',
    'What is the {m} for {v}?',
    'Show the {m} of {v}.',
    'the {m} in {v}',
    'What was the {m} for {t} {v}?',
    'Tell me the {m} for {v}.',
    'How much is the {m} of {v}?',
  ],
  held: ['If {t} is {v}, what is the {m}?', 'I need the {m} of {t} {v}.', 'For {v} alone, what is the {m}?'],
}
const TOP: Frames = {
  train: [
    'Which {t} has the highest {n}?',
    'Which {t} has the most {n}?',
    'What {t} has the largest {n}?',
    'Show the {t} with the highest {n}.',
    'Which is the {t} with the most {n}?',
    'The {t} with the highest {n}?',
  ],
  held: ['Name the {t} with the most {n}.', 'What is the best {t} by {n}?'],
}
const BOTTOM: Frames = {
  train: [
    'Which {t} has the lowest {n}?',
    'Which {t} has the least {n}?',
    'What {t} has the smallest {n}?',
    'Show the {t} with the lowest {n}.',
  ],
  held: ['Name the {t} with the least {n}.', 'What is the worst {t} by {n}?'],
}
const SEVERAL: Frames = {
  train: [
    'Show the top {k} {t} by {n}.',
    'What are the {k} {t} with the most {n}?',
    'Which {k} {t} have the highest {n}?',
    'top {k} {t} by {n}',
    'List the {k} {t} with the highest {n}.',
  ],
  held: ['Give me the best {k} {t} by {n}.', 'Name the {k} {t} with the most {n}.'],
}
const COUNTED: Frames = {
  train: [
    'How many rows are there?',
    'How many rows does it have?',
    'Count the rows.',
    'What is the number of rows?',
    'How many entries are there?',
  ],
  held: ['How many rows do we have?', 'Tell me how many rows there are.'],
}
const COUNTED_BY: Frames = {
  train: [
    'How many rows are there per {t}?',
    'How many rows for each {t}?',
    'Count the rows by {t}.',
    'What is the number of rows per {t}?',
    'How often does each {t} occur?',
  ],
  held: ['For each {t}, how many rows are there?', 'Number of rows by {t}, please.'],
}
const COUNTED_OF: Frames = {
  train: [
    'How many rows have {t} {v}?',
    'How many rows are there with {t} {v}?',
    'Count the rows where {t} is {v}.',
    'How many rows are {v}?',
    'How many times does {v} occur?',
  ],
  held: ['In how many rows is {t} {v}?', 'How often is {t} {v}?'],
}
const COMPARED: Readonly<Record<'>' | '<', Frames>> = {
  '>': {
    train: [
      'How many rows have {n} above {x}?',
      'How many rows have {n} over {x}?',
      'Count the rows with {n} greater than {x}.',
      'How many rows have more than {x} {n}?',
    ],
    held: ['In how many rows is {n} above {x}?', 'How often is {n} more than {x}?'],
  },
  '<': {
    train: [
      'How many rows have {n} below {x}?',
      'How many rows have {n} under {x}?',
      'Count the rows with {n} less than {x}.',
      'How many rows have less than {x} {n}?',
    ],
    held: ['In how many rows is {n} below {x}?', 'How often is {n} less than {x}?'],
  },
}
const IN_QUARTER: Frames = {
  train: [
    'What is the {m} for Q{q}?',
    'What was the {m} in Q{q}?',
    'the {m} in Q{q}',
    'Show the {m} of Q{q}.',
    'Tell me the {m} for quarter {q}.',
    'What is the {m} in the quarter {q}?',
  ],
  held: ['How much was the {m} for Q{q}?', 'Which {m} did Q{q} have?'],
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
    return { asked: source.say(WHOLE, { m: words }), query: query({ select: [item] }) }
  },
  (source, table) => {
    const { words, item } = measureOf(source, table.numbers)
    const t = source.pick(table.time ? [...table.texts, table.time] : table.texts)
    const chart = t === table.time ? 'line' : 'bar'
    return {
      asked: source.say(GROUPED, { m: words, t }),
      query: query({ group_by: [t], select: [{ column: t }, item], chart }),
    }
  },
  (source, table) => {
    const { words, item } = measureOf(source, table.numbers)
    const { t, v } = cellOf(source, table)
    return {
      asked: source.say(FILTERED, { m: words, t, v }),
      query: query({ where: [{ column: t, operator: '=', value: v }], select: [item] }),
    }
  },
  (source, { numbers, texts }) =>
    ranked(source, { frames: TOP, direction: 'desc', numbers, texts, limit: 1 }),
  (source, { numbers, texts }) =>
    ranked(source, { frames: BOTTOM, direction: 'asc', numbers, texts, limit: 1 }),
  (source, { numbers, texts }) =>
    ranked(source, { frames: SEVERAL, direction: 'desc', numbers, texts, limit: source.between(2, 20) }),
  (source) => ({ asked: source.say(COUNTED), query: query({ select: [{ aggregate: 'count' }] }) }),
  (source, { texts }) => {
    const t = source.pick(texts)
    return {
      asked: source.say(COUNTED_BY, { t }),
      query: query({ group_by: [t], select: [{ column: t }, { aggregate: 'count' }], chart: 'bar' }),
    }
  },
  (source, table) => {
    const { t, v } = cellOf(source, table)
    return {
      asked: source.say(COUNTED_OF, { t, v }),
      query: query({ where: [{ column: t, operator: '=', value: v }], select: [{ aggregate: 'count' }] }),
    }
  },
  (source, { numbers }) => {
    const operator = source.pick(['>', '<'] as const)
    const [column, value] = [source.pick(numbers), source.between(1, 900)]
    const asked = source.say(COMPARED[operator], { n: column, x: String(value) })
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
      asked: source.say(IN_QUARTER, { m: words, q: String(quarter) }),
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
    asked: source.say(frames, { t, n, k: String(limit) }),
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

/** A question to a table, as the product puts it to a model, and the query that answers it. */
export function tableQuestion(source: Source): Talk {
  const table = tableOf(source)
  const description = describeTable({
    columns: table.columns,
    preview: { rows: table.rows },
    rowCount: table.rowCount,
  })
  const kinds = source.random.shuffled(KINDS)
  for (const kind of kinds) {
    const made = kind(source, table)
    if (!made) continue
    return {
      turns: [
        { role: 'system', content: description },
        { role: 'user', content: made.asked },
        { role: 'assistant', content: written(made.query), expected: { kind: 'json', value: made.query } },
      ],
      schema: querySchema(table.columns),
    }
  }
  throw new RangeError('No question fits this table.')
}

import { describe, expect, it } from 'vitest'
import type { DatasetColumn } from '../../../../worker/db/tables/datasets.ts'
import type { DatasetQuery } from '../../../../worker/services/datasets/query.ts'
import {
  chartOf as chart,
  MAX_SHOWN_ROWS,
  type QueryResult,
  wordsOf as words,
} from '../../../../worker/services/datasets/result.ts'
import { COUNT_QUERY } from '../../../support/dataset-query.ts'

const query = (over: Partial<DatasetQuery> = {}): DatasetQuery => ({
  ...COUNT_QUERY,
  select: [{ column: 'region' }, { aggregate: 'sum', column: 'sales' }],
  chart: 'pie',
  ...over,
})
const columns: DatasetColumn[] = [
  { name: 'region', type: 'text' },
  { name: 'sales', type: 'integer' },
]
const chartOf = (given: DatasetQuery, result: QueryResult, of = columns) => chart(given, result, of)
const wordsOf = (given: DatasetQuery, result: QueryResult, of = columns) => words(given, result, of)

const whole = (rows: (string | number | null)[][]) => ({ rows, isCut: false })

describe('chartOf', () => {
  it('puts one number beside what it belongs to, in the form that was asked for', () => {
    expect(
      chartOf(
        query(),
        whole([
          ['North', 2],
          [null, null],
        ]),
      ),
    ).toEqual({
      type: 'pie',
      labels: ['North', '(empty)'],
      data: [2, null],
    })
  })

  it('takes the one column of numbers where there is no aggregate', () => {
    const select = [{ column: 'day' }, { column: 'sales' }, { column: 'region' }]
    expect(chartOf(query({ select, chart: 'line' }), whole([['May', 2, 'North']]))).toEqual({
      type: 'line',
      labels: ['May / North'],
      data: [2],
    })
  })

  it.each<[string, Partial<DatasetQuery>, (string | number)[]]>([
    ['is asked for', { chart: 'table' }, ['North', 2]],
    [
      'has several numbers in a row',
      { select: [{ aggregate: 'count' }, { aggregate: 'max', column: 'a' }] },
      [2, 3],
    ],
    ['has a number alone', { select: [{ aggregate: 'count' }] }, [2]],
    ['has no number', { select: [{ column: 'a' }, { column: 'b' }] }, ['x', 'y']],
    [
      'has an aggregate that is text',
      { select: [{ column: 'a' }, { aggregate: 'max', column: 'b' }] },
      ['x', 'y'],
    ],
  ])('makes a table where the result %s', (_case, over, row) => {
    expect(chartOf(query(over), whole([row]))).toMatchObject({ type: 'table', data: [row] })
  })

  it('makes a table of no rows', () => {
    expect(chartOf(query(), whole([]))).toEqual({ type: 'table', labels: ['region', 'sum(sales)'], data: [] })
  })
})

describe('wordsOf', () => {
  it('states a single row with its conditions', () => {
    const where: DatasetQuery['where'] = [
      { column: 'region', operator: '=', value: 'North' },
      { column: 'sales', operator: '>', value: 2 },
      { column: 'day', operator: 'is not empty' },
    ]
    expect(wordsOf(query({ where }), whole([['North', 3]]))).toBe(
      'region = North, sum(sales) = 3 where region = "North" and sales > 2 and day is not empty',
    )
  })

  it('writes numbers without the dust of binary fractions', () => {
    expect(wordsOf(query({ select: [{ aggregate: 'sum', column: 'x' }] }), whole([[0.1 + 0.2]]))).toBe(
      'sum(x) = 0.3',
    )
  })

  it('keeps what a cell holds inside its cell', () => {
    expect(
      wordsOf(
        query(),
        whole([
          ['a|b\n| c', 1],
          ['\\', 2],
        ]),
      ),
    ).toBe('| region | sum(sales) |\n| --- | --- |\n| a\\|b \\| c | 1 |\n| \\\\ | 2 |')
  })

  it(`shows ${MAX_SHOWN_ROWS} rows, and says how many more there are`, () => {
    const rows = (count: number) => Array.from({ length: count }, (_, index) => [`r${index}`, index])
    expect(wordsOf(query(), whole(rows(MAX_SHOWN_ROWS)))).not.toContain(' of ')
    const many = wordsOf(query(), whole(rows(MAX_SHOWN_ROWS + 1)))
    expect(many).toContain(`| r${MAX_SHOWN_ROWS - 1} |`)
    expect(many).not.toContain(`| r${MAX_SHOWN_ROWS} |`)
    expect(many).toContain(`\n${MAX_SHOWN_ROWS} of ${MAX_SHOWN_ROWS + 1} rows.`)
  })

  it('says that a result is cut', () => {
    expect(
      wordsOf(query(), {
        rows: [
          ['a', 1],
          ['b', 2],
        ],
        isCut: true,
      }),
    ).toContain('2 of more than 2 rows.')
  })
})

describe('numbers of something', () => {
  const of = (symbol: string, isBefore: boolean): DatasetColumn[] => [
    { name: 'region', type: 'text' },
    { name: 'sales', type: 'real', unit: { symbol, isBefore } },
  ]

  it.each([
    ['$', true, 'sum(sales) = $2500, count(sales) = 3, min(sales) = -$0.5'],
    ['€', false, 'sum(sales) = 2500 €, count(sales) = 3, min(sales) = -0.5 €'],
    ['%', false, 'sum(sales) = 2500%, count(sales) = 3, min(sales) = -0.5%'],
  ])('are told with their %s, but for how many they are', (symbol, isBefore, expected) => {
    const select = (['sum', 'count', 'min'] as const).map((aggregate) => ({ aggregate, column: 'sales' }))
    expect(wordsOf(query({ select }), whole([[2500, 3, -0.5]]), of(symbol, isBefore))).toBe(expected)
  })

  it('are so in a table and in a chart', () => {
    const rows = [
      ['North', 2],
      ['South', null],
    ]
    expect(wordsOf(query(), whole(rows), of('$', true))).toContain('| North | $2 |\n| South | (empty) |')
    expect(chartOf(query(), whole(rows), of('$', true))).toEqual({
      type: 'pie',
      labels: ['North', 'South'],
      data: [2, null],
      unit: '$',
    })
    const select = [{ column: 'sales' }, { aggregate: 'count' as const }]
    expect(chartOf(query({ select }), whole([[2, 7]]), of('€', false))).toMatchObject({
      labels: ['2 €'],
      data: [7],
    })
  })
})

describe('what was left out', () => {
  it('is said behind the result', () => {
    const leftOut = [
      { column: 'sales', cells: 2 },
      { column: 'a "b"', cells: 1 },
    ]
    expect(wordsOf(query(), { rows: [['North', 3]], isCut: false, leftOut })).toBe(
      'region = North, sum(sales) = 3\n\n2 cells of "sales" hold no number and were left out.\n1 cell of "a \\"b\\"" holds no number and was left out.',
    )
  })
})

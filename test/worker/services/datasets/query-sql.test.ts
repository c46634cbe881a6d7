import { describe, expect, it } from 'vitest'
import { type DatasetQuery, queryMistake } from '../../../../worker/services/datasets/query.ts'
import { leftOutSql, toSql } from '../../../../worker/services/datasets/query-sql.ts'
import { COUNT_QUERY } from '../../../support/dataset-query.ts'

const columns = [
  { name: 'region', type: 'text' },
  { name: 'sales', type: 'integer' },
  { name: 'share', type: 'real' },
] as const

const query = (over: Partial<DatasetQuery> = {}): DatasetQuery => ({
  ...COUNT_QUERY,
  select: [{ column: 'region' }],
  ...over,
})

describe('toSql', () => {
  it.each<[string, Partial<DatasetQuery>, string, (string | number)[]]>([
    ['a column', {}, 'SELECT c0 AS r0 FROM cells LIMIT ?1', [11]],
    [
      'aggregates',
      {
        select: [
          { aggregate: 'count' },
          { aggregate: 'count', column: 'region' },
          { aggregate: 'avg', column: 'share' },
        ],
      },
      'SELECT count(*) AS r0, count(c0) AS r1, avg(c2) AS r2 FROM cells LIMIT ?1',
      [11],
    ],
    [
      'groups in an order',
      {
        group_by: ['region', 'sales'],
        select: [{ column: 'region' }, { aggregate: 'max', column: 'share' }],
        order_by: [
          { item: 1, direction: 'desc' },
          { item: 0, direction: 'asc' },
        ],
        limit: 3,
      },
      'SELECT c0 AS r0, max(c2) AS r1 FROM cells GROUP BY c0, c1 ORDER BY r1 DESC NULLS LAST, r0 ASC NULLS LAST LIMIT ?1',
      [4],
    ],
    [
      'conditions, each with its own kind of value',
      {
        where: [
          { column: 'region', operator: '=', value: "No'rth" },
          { column: 'region', operator: 'contains', value: '%_"' },
          { column: 'sales', operator: '>=', value: '7' },
          { column: 'share', operator: '!=', value: 0.5 },
          { column: 'region', operator: 'is empty' },
          { column: 'sales', operator: 'is not empty' },
        ],
      },
      'SELECT c0 AS r0 FROM cells WHERE c0 = ?1 COLLATE NOCASE AND instr(lower(c0), lower(?2)) > 0 AND c1 >= ?3 AND c2 != ?4 AND c0 IS NULL AND c1 IS NOT NULL LIMIT ?5',
      ["No'rth", '%_"', 7, 0.5, 11],
    ],
  ])('says %s', (_case, over, sql, parameters) => {
    expect(queryMistake(query(over), columns)).toBeUndefined()
    expect(toSql(query(over), columns)).toEqual({ sql, parameters })
  })

  it('refuses a query that was not checked', () => {
    expect(() => toSql(query({ select: [{ column: 'c0' }] }), columns)).toThrow(RangeError)
  })
})

describe('a column of numbers that holds other cells', () => {
  const mixed = columns.map((column) => (column.name === 'sales' ? { ...column, leftOut: 2 } : column))
  const NUMBER = "iif(typeof(c1) = 'text', NULL, c1)"

  it('is computed, compared and put in order by its numbers, and shown and grouped as it is', () => {
    const given = query({
      where: [
        { column: 'sales', operator: '>', value: 1 },
        { column: 'sales', operator: 'is not empty' },
        { column: 'share', operator: '<', value: 2 },
      ],
      group_by: ['sales'],
      select: [{ column: 'sales' }, { aggregate: 'max', column: 'sales' }, { aggregate: 'count' }],
      order_by: [{ item: 0, direction: 'desc' }],
    })
    expect(toSql(given, mixed)).toEqual({
      sql: `SELECT c1 AS r0, max(${NUMBER}) AS r1, count(*) AS r2 FROM cells WHERE ${NUMBER} > ?1 AND c1 IS NOT NULL AND c2 < ?2 GROUP BY c1 ORDER BY ${NUMBER} DESC NULLS LAST LIMIT ?3`,
      parameters: [1, 2, 11],
    })
    expect(leftOutSql(given, mixed)).toEqual({
      columns: ['sales'],
      sql: "SELECT count(*) FILTER (WHERE typeof(c1) = 'text' AND c1 IS NOT NULL AND c2 < ?2), ?1, ?2 FROM cells",
      parameters: [1, 2],
    })
  })

  it.each<[string, Partial<DatasetQuery>]>([
    ['is only shown', { select: [{ column: 'sales' }] }],
    ['is asked only whether it is empty', { where: [{ column: 'sales', operator: 'is empty' }] }],
    ['is not asked for', { select: [{ aggregate: 'sum', column: 'share' }] }],
  ])('leaves out nothing where it %s', (_case, over) => {
    expect(leftOutSql(query(over), mixed)).toBeUndefined()
  })

  it('is one of several', () => {
    const others = mixed.map((column) => (column.name === 'share' ? { ...column, leftOut: 1 } : column))
    const given = query({
      where: [{ column: 'share', operator: '>', value: 3 }],
      select: [{ aggregate: 'sum', column: 'sales' }],
    })
    expect(leftOutSql(given, others)).toEqual({
      columns: ['sales', 'share'],
      sql: "SELECT count(*) FILTER (WHERE typeof(c1) = 'text' AND iif(typeof(c2) = 'text', NULL, c2) > ?1), count(*) FILTER (WHERE typeof(c2) = 'text'), ?1 FROM cells",
      parameters: [3],
    })
  })
})

import { describe, expect, it } from 'vitest'
import {
  DatasetQuery,
  MAX_CONDITIONS,
  MAX_GROUPS,
  MAX_ORDERS,
  MAX_QUERY_ROWS,
  MAX_SELECTED,
  MAX_VALUE_LENGTH,
  queryMistake,
  querySchema,
} from '../../../../worker/services/datasets/query.ts'
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

describe('queryMistake', () => {
  it.each<[string, Partial<DatasetQuery>, string]>([
    ['an unknown column', { select: [{ column: 'profit' }] }, 'there is no column "profit"'],
    ['an unknown group', { group_by: ['profit'] }, 'there is no column "profit"'],
    ['an unknown condition', { where: [{ column: 'x', operator: 'is empty' }] }, 'there is no column "x"'],
    [
      'a sum of text',
      { select: [{ aggregate: 'sum', column: 'region' }] },
      '"sum" needs a column of numbers',
    ],
    ['a sum of nothing', { select: [{ aggregate: 'sum' }] }, '"sum" needs a column'],
    [
      'a number that contains',
      { where: [{ column: 'sales', operator: 'contains', value: '1' }] },
      'contain nothing',
    ],
    ['text for a number', { where: [{ column: 'sales', operator: '<', value: '' }] }, 'and "" is none'],
    ['a column that is not grouped', { group_by: ['sales'] }, '"region" is selected beside an aggregate'],
    [
      'an order beyond the selection',
      { order_by: [{ item: 1, direction: 'asc' }] },
      '"order_by" names item 1',
    ],
  ])('finds %s', (_case, over, mistake) => {
    expect(queryMistake(query(over), columns)).toContain(mistake)
  })
})

describe('DatasetQuery', () => {
  const select = (count: number) => ({ select: Array(count).fill({ column: 'region' }) })
  const where = (count: number) => ({ where: Array(count).fill({ column: 'region', operator: 'is empty' }) })
  const orders = (count: number) => ({ order_by: Array(count).fill({ item: 0, direction: 'asc' }) })
  const groups = (count: number) => ({ group_by: Array(count).fill('region') })
  const value = (length: number) => ({
    where: [{ column: 'region', operator: '=' as const, value: 'x'.repeat(length) }],
  })
  const limit = (count: number) => ({ limit: count })

  it.each<[string, (count: number) => object, number]>([
    ['items', select, MAX_SELECTED],
    ['conditions', where, MAX_CONDITIONS],
    ['orders', orders, MAX_ORDERS],
    ['groups', groups, MAX_GROUPS],
    ['characters of a value', value, MAX_VALUE_LENGTH],
    ['rows', limit, MAX_QUERY_ROWS],
  ])('has at most so many %s', (_what, over, most) => {
    expect(DatasetQuery.safeParse({ ...query(), ...over(most) }).success).toBe(true)
    expect(DatasetQuery.safeParse({ ...query(), ...over(most + 1) }).success).toBe(false)
  })

  it.each([
    { select: [] },
    { limit: 0 },
    { limit: 1.5 },
    { chart: 'radar' },
    { where: {} },
    { join: 'cells' },
  ])('is not %j', (over) => {
    expect(DatasetQuery.safeParse({ ...query(), ...over }).success).toBe(false)
  })
})

describe('querySchema', () => {
  it('offers sums only where there are numbers, and comparisons of text only where there is text', () => {
    const schemaOf = (type: 'text' | 'integer') => JSON.stringify(querySchema([{ name: 'a', type }]))
    expect(schemaOf('text')).not.toContain('"sum"')
    expect(schemaOf('text')).toContain('"contains"')
    expect(schemaOf('integer')).toContain('"sum"')
    expect(schemaOf('integer')).not.toContain('"contains"')
  })
})

import { describe, expect, it } from 'vitest'
import type { DatasetColumn } from '../../../../worker/db/tables/datasets.ts'
import { cellValue } from '../../../../worker/services/datasets/cells.ts'

const column = (over: Partial<DatasetColumn> = {}): DatasetColumn => ({
  name: 'a',
  type: 'real',
  decimal: '.',
  ...over,
})
const text = column({ type: 'text' })
const dollars = column({ unit: { symbol: '$', isBefore: true } })
const shares = column({ unit: { symbol: '%', isBefore: false } })

describe('cellValue', () => {
  it.each<[string, DatasetColumn, string | number | null]>([
    ['12', column(), 12],
    [' 1.5 ', column(), 1.5],
    ['1,000.5', column(), 1_000.5],
    ['1.000,5', column({ decimal: ',' }), 1_000.5],
    ['$5', dollars, 5],
    ['5', dollars, 5],
    ['5%', shares, 5],
    // What is none of the column's numbers stays what it is.
    ['5 €', dollars, '5 €'],
    ['5', shares, '5'],
    ['$5', column(), '$5'],
    ['about 5', column(), 'about 5'],
    ['1,5', column(), '1,5'],
    ['North', text, 'North'],
    [' 007 ', text, ' 007 '],
    ['None', text, 'None'],
    // Nothing
    ['None', column(), null],
    ['?', column(), null],
    ['NA', text, null],
    ['NA', { ...text, keepsNa: true }, 'NA'],
    ['-', { ...text, keepsNa: true }, null],
    // As JavaScript writes numbers: columns of datasets that are older than any other.
    ['1e3', { name: 'a', type: 'real' }, 1_000],
    ['+5', { name: 'a', type: 'integer' }, 5],
    ['', { name: 'a', type: 'integer' }, null],
  ])('makes of %j in %j %j', (cell, of, value) => {
    expect(cellValue(cell, of)).toBe(value)
  })

  it.each(['', '  ', 'NA', ' NA ', 'N/A', '#N/A', 'NaN', 'null', 'NULL', '-', '–', '\\N', '#DIV/0!'])(
    'takes %j for nothing in any column',
    (cell) => {
      for (const of of [text, column(), dollars, { name: 'a', type: 'text' } as const])
        expect(cellValue(cell, of)).toBeNull()
    },
  )
})

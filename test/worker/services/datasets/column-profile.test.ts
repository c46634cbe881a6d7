import { describe, expect, it } from 'vitest'
import {
  columnProfile,
  SETTLING_OTHERS,
  usualMark,
} from '../../../../worker/services/datasets/column-profile.ts'

function profileOf(cells: readonly string[]) {
  const profile = columnProfile()
  for (const cell of cells) profile.add(cell)
  return profile
}
const columnOf = (cells: readonly string[], usual: '.' | ',' = '.') => {
  const { name: _, ...column } = profileOf(cells).column('a', usual)
  return column
}
const integer = { type: 'integer', decimal: '.' }
const real = { type: 'real', decimal: '.' }
const text = { type: 'text' }
const times = (count: number, cell: string) => Array<string>(count).fill(cell)

describe('columnProfile', () => {
  it.each<[string, string[], object]>([
    ['whole numbers', ['1', '-2', '1,000'], integer],
    ['other numbers', ['1', '2.5'], real],
    ['the numbers of an issue', ['1,000', '900', '2,500'], integer],
    ['numbers and nothing', ['', 'NA', 'NaN', 'null', '-', '1', '?', 'None'], integer],
    ['nothing', ['', ' ', 'NA'], text],
    ['words', ['x', 'y'], text],
    ['a word and a number', ['x', '1'], text],
    ['names of digits', ['007', '008'], text],
    ['one name of digits among many numbers', [...times(500, '90210'), '01234'], text],
    ['a number that a double would change', ['1', '9007199254740993'], text],
    ['powers that are names', ['12E5', '13E7'], text],
    ['phone numbers', ['+4915112345678', '+4915112345679'], text],
    ['dates', ['2025-01-01', '2025-01-02'], text],
    ['days and months with points', ['01.02.2025', '11.12.2025'], text],
    ['powers that programs write', ['1e-05', '2.5E+10'], real],
    ['labels in parentheses', ['(1)', '(2)'], text],
    ['losses in parentheses', ['(1)', '2'], integer],
  ])('finds in %s what they are', (_case, cells, column) => {
    expect(columnOf(cells)).toEqual(column)
  })

  it.each<[string, string[], object]>([
    ['one of three', ['1', '2', 'x'], { ...integer, leftOut: 1 }],
    ['two of six', ['1', '2', '3', '4', 'x', 'y'], { ...integer, leftOut: 2 }],
    ['two of five', ['1', '2', '3', 'x', 'y'], text],
    ['a tenth', [...times(300, '1'), ...times(30, 'x')], { ...integer, leftOut: 30 }],
    ['more than a tenth', [...times(300, '1'), ...times(31, 'x')], text],
  ])('is one of numbers although it holds other cells, when they are few: %s', (_case, cells, column) => {
    expect(columnOf(cells)).toEqual(column)
    expect(columnOf(cells.toReversed())).toEqual(column)
  })

  it.each<[string, string[], object]>([
    ['dollars', ['$1,000', '$5.5', '-$3'], { ...real, unit: { symbol: '$', isBefore: true } }],
    ['euros', ['5 €', '7 €', '€ 9'], { ...integer, unit: { symbol: '€', isBefore: false } }],
    [
      'dollars that are not all written',
      ['$1', '2', '3', '$4'],
      { ...integer, unit: { symbol: '$', isBefore: true } },
    ],
    ['shares', ['5%', '7.5 %'], { ...real, unit: { symbol: '%', isBefore: false } }],
    [
      'shares and a number',
      ['5%', '7%', '9'],
      { ...integer, unit: { symbol: '%', isBefore: false }, leftOut: 1 },
    ],
    ['numbers and a share', ['5', '7', '9%'], { ...integer, leftOut: 1 }],
    [
      'dollars and a euro',
      ['$5', '$6', '$7', '5 €'],
      { ...integer, unit: { symbol: '$', isBefore: true }, leftOut: 1 },
    ],
    ['as many dollars as euros', ['$5', '$6', '7 €', '8 €', '$9', '9 €'], text],
  ])('keeps the unit of %s', (_case, cells, column) => {
    expect(columnOf(cells)).toEqual(column)
  })

  it.each<[string, string[], '.' | ',', object]>([
    ['commas', ['1,5', '2'], '.', { type: 'real', decimal: ',' }],
    ['points, where commas are usual', ['1.5', '2'], ',', real],
    ['most of both', ['1,5', '2,5', '3.5'], '.', { type: 'real', decimal: ',', leftOut: 1 }],
    ['what is usual, where both fit', ['1,000', '2,500'], ',', { type: 'real', decimal: ',' }],
    ['what is usual, for thousands', ['1.000', '2.500'], ',', { type: 'integer', decimal: ',' }],
    ['a zero that no thousand begins with', ['1.000', '0.500'], ',', real],
  ])('reads fractions by %s', (_case, cells, usual, column) => {
    expect(columnOf(cells, usual)).toEqual(column)
  })

  it.each([
    ['codes of countries', ['DE', 'NA', 'FR'], true],
    ['words', ['North', 'NA', 'South'], undefined],
    ['codes without it', ['DE', 'FR'], undefined],
    ['nothing else', ['NA', 'NA'], undefined],
  ])('knows Namibia among %s', (_case, cells, keepsNa) => {
    expect(columnOf(cells)).toEqual(keepsNa ? { ...text, keepsNa } : text)
  })

  it('settles for text once it has seen enough', () => {
    const cells = (others: number) => [...times(others, 'x'), ...times(20 * others, '1')]
    expect(columnOf(cells(SETTLING_OTHERS - 1))).toMatchObject({ type: 'integer' })
    expect(columnOf(cells(SETTLING_OTHERS))).toEqual(text)
  })
})

describe('usualMark', () => {
  it.each<[string, string[][], string, string]>([
    ['nobody says, and semicolons separate', [['1'], ['x']], ';', ','],
    ['nobody says, and commas separate', [['1'], ['x']], ',', '.'],
    ['another column says so', [['1.000'], ['0,5', '1,25']], ',', ','],
    ['more cells say so', [['0,5'], ['0.5', '1.25']], ';', '.'],
    ['only words say otherwise', [['01.02.', '1.5', 'x', 'y', 'z'], ['1']], ';', ','],
  ])('is what it is where %s', (_case, columns, delimiter, mark) => {
    expect(usualMark(columns.map(profileOf), delimiter)).toBe(mark)
  })
})

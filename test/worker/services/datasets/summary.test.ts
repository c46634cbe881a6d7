import '../../workerd.ts'
import { describe, expect, it } from 'vitest'
import { openCsv } from '../../../../worker/services/datasets/csv-rows.ts'
import { PREVIEW_ROWS } from '../../../../worker/services/datasets/preview.ts'
import { MAX_TABLE_COLUMNS, MAX_TABLE_ROWS } from '../../../../worker/services/datasets/query.ts'
import { columnNames, summarize } from '../../../../worker/services/datasets/summary.ts'
import { csvOf, utf16 } from '../../csv-file.ts'

const summaryOf = (file: string | Uint8Array) => summarize(csvOf(file))

describe('columnNames', () => {
  it('gives each column a name that no other has', () => {
    expect(columnNames(['a', '', 'a', ' a ', 'a (2)', 'b\nc'])).toEqual([
      'a',
      'column 2',
      'a (2)',
      'a (3)',
      'a (2) (2)',
      'b c',
    ])
  })

  it('leaves away what nobody can see', () => {
    expect(columnNames(['a\u0007', '\u202ea', '\u0000', '\u200b', 'مرحبا', 'e\u200ff'])).toEqual([
      'a',
      'a (2)',
      'column 3',
      'column 4',
      'مرحبا',
      'e\u200ff',
    ])
  })

  it('tells names apart also where only the first of their characters are kept', () => {
    const long = 'x'.repeat(100)
    expect(columnNames([`${long}1`, `${long}2`, long])).toEqual([long, `${long} (2)`, `${long} (3)`])
  })
})

describe('summarize', () => {
  it('counts rows, finds what each column holds, and shows how the file begins', async () => {
    const lines = Array.from({ length: 9 }, (_, index) => `${index},${index}.5,x,,00${index}`)
    expect(await summaryOf(`n,r,t,e,zip\n${lines.join('\n')}`)).toEqual({
      encoding: 'utf-8',
      delimiter: ',',
      rowCount: 9,
      shortRows: 0,
      columns: [
        { name: 'n', type: 'integer', decimal: '.' },
        { name: 'r', type: 'real', decimal: '.' },
        { name: 't', type: 'text' },
        { name: 'e', type: 'text' },
        { name: 'zip', type: 'text' },
      ],
      preview: {
        headers: ['n', 'r', 't', 'e', 'zip'],
        rows: lines.slice(0, PREVIEW_ROWS).map((line) => line.split(',')),
      },
    })
  })

  it.each([
    ['1', '2.5', 'real'],
    ['1', 'x', 'text'],
    ['2.5', '1', 'real'],
    ['', '1', 'integer'],
    ['x', '1', 'text'],
  ])('finds in a column of %j and %j the type %s', async (first, second, type) => {
    expect((await summaryOf(`a,b\n${first},\n${second},`)).columns[0]?.type).toBe(type)
  })

  it.each([
    ['nothing', ''],
    ['a mark', '\ufeff'],
    ['empty lines', '\n\n'],
    ['a header alone', 'a,b\n'],
  ])('calls %s empty', async (_case, file) => {
    await expect(summaryOf(file)).rejects.toMatchObject({ message: 'Dataset file is empty' })
  })

  it(`takes ${MAX_TABLE_COLUMNS} columns and not one more`, async () => {
    const wide = (columns: number) =>
      `${Array(columns).fill('a').join(',')}\n${Array(columns).fill('1').join(',')}`
    expect((await summaryOf(wide(MAX_TABLE_COLUMNS))).columns).toHaveLength(MAX_TABLE_COLUMNS)
    await expect(summaryOf(wide(MAX_TABLE_COLUMNS + 1))).rejects.toMatchObject({ code: 'too_large' })
  })

  it(`takes ${MAX_TABLE_ROWS} rows, and ends at one more`, async () => {
    const rows = (count: number) => summaryOf(`n\n${'1\n'.repeat(count)}`)
    expect(await rows(MAX_TABLE_ROWS)).toMatchObject({ rowCount: MAX_TABLE_ROWS })
    await expect(rows(MAX_TABLE_ROWS + 1)).rejects.toMatchObject({
      code: 'too_large',
      message: `A dataset has at most ${MAX_TABLE_ROWS} rows`,
    })
  })

  it('does not read on behind one row too many', async () => {
    let pieces = 0
    async function* endless() {
      while (true) {
        pieces += 1
        yield new TextEncoder().encode('n\n'.repeat(100_000))
      }
    }
    await expect(summarize(openCsv(endless()))).rejects.toMatchObject({ code: 'too_large' })
    expect(pieces).toBeLessThan(10)
  })

  it('reads fractions as most of the file does, where a column does not say', async () => {
    const types = async (file: string) =>
      (await summaryOf(file)).columns.map(({ type, decimal }) => `${type} ${decimal}`)
    expect(await types('a,b\n"1,000",0.5\n"2,500",0.25')).toEqual(['integer .', 'real .'])
    expect(await types('a;b\n1,5;1.000\n2,5;2.500')).toEqual(['real ,', 'integer ,'])
    expect(await types('a;b\n1,500;0.5\n2,500;0.25')).toEqual(['integer .', 'real .'])
  })

  it('tells how the file is written', async () => {
    expect(await summarize(csvOf(utf16('a;b;c\n1;2;3\n4;5\n')))).toMatchObject({
      encoding: 'utf-16le',
      delimiter: ';',
      shortRows: 1,
      rowCount: 2,
    })
  })
})

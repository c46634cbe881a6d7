import '../../workerd.ts'
import { describe, expect, it } from 'vitest'
import {
  cellValue,
  columnNames,
  MAX_COLUMNS,
  MAX_ROW_LENGTH,
  PREVIEW_ROWS,
  readRows,
  summarize,
  typeOf,
} from '../../../../worker/services/datasets/csv-rows.ts'

const encoder = new TextEncoder()

/** A file that arrives in pieces of so many bytes. */
async function* inPieces(file: string | Uint8Array, bytes = 1 << 16) {
  const whole = typeof file === 'string' ? encoder.encode(file) : file
  for (let from = 0; from < whole.length; from += bytes) yield whole.subarray(from, from + bytes)
}

async function rowsOf(file: string | Uint8Array, bytes?: number): Promise<string[][]> {
  const rows: string[][] = []
  for await (const some of readRows(inPieces(file, bytes))) rows.push(...some)
  return rows
}

const summaryOf = (file: string | Uint8Array) => summarize(readRows(inPieces(file)))
const INVALID = 'File must be a valid CSV file'
const invalid = { code: 'invalid_request', param: 'file', message: expect.stringContaining(INVALID) }

describe('readRows', () => {
  it.each([
    [
      'rows',
      'a,b\n1,2\n',
      [
        ['a', 'b'],
        ['1', '2'],
      ],
    ],
    [
      'a last row without its line end',
      'a,b\n1,2',
      [
        ['a', 'b'],
        ['1', '2'],
      ],
    ],
    [
      'line ends of Windows',
      'a,b\r\n1,2\r\n',
      [
        ['a', 'b'],
        ['1', '2'],
      ],
    ],
    ['quotes, with commas, line ends and quotes in them', 'a\n"x, ""y""\nz"\n', [['a'], ['x, "y"\nz']]],
    ['the mark of UTF-8', '\ufeffa\n1\n', [['a'], ['1']]],
    ['other letters', 'stadt\nKöln 🏙\n', [['stadt'], ['Köln 🏙']]],
    ['no empty lines', 'a\n\n1\n\n', [['a'], ['1']]],
    ['nothing', '', []],
    [
      'semicolons between cells',
      'a;b\n1,5;2\n',
      [
        ['a', 'b'],
        ['1,5', '2'],
      ],
    ],
    [
      'tabs between cells',
      'a\tb\n1,5\t2;3\n',
      [
        ['a', 'b'],
        ['1,5', '2;3'],
      ],
    ],
    [
      'semicolons behind the mark of UTF-8 and empty lines',
      '\ufeff\n\na;b\n1;2\n',
      [
        ['a', 'b'],
        ['1', '2'],
      ],
    ],
    [
      'what the header has most of',
      'sum, net;day;place\n1;2;3,4\n',
      [
        ['sum, net', 'day', 'place'],
        ['1', '2', '3,4'],
      ],
    ],
    [
      'a comma where it has as many',
      'a,b;c\n1,2;3\n',
      [
        ['a', 'b;c'],
        ['1', '2;3'],
      ],
    ],
    [
      'semicolons in quotes as text',
      '"a;b;c",d\n1;2;3,4\n',
      [
        ['a;b;c', 'd'],
        ['1;2;3', '4'],
      ],
    ],
    [
      'a doubled quote and a line end in a header',
      '"a"";\n"";,",b\n1,2\n',
      [
        ['a";\n";,', 'b'],
        ['1', '2'],
      ],
    ],
    ['semicolons in a header without a line end', 'a;b', [['a', 'b']]],
    ['a single column with semicolons below its header', 'a\n1;2\n', [['a'], ['1;2']]],
  ])('reads %s, however the bytes are cut', async (_case, file, rows) => {
    for (const bytes of [1, 2, 3, 7, 1000]) expect(await rowsOf(file, bytes)).toEqual(rows)
  })

  it.each([
    ['rows of different lengths', 'a,b\n1\n'],
    ['a quote that never ends', 'a\n"x\n'],
    ['a quote within text', 'a\nx"y\n'],
    ['text behind a quote', 'a\n"x"y\n'],
    ['a picture', new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0x00])],
    ['bytes that are no UTF-8', new Uint8Array([0x61, 0x0a, 0xff, 0xfe, 0x0a])],
    ['a character that is cut off', new Uint8Array([0x61, 0x0a, 0xc3])],
    ['zeros', 'a\nx\0y\n'],
    ['a row past the limit', `a,b\n${'x'.repeat(MAX_ROW_LENGTH)},y\n`],
    ['a quote that never ends in a long file', `a\n"${'x'.repeat(5 * MAX_ROW_LENGTH)}`],
  ])('refuses %s', async (_case, file) => {
    await expect(rowsOf(file)).rejects.toMatchObject(invalid)
  })

  it.each([
    ['bytes that are no UTF-8', new Uint8Array([0x61, 0x0a, 0xe9, 0x0a]), `${INVALID}: it is not UTF-8 text`],
    ['a character that is cut off', new Uint8Array([0x61, 0x0a, 0xc3]), `${INVALID}: it is not UTF-8 text`],
    ['UTF-16', new Uint8Array([0xff, 0xfe, 0x61, 0x00]), expect.stringContaining(`${INVALID}: it `)],
    ['zeros', 'a\nx\0y\n', `${INVALID}: it holds zero bytes, as UTF-8 text does not`],
  ])('says of %s why it is no CSV', async (_case, file, message) => {
    await expect(rowsOf(file)).rejects.toMatchObject({ message })
  })

  it('takes a large file that comes in one piece', async () => {
    const row = `${'x'.repeat(MAX_ROW_LENGTH / 2)};y\n`
    const file = `a;b\n${row.repeat(10)}`
    expect(await rowsOf(file, file.length)).toHaveLength(11)
  })

  it('takes a row at the limit', async () => {
    expect((await rowsOf(`a\n${'x'.repeat(MAX_ROW_LENGTH)}\n`))[1]?.[0]).toHaveLength(MAX_ROW_LENGTH)
  })

  it('passes on what its source throws', async () => {
    async function* cut() {
      yield encoder.encode('a,b\n1,')
      throw new RangeError('the line went dead')
    }
    const read = async () => {
      for await (const _ of readRows(cut()));
    }
    await expect(read()).rejects.toThrow('the line went dead')
  })
})

describe('typeOf', () => {
  it.each([
    ['', undefined],
    ['  ', undefined],
    ['0', 'integer'],
    ['-12', 'integer'],
    [' 7 ', 'integer'],
    ['9007199254740991', 'integer'],
    ['9007199254740993', 'text'],
    ['123456789012345678901', 'text'],
    ['007', 'text'],
    ['1.5', 'real'],
    ['.5', 'real'],
    ['1e3', 'real'],
    ['1e999', 'text'],
    ['1,5', 'text'],
    ['NaN', 'text'],
    ['Infinity', 'text'],
    ['0x10', 'text'],
    ['2025-01-01', 'text'],
    ['$5', 'text'],
  ])('takes %j for %s', (cell, type) => {
    expect(typeOf(cell)).toBe(type)
  })
})

describe('cellValue', () => {
  it.each([
    ['12', 'integer', 12],
    [' 1.5', 'real', 1.5],
    ['North', 'text', 'North'],
    ['', 'text', null],
    ['', 'integer', null],
  ] as const)('makes %j of type %s into %j', (cell, type, value) => {
    expect(cellValue(cell, type)).toBe(value)
  })
})

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
    expect(columnNames(['a\u0007', '\u202ea', '\u0000', 'مرحبا', 'e\u200ff'])).toEqual([
      'a',
      'a (2)',
      'column 3',
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
      rowCount: 9,
      columns: [
        { name: 'n', type: 'integer' },
        { name: 'r', type: 'real' },
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

  it(`takes ${MAX_COLUMNS} columns and not one more`, async () => {
    const wide = (columns: number) =>
      `${Array(columns).fill('a').join(',')}\n${Array(columns).fill('1').join(',')}`
    expect((await summaryOf(wide(MAX_COLUMNS))).columns).toHaveLength(MAX_COLUMNS)
    await expect(summaryOf(wide(MAX_COLUMNS + 1))).rejects.toMatchObject({ code: 'invalid_request' })
  })
})

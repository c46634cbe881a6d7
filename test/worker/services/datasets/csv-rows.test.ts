import '../../workerd.ts'
import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { openCsv } from '../../../../worker/services/datasets/csv-rows.ts'
import { MAX_TABLE_COLUMNS } from '../../../../worker/services/datasets/query.ts'
import { MAX_ROW_LENGTH } from '../../../../worker/services/datasets/row-check.ts'
import { csvOf, rowsOf, utf16, windows1252 } from '../../csv-file.ts'

const MESSAGE = 'File must be a valid CSV file'
const invalid = { code: 'invalid_request', param: 'file', message: MESSAGE }
const pieces = [1, 2, 3, 7, 1000]
const read = (file: string | Uint8Array, bytes?: number) => rowsOf(csvOf(file, bytes))

describe('openCsv', () => {
  it.each<[string, string, string[]]>([
    ['rows', 'a,b\n1,2\n', ['a b', '1 2']],
    ['a last row without its line end', 'a,b\n1,2', ['a b', '1 2']],
    ['quotes, with commas and quotes in them', 'a\n"x, ""y"""\n', ['a', 'x, "y"']],
    ['other letters', 'stadt\nKöln 🏙\n', ['stadt', 'Köln 🏙']],
    ['no empty lines', 'a\n\n1\n\n', ['a', '1']],
    ['nothing', '', []],
  ])('reads %s, however the bytes are cut', async (_case, file, rows) => {
    for (const bytes of pieces) expect((await read(file, bytes)).map((row) => row.join(' '))).toEqual(rows)
  })

  it.each([
    ['of Windows', 'sales,region\r\n10,North\r\n20,South\r\n30,North\r\n'],
    ['of Unix', 'sales,region\n10,North\n20,South\n30,North\n'],
    ['of old Macs', 'sales,region\r10,North\r20,South\r30,North\r'],
    ['that are mixed', 'sales,region\n10,North\r\n20,South\r\n30,North'],
    ['that are mixed otherwise', 'sales,region\r\n10,North\r20,South\n30,North\r'],
    ['that were doubled', 'sales,region\r\r\n10,North\r\r\n20,South\r\r\n30,North\r\r\n'],
    ['behind quotes', '"sales","region"\r\n"10","North"\n"20","South"\r"30","North"'],
  ])('takes line ends %s', async (_case, file) => {
    for (const bytes of pieces)
      expect(await read(file, bytes)).toEqual([
        ['sales', 'region'],
        ['10', 'North'],
        ['20', 'South'],
        ['30', 'North'],
      ])
  })

  it('takes mixed line ends of one column', async () => {
    expect(await read('city\r\nNYC\nLA\nSF\n')).toEqual([['city'], ['NYC'], ['LA'], ['SF']])
  })

  it('keeps line ends within quotes as they are', async () => {
    expect(await read('a,b\r\n"x\r\ny\nz\rw",1\n')).toEqual([
      ['a', 'b'],
      ['x\r\ny\nz\rw', '1'],
    ])
  })

  it.each([
    ['semicolons', ';', 'a;b\n1,5;2\n'],
    ['tabs', '\t', 'a\tb\n1,5\t2\n'],
    ['bars', '|', 'a|b\n1,5|2\n'],
    ['commas', ',', 'a,b\n"1,5",2\n'],
    ['semicolons behind the mark of UTF-8 and empty lines', ';', '\ufeff\n\na;b\n1,5;2\n'],
    ['what Excel’s first line says', ';', 'sep=;\r\na;b\r\n1,5;2\r\n'],
    ['what that line says against the header', '\t', 'SEP=\t\na\tb\n1,5\t2\n'],
    ['what that line says in quotes', ';', '"sep=;"\na;b\n1,5;2\n'],
    ['a sign that only that line names', '^', 'sep=^\na^b\n1,5^2\n'],
  ])('finds its cells between %s', async (_case, delimiter, file) => {
    for (const bytes of pieces) {
      const csv = csvOf(file, bytes)
      expect(await rowsOf(csv)).toEqual([
        ['a', 'b'],
        ['1,5', '2'],
      ])
      expect(csv.format().delimiter).toBe(delimiter)
    }
  })

  it.each<[string, string, string[][]]>([
    [
      'what the header has most of',
      'sum, net;day;place\n1;2;3,4\n',
      [
        ['sum, net', 'day', 'place'],
        ['1', '2', '3,4'],
      ],
    ],
    [
      'what all rows have as many of',
      'sum, net;day\n1,5;2\n3;4',
      [
        ['sum, net', 'day'],
        ['1,5', '2'],
        ['3', '4'],
      ],
    ],
    [
      'a comma where both fit',
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
    ['a header without a line end', 'a;b', [['a', 'b']]],
    ['a single column with semicolons below its header', 'a\n1;2\n', [['a'], ['1;2']]],
    [
      'a column that is called like Excel’s line',
      'sep=a,b\n1,2\n',
      [
        ['sep=a', 'b'],
        ['1', '2'],
      ],
    ],
  ])('separates by %s', async (_case, file, rows) => {
    for (const bytes of pieces) expect(await read(file, bytes)).toEqual(rows)
  })

  it('separates by what is preferred where the header has any of it', async () => {
    const known = { preferred: '\t' }
    const tabs = csvOf('a, b, c\td\n1\t2\n', 3, known)
    expect([await rowsOf(tabs), tabs.format().delimiter]).toEqual([
      [
        ['a, b, c', 'd'],
        ['1', '2'],
      ],
      '\t',
    ])
    expect(await rowsOf(csvOf('a;b\n1;2\n', 3, known))).toEqual([
      ['a', 'b'],
      ['1', '2'],
    ])
  })

  it('reads what it is told to without looking for it again', async () => {
    const known = { delimiter: ',', encoding: 'windows-1252' } as const
    expect(await rowsOf(csvOf('sep=,\na;b;c,d\nÃ,2\n', 3, known))).toEqual([
      ['a;b;c', 'd'],
      ['Ãƒ', '2'],
    ])
  })

  it.each([
    ['the empty cells at a row’s end that Excel leaves out', 'a,b,c\n1,2,3\n4,5\n6,7,\n', 1],
    ['separators too many at a row’s end', 'a,b,c\n1,2,3,,\n4,5,,\n6,7,, \n', 0],
    ['rows of separators alone', ',,,\na,b,c\n,,\n1,2,3\n4,5,\n \n6,7,\n,,\n', 0],
  ])('takes %s', async (_case, file, shortRows) => {
    const csv = csvOf(file)
    expect(await rowsOf(csv)).toEqual([
      ['a', 'b', 'c'],
      ['1', '2', '3'],
      ['4', '5', ''],
      ['6', '7', ''],
    ])
    expect(csv.format().shortRows).toBe(shortRows)
  })

  it('makes no error of a row that is short', async () => {
    // V8 has it, and the parser calls it; the types of Workers do not know it.
    const made = vi.spyOn(Error as unknown as { captureStackTrace: () => void }, 'captureStackTrace')
    const csv = csvOf(`a,b,c\n${'1,2\n'.repeat(100)}`)
    expect(await rowsOf(csv)).toHaveLength(101)
    expect(csv.format().shortRows).toBe(100)
    expect(made).not.toHaveBeenCalled()
    made.mockRestore()
  })

  it('keeps an empty cell of a single column', async () => {
    expect(await read('a\n1\n""\n \n3\n')).toEqual([['a'], ['1'], [''], [' '], ['3']])
  })

  it.each<[string, string, number, string]>([
    ['a row too long', 'a,b\n1,2\n1,2,3\n', 3, 'the row has 3 cells, and the header 2'],
    [
      'a row without any separator',
      'a,b\r\n\r\n"x\r\ny",2\r\n\r\n1\r\n',
      6,
      'the row has 1 cell, and the header 2',
    ],
    [
      'a row behind lines in quotes',
      'a,b\r"1\r2\n3\r\n4",2\r1,2,3\r',
      6,
      'the row has 3 cells, and the header 2',
    ],
    [
      'a title above the header',
      'Sales of May\n\nday,sales\n1,2\n',
      3,
      'the row has 2 cells, and the header 1',
    ],
    ['a quote that never ends', 'a\n1\n"x\ny\nz\n', 3, 'a quote is opened and never closed'],
    ['a quote within text', 'a\n\n\nx"y\n', 4, 'a quote stands within a cell that does not begin with one'],
    ['text behind a quote', 'a\n1\n"x"y\n', 3, 'text stands behind the closing quote of a cell'],
    ['zeros', 'a\nx\0y\n', 2, 'it holds zero bytes, as UTF-16 without its byte order mark does'],
    [
      'a row past the limit',
      `a,b\n${'x'.repeat(MAX_ROW_LENGTH)},y\n`,
      2,
      'the row is longer than 262144 characters; perhaps a quote in it is never closed',
    ],
    [
      'a quote that never ends in a long file',
      `a\n"${'x\n'.repeat(5 * MAX_ROW_LENGTH)}`,
      2,
      'the row is longer than 262144 characters; perhaps a quote in it is never closed',
    ],
    [
      'a header that never ends',
      `"${'x\n'.repeat(5 * MAX_ROW_LENGTH)}`,
      1,
      'the row is longer than 262144 characters; perhaps a quote in it is never closed',
    ],
  ])('refuses %s, and says where and why', async (_case, file, line, cause) => {
    const bytes = file.length < 100 ? pieces : [1 << 16]
    for (const size of bytes)
      await expect(read(file, size)).rejects.toMatchObject({ ...invalid, flaw: { line, cause } })
  })

  it('refuses a picture', async () => {
    const picture = new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0x00])
    await expect(read(picture)).rejects.toMatchObject(invalid)
  })

  const tooWide = { code: 'too_large', message: `A dataset has at most ${MAX_TABLE_COLUMNS} columns` }
  it.each([
    ['a header', (width: number) => `${','.repeat(width - 1)}a\n`, 1],
    [
      'a row',
      (width: number) =>
        `${'a,'.repeat(MAX_TABLE_COLUMNS)}\n\n${','.repeat(width - 1)}a\n`.replace(',\n', '\n'),
      3,
    ],
  ])('counts the columns of %s while it is read', async (_case, file, line) => {
    expect((await read(file(MAX_TABLE_COLUMNS)))[0]).toHaveLength(MAX_TABLE_COLUMNS)
    for (const width of [MAX_TABLE_COLUMNS + 1, 50_000_000])
      await expect(read(file(width))).rejects.toMatchObject({ ...tooWide, flaw: { line } })
  })

  it('takes a large file that comes in one piece', async () => {
    const row = `${'x'.repeat(MAX_ROW_LENGTH / 2)};y\n`
    const file = `a;b\n${row.repeat(10)}`
    expect(await read(file, file.length)).toHaveLength(11)
  })

  it('takes a row at the limit', async () => {
    expect((await read(`a\n${'x'.repeat(MAX_ROW_LENGTH)}\n`))[1]?.[0]).toHaveLength(MAX_ROW_LENGTH)
  })

  it('passes on what its source throws', async () => {
    async function* cut() {
      yield new TextEncoder().encode('a,b\n1,')
      throw new RangeError('the line went dead')
    }
    await expect(rowsOf(openCsv(cut()))).rejects.toThrow('the line went dead')
  })

  describe('of a table that was written in any way', () => {
    const FORMATS = ['utf-8', 'utf-8 with its mark', 'utf-16le', 'utf-16be', 'windows-1252'] as const
    const written = (text: string, format: (typeof FORMATS)[number]) => {
      if (format === 'windows-1252') return windows1252(text)
      if (format.startsWith('utf-16')) return utf16(text, format === 'utf-16le')
      return new TextEncoder().encode(`${format === 'utf-8' ? '' : '\ufeff'}${text}`)
    }
    /** Whether bytes are UTF-8 too, of another text: é”” of windows-1252 is one letter of Chinese. */
    const isOtherText = (bytes: Uint8Array, text: string): boolean => {
      try {
        return !text.startsWith(new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(bytes))
      } catch {
        return false
      }
    }
    /** Letters that every encoding has, and all that has a meaning in a CSV. */
    const cell = fc.string({ unit: fc.constantFrom(...'ab0 é€“”,;\t|"\r\n='), maxLength: 8 })
    const table = fc
      .integer({ min: 2, max: 5 })
      .chain((width) =>
        fc.array(fc.array(cell, { minLength: width, maxLength: width }), { minLength: 1, maxLength: 6 }),
      )
      // A blank record is no row, and the header decides what separates.
      .map(([header = [], ...rows]) => [
        header.map((_, index) => `h${index}`),
        ...rows.map((row) => ['x', ...row.slice(1)]),
      ])

    it('reads the same table', async () => {
      const layout = fc.record({
        delimiter: fc.constantFrom(',', ';', '\t', '|'),
        ends: fc.array(fc.constantFrom('\n', '\r\n', '\r'), { minLength: 1, maxLength: 4 }),
        quotesAll: fc.boolean(),
        saysSeparator: fc.boolean(),
        endsLine: fc.boolean(),
        format: fc.constantFrom(...FORMATS),
        pieceBytes: fc.integer({ min: 1, max: 40 }),
      })
      await fc.assert(
        fc.asyncProperty(table, layout, async (rows, given) => {
          const { delimiter, ends, quotesAll, saysSeparator, endsLine, format, pieceBytes } = given
          const quoted = (text: string) =>
            quotesAll || /[",;\t|\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
          const lines = rows.map((row) => row.map(quoted).join(delimiter))
          if (saysSeparator) lines.unshift(`sep=${delimiter}`)
          const text = lines.map((line, index) => `${line}${ends[index % ends.length]}`).join('')
          const file = written(endsLine ? text : text.replace(/(\r\n|\r|\n)$/, ''), format)
          fc.pre(format !== 'windows-1252' || !isOtherText(file, text))
          const csv = csvOf(file, pieceBytes)
          expect(await rowsOf(csv)).toEqual(rows)
          expect(csv.format()).toMatchObject({ delimiter, shortRows: 0 })
          // What was found reads the same again.
          expect(await rowsOf(csvOf(file, 64, csv.format()))).toEqual(rows)
        }),
        { numRuns: 300 },
      )
    })
  })
})

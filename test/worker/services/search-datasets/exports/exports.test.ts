import '../../../workerd.ts'
import { parquetMetadata, parquetReadObjects } from 'hyparquet'
import { describe, expect, it } from 'vitest'
import { refusalOf, surveyFile } from '../../../../../worker/services/files/rows/row-survey.ts'
import {
  type DatasetRow,
  firstPart,
  lineOf,
  MAX_LINE_BYTES,
  PART_CHARACTERS,
  ROW_COLUMNS,
} from '../../../../../worker/services/search-datasets/exports/dataset-row.ts'
import type { FilePlace } from '../../../../../worker/services/search-datasets/exports/file-place.ts'
import { parquetPiece } from '../../../../../worker/services/search-datasets/exports/parquet-bytes.ts'
import { rowsIn } from '../../../../../worker/services/search-datasets/exports/row-lines.ts'
import { csvBytes, jsonBytes } from '../../../../../worker/services/search-datasets/exports/text-bytes.ts'

const row = (over: Partial<DatasetRow> = {}): DatasetRow => ({
  text: 'The report.',
  title: null,
  filename: 'report.txt',
  source_id: '6921b2a00123456789abcdef',
  part: 1,
  parts: 1,
  pages: null,
  tokens: 3,
  quality: 0.5,
  ...over,
})

const ROWS = [
  row({ text: 'Line one\nline "two", and\r\nthree 😀', title: 'A title', pages: 12, quality: 0.875 }),
  row({ text: '=HYPERLINK("http://example.com")', title: '+1', filename: '@home.txt', tokens: 0 }),
  row({ text: 'ünïcödé 監査 \u0000 \u2028', part: 2, parts: 2 }),
]

/** A text in the parts that are rows, each made of no more of it than it may depend on. */
function partsOf(text: string): string[] {
  const parts: string[] = []
  for (let at = 0; at < text.length; at += parts.at(-1)?.length ?? 0)
    parts.push(firstPart(text.slice(at, at + PART_CHARACTERS + 1)))
  return parts
}

const parquetBytes = (rows: AsyncIterable<DatasetRow>) => parquetPiece(rows).bytes

async function* from(rows: readonly DatasetRow[]) {
  yield* rows
}

async function whole(bytes: AsyncIterable<Uint8Array>): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array<ArrayBuffer>[] = []
  for await (const chunk of bytes) chunks.push(new Uint8Array(chunk))
  return new Uint8Array(await new Blob(chunks).arrayBuffer())
}
const textOf = async (bytes: AsyncIterable<Uint8Array>) => new TextDecoder().decode(await whole(bytes))

async function* lines(rows: readonly DatasetRow[]) {
  for (const one of rows) yield lineOf(one)
}

/** The cells of CSV (RFC 4180), read one character after the other. */
function cellsOf(csv: string): string[][] {
  const rows: string[][] = [[]]
  let [cell, isQuoted] = ['', false]
  for (let at = 0; at < csv.length; at += 1) {
    const character = csv.charAt(at)
    if (isQuoted && character === '"' && csv.charAt(at + 1) === '"') {
      cell += '"'
      at += 1
    } else if (character === '"') isQuoted = !isQuoted
    else if (!isQuoted && (character === ',' || csv.startsWith('\r\n', at))) {
      rows.at(-1)?.push(cell)
      cell = ''
      if (character === '\r') {
        rows.push([])
        at += 1
      }
    } else cell += character
  }
  return rows.slice(0, -1)
}

const readBack = async (file: Uint8Array<ArrayBuffer>) =>
  // The types of the columns are those of the schema.
  (await parquetReadObjects({ file: file.buffer })) as DatasetRow[]

describe('the rows of a dataset', () => {
  it('are the same in the same order in every format', async () => {
    const jsonl = (await textOf(lines(ROWS))).trimEnd().split('\n')
    expect(jsonl.map((line) => JSON.parse(line))).toEqual(ROWS)
    expect(JSON.parse(await textOf(jsonBytes(from(ROWS))))).toEqual(ROWS)
    const parquet = await readBack(await whole(parquetBytes(from(ROWS))))
    expect(
      parquet.map(({ title, pages, ...others }) => ({
        ...others,
        title: title ?? null,
        pages: pages ?? null,
      })),
    ).toEqual(ROWS)
    const cells = cellsOf(await textOf(csvBytes(from(ROWS))))
    expect(cells).toHaveLength(ROWS.length + 1)
    expect(cells[0]).toEqual([...ROW_COLUMNS])
    const plain = (value: string) => value.replace(/^'(?=[=+\-@\t\r])/, '')
    expect(cells.slice(1).map((cell) => cell.map(plain))).toEqual(
      ROWS.map((one) => ROW_COLUMNS.map((column) => String(one[column] ?? ''))),
    )
  })

  it('are rows to train on as they are in JSONL', async () => {
    const long = partsOf('A paragraph of some words.\n\n'.repeat(40_000))
    const rows = [...ROWS, ...long.map((text, index) => row({ text, part: index + 1, parts: long.length }))]
    const checked = surveyFile()
    for (const one of rows) checked.write(lineOf(one))
    const survey = checked.end()
    expect(survey).toMatchObject({ type: 'completion', rows: rows.length })
    expect(refusalOf(survey)).toBeUndefined()
  })

  it('hold no formula in CSV', async () => {
    const formulas = ['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1']
    const cells = cellsOf(await textOf(csvBytes(from(formulas.map((text) => row({ text }))))))
    for (const [text = ''] of cells.slice(1)) expect(text).toMatch(/^'/)
  })

  it('of which there are none are a file too', async () => {
    expect(await textOf(jsonBytes(from([])))).toBe('[]\n')
    expect(await textOf(csvBytes(from([])))).toBe(`${ROW_COLUMNS.join(',')}\r\n`)
    expect(await readBack(await whole(parquetBytes(from([]))))).toEqual([])
  })

  it('are read back from any pieces of their lines', async () => {
    const bytes = await whole(lines(ROWS))
    for (const size of [1, 7, 1_000]) {
      const stream = new ReadableStream<Uint8Array>({
        start(controller) {
          for (let at = 0; at < bytes.length; at += size) controller.enqueue(bytes.slice(at, at + size))
          controller.close()
        },
      })
      const read: DatasetRow[] = []
      for await (const one of rowsIn(stream)) read.push(one)
      expect(read).toEqual(ROWS)
    }
  })

  it('are the same file, but for its groups, where they are written in pieces', async () => {
    const pieces = [[ROWS[0] ?? row(), ROWS[1] ?? row()], [], [ROWS[2] ?? row()]]
    const inPieces = async (
      write: (
        rows: AsyncIterable<DatasetRow>,
        place: FilePlace,
      ) => AsyncIterable<Uint8Array> | Promise<Uint8Array>,
    ) => {
      const written: Uint8Array<ArrayBuffer>[] = []
      for (const [index, piece] of pieces.entries()) {
        const at = written.reduce((sum, { length }) => sum + length, 0)
        const made = await write(from(piece), { at, isLast: index === pieces.length - 1 })
        written.push(made instanceof Uint8Array ? new Uint8Array(made) : await whole(made))
      }
      return new Uint8Array(await new Blob(written).arrayBuffer())
    }
    expect(await inPieces(jsonBytes)).toEqual(await whole(jsonBytes(from(ROWS))))
    expect(await inPieces(csvBytes)).toEqual(await whole(csvBytes(from(ROWS))))
    const memos: string[] = []
    const parquet = await inPieces(async (rows, place) => {
      const piece = parquetPiece(rows, place, place.isLast ? memos : [])
      const bytes = await whole(piece.bytes)
      memos.push(piece.memo())
      return bytes
    })
    expect(await readBack(parquet)).toEqual(await readBack(await whole(parquetBytes(from(ROWS)))))
    const { row_groups: groups, num_rows: count } = parquetMetadata(parquet.buffer)
    expect([groups.map(({ num_rows }) => num_rows), count]).toEqual([[2n, 1n], 3n])
  })

  it('are compressed in row groups in Parquet', async () => {
    const many = Array.from({ length: 20_001 }, (_, index) => row({ tokens: index }))
    const file = await whole(parquetBytes(from(many)))
    const metadata = parquetMetadata(file.buffer)
    expect(metadata.row_groups.map(({ num_rows }) => Number(num_rows))).toEqual([10_000, 10_000, 1])
    for (const { columns } of metadata.row_groups)
      for (const { meta_data } of columns) expect(meta_data?.codec).toBe('SNAPPY')
    expect((await readBack(file)).map(({ tokens }) => tokens)).toEqual(many.map(({ tokens }) => tokens))
  })
})

describe('a text that is too long for a line', () => {
  it.each([
    ['paragraphs', 'A paragraph of some words.\n\n'.repeat(40_000)],
    ['nothing to cut it at', 'x'.repeat(1_000_000)],
    ['characters of two halves', '😀'.repeat(400_000)],
    ['characters that JSON spells long', '\u0001'.repeat(500_000)],
  ])('comes in parts that fit, and are it together: %s', (_what, text) => {
    const parts = partsOf(text)
    expect(parts.join('')).toBe(text)
    for (const part of parts) {
      expect(lineOf(row({ text: part })).length).toBeLessThanOrEqual(MAX_LINE_BYTES)
      expect(part.isWellFormed()).toBe(true)
    }
  })

  it('is one part up to its limit', () => {
    expect(partsOf('a'.repeat(250_000))).toHaveLength(1)
    expect(partsOf('a'.repeat(250_001))).toHaveLength(2)
    expect(partsOf('')).toEqual([])
  })
})

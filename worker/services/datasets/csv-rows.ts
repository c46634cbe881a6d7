import { Buffer } from 'node:buffer'
import { CsvError, parse } from 'csv-parse/stream'
import { AppError } from '../../../shared/errors.ts'
import { visibleOf } from '../../../shared/visible-text.ts'
import type { DatasetColumn } from '../../db/schema.ts'
import { type Delimiter, delimiterSearch } from './delimiter.ts'

/** Longest row of a file, in characters (UTF-16) of its cells, and most columns. */
export const MAX_ROW_LENGTH = 256 * 1024
export const MAX_COLUMNS = 1_000

/** A character of UTF-16 is at most three bytes of UTF-8, and quotes are doubled. */
const MAX_ROW_BYTES = 4 * MAX_ROW_LENGTH

/** Rows of a file that are shown beside what it is called. */
export const PREVIEW_ROWS = 5

const INVALID = 'File must be a valid CSV file'
const EMPTY = 'Dataset file is empty'

/** The contract's sentence, and what is wrong where that can be said. */
const invalid = (reason?: string, cause?: unknown) =>
  new AppError('invalid_request', reason === undefined ? INVALID : `${INVALID}: ${reason}`, {
    param: 'file',
    cause,
  })

const NOT_UTF8 = 'it is not UTF-8 text'
const NOT_TEXT = 'it holds zero bytes, as UTF-8 text does not'

/** Checks that bytes are UTF-8 text, piece by piece; without a piece, that they ended as such. Throws `invalid_request`. */
function textCheck() {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  return (bytes?: Uint8Array): void => {
    if (bytes?.includes(0)) throw invalid(NOT_TEXT)
    try {
      if (bytes) decoder.decode(bytes, { stream: true })
      else decoder.decode()
    } catch (thrown) {
      throw invalid(NOT_UTF8, thrown)
    }
  }
}

/** A parser that keeps the rows which it has read until they are taken. */
function openParser(delimiter: Delimiter) {
  let rows: string[][] = []
  const parser = parse({
    bom: true,
    delimiter,
    // A bound for a quote that never ends, in bytes; what a row may hold is counted below.
    max_record_size: MAX_ROW_BYTES,
    skip_empty_lines: true,
    // Taken here, one chunk's at a time: a stream would hand out each row by itself.
    on_record: (row) => {
      if (row.reduce((length, cell) => length + cell.length, 0) > MAX_ROW_LENGTH) throw invalid()
      rows.push(row)
      return null
    },
  })
  const writer = parser.writable.getWriter()
  writer.closed.catch(() => {})
  // Nothing comes out of it but its failure, which is not told to who closes it.
  const parsed = parser.readable.pipeTo(new WritableStream())
  parsed.catch(() => {})
  return {
    // The parser joins what it is given with what is left: it needs Node's kind of bytes.
    write: (chunk: Uint8Array) => writer.write(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)),
    close: () => Promise.all([writer.close(), parsed]),
    abort: () => writer.abort().catch(() => {}), // closed already, or nobody wants more
    taken() {
      const some = rows
      rows = []
      return some
    },
  }
}

/**
 * The rows of a CSV file (RFC 4180, UTF-8 with or without its mark; cells separated by commas, semicolons or tabs, see
 * `delimiterSearch`), some at a time as the bytes come; the header is the first. Throws `invalid_request` for what is none:
 * other bytes than text, rows of different lengths, a quote without end.
 */
export async function* readRows(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<string[][], void, void> {
  const search = delimiterSearch()
  const requireText = textCheck()
  /** What has come before the header line has ended. */
  const held: Uint8Array[] = []
  let heldBytes = 0
  let parser: ReturnType<typeof openParser> | undefined
  try {
    for await (const chunk of bytes) {
      requireText(chunk)
      held.push(chunk)
      if (!parser) {
        heldBytes += chunk.byteLength
        if (!search.read(chunk)) {
          if (heldBytes > MAX_ROW_BYTES) throw invalid()
          continue
        }
        parser = openParser(search.found())
      }
      for (const waiting of held.splice(0)) await parser.write(waiting)
      yield parser.taken()
    }
    requireText()
    parser ??= openParser(search.found())
    for (const waiting of held.splice(0)) await parser.write(waiting)
    await parser.close()
    yield parser.taken()
  } catch (thrown) {
    if (thrown instanceof CsvError) throw invalid(undefined, thrown)
    throw thrown
  } finally {
    parser?.abort()
  }
}

/** Digits of a whole number without a sign to lose: `007` is a name, and so is a number that a double would change. */
const INTEGER = /^[+-]?(?:0|[1-9]\d{0,15})$/
const REAL = /^[+-]?(?:(?:0|[1-9]\d*)(?:\.\d*)?|\.\d+)(?:e[+-]?\d{1,3})?$/i

type ColumnType = DatasetColumn['type']

/** What a cell holds; undefined where it holds nothing. */
export function typeOf(cell: string): ColumnType | undefined {
  const text = cell.trim()
  if (text === '') return undefined
  if (INTEGER.test(text)) return Number.isSafeInteger(Number(text)) ? 'integer' : 'text'
  const isReal = REAL.test(text) && Number.isFinite(Number(text)) && !/^[+-]?\d{16,}$/.test(text)
  return isReal ? 'real' : 'text'
}

/** The type that holds both. */
function widened(a: ColumnType | undefined, b: ColumnType | undefined): ColumnType | undefined {
  if (a === undefined || b === undefined || a === b) return a ?? b
  return a === 'text' || b === 'text' ? 'text' : 'real'
}

/** A cell as its column holds it; an empty one is null. */
export function cellValue(cell: string, type: ColumnType): string | number | null {
  if (cell.trim() === '') return null
  return type === 'text' ? cell : Number(cell)
}

/** Characters of a column's name; of a longer one the rest is left away. */
const MAX_COLUMN_NAME_LENGTH = 100

/**
 * Names for columns, each once, of what can be seen of the header: what it leaves empty is called by its place (pandas writes
 * its index so), what it repeats is counted.
 */
export function columnNames(headers: readonly string[]): string[] {
  const taken = new Set<string>()
  return headers.map((header, index) => {
    const seen = visibleOf(header.replaceAll(/\s+/g, ' ')).trim()
    const name = seen.slice(0, MAX_COLUMN_NAME_LENGTH).toWellFormed() || `column ${index + 1}`
    let unique = name
    for (let count = 2; taken.has(unique); count += 1) unique = `${name} (${count})`
    taken.add(unique)
    return unique
  })
}

export interface DatasetSummary {
  rowCount: number
  columns: DatasetColumn[]
  preview: { headers: string[]; rows: string[][] }
}

/** What the rows of a file are. Throws `invalid_request` when there are none, or too many columns. */
export async function summarize(batches: AsyncIterable<string[][]>): Promise<DatasetSummary> {
  let headers: string[] | undefined
  let rowCount = 0
  const first: string[][] = []
  const types: (ColumnType | undefined)[] = []
  for await (const batch of batches) {
    for (const row of batch) {
      if (!headers) {
        headers = row
        if (headers.length > MAX_COLUMNS)
          throw new AppError('invalid_request', `A dataset has at most ${MAX_COLUMNS} columns`, {
            param: 'file',
          })
        continue
      }
      rowCount += 1
      if (first.length < PREVIEW_ROWS) first.push(row)
      for (let index = 0; index < headers.length; index += 1) {
        if (types[index] !== 'text') types[index] = widened(types[index], typeOf(row[index] ?? ''))
      }
    }
  }
  if (!headers || rowCount === 0) throw new AppError('invalid_request', EMPTY, { param: 'file' })
  const columns = columnNames(headers).map((name, index) => ({
    name,
    type: types[index] ?? ('text' as const),
  }))
  return { rowCount, columns, preview: { headers, rows: first } }
}

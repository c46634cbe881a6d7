import { Buffer } from 'node:buffer'
import { CsvError, Parser } from 'csv-parse'
import { AppError } from '../../../../shared/errors.ts'

/** Most bytes of the cells of one record: what is more is a quote that never ends. */
export const MAX_RECORD_BYTES = 256 * 1024
export const MAX_COLUMNS = 5_000

/** A record of a CSV file under its header. */
export interface CsvRecord {
  /** The line on which it begins, from 1. */
  line: number
  /** The cell under the first column of this name, without white space around it; undefined where it is empty or missing. */
  get(name: string): string | undefined
  /** The cells under every column of this name that hold something. */
  all(name: string): string[]
}

/** The sentence for a file that cannot be read from one of its lines on. */
export const badLine = (line: number, what: string, cause?: unknown): AppError =>
  new AppError('invalid_request', `Line ${line}: ${what}.`, { flaw: { line, cause: what }, cause })

const DELIMITERS = [',', ';', '\t'] as const

/** The delimiter that a header has most of, outside of quotes. */
function delimiterOf(header: string): string {
  const bare = header.replaceAll(/"[^"]*"/g, '')
  const counts = DELIMITERS.map((delimiter) => ({ delimiter, count: bare.split(delimiter).length }))
  return counts.toSorted((a, b) => b.count - a.count)[0]?.delimiter ?? ','
}

/** Text of bytes that are UTF-8, with or without a byte order mark. Throws `invalid_request`. */
export function textOf() {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false })
  return (bytes?: Uint8Array): string => {
    try {
      return bytes ? decoder.decode(bytes, { stream: true }) : decoder.decode()
    } catch (cause) {
      throw new AppError('invalid_request', 'The file is not UTF-8 text.', { cause })
    }
  }
}

type Row = { line: number; cells: readonly string[] }

/** The parser joins what it is given with what is left: it needs Node's kind of bytes. */
function bytesOf(text: string): Uint8Array {
  const bytes = new TextEncoder().encode(text)
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/** A parser whose rows are taken as they come. */
function openParser(delimiter: string) {
  let rows: Row[] = []
  const { api } = new Parser({
    delimiter,
    record_delimiter: ['\r\n', '\n', '\r'],
    relax_column_count: true,
    ignore_last_delimiters: MAX_COLUMNS + 1,
    // It looks before it takes the next byte, and so lets one more pass than it is told.
    max_record_size: MAX_RECORD_BYTES - 1,
    skip_empty_lines: true,
    on_record: (cells, { lines }) => {
      const inner = cells.reduce((sum, cell) => sum + cell.split('\n').length - 1, 0)
      rows.push({ line: lines - inner, cells })
      return null
    },
  })
  return (text: string | undefined): Row[] => {
    const failure = api.parse(
      text === undefined ? undefined : bytesOf(text),
      text === undefined,
      () => {},
      () => {},
    )
    if (failure instanceof CsvError) throw badLine(failure.lines, 'it is not valid CSV', failure)
    if (failure) throw failure
    const taken = rows
    rows = []
    return taken
  }
}

/** Cells by the names of their columns, of which several may be the same. */
function columnsOf({ cells }: Row) {
  const places = new Map<string, number[]>()
  for (const [index, cell] of cells.entries()) {
    const name = cell.trim()
    places.set(name, [...(places.get(name) ?? []), index])
  }
  const recordOf = ({ line, cells: values }: Row): CsvRecord => {
    const all = (name: string) =>
      (places.get(name) ?? []).flatMap((index) => {
        const cell = values[index]?.trim() ?? ''
        return cell === '' ? [] : [cell]
      })
    return { line, all, get: (name) => all(name)[0] }
  }
  return { names: [...places.keys()], recordOf }
}

/** The text of a file behind its first line, which decides what separates its cells. */
async function* withDelimiter(bytes: AsyncIterable<Uint8Array>) {
  const decode = textOf()
  let head = ''
  let parse: ReturnType<typeof openParser> | undefined
  const begin = () => openParser(delimiterOf(head.split(/[\r\n]/, 1)[0] ?? ''))
  for await (const chunk of bytes) {
    const text = decode(chunk)
    if (parse) yield parse(text)
    else {
      head += text
      if (!/[\r\n]/.test(head) && head.length < MAX_RECORD_BYTES) continue
      parse = begin()
      yield parse(head)
    }
  }
  const rest = decode()
  if (parse) yield parse(rest)
  else {
    head += rest
    parse = begin()
    yield parse(head)
  }
  yield parse(undefined)
}

/**
 * The records of a CSV file as its bytes come: UTF-8 with or without a mark, RFC 4180, separated by commas, semicolons or tabs.
 * `check` sees the names of the columns before anything else. Throws `invalid_request`, with the line.
 */
export async function* csvRecords(
  bytes: AsyncIterable<Uint8Array>,
  check: (names: readonly string[]) => void,
): AsyncGenerator<CsvRecord, void, void> {
  let columns: ReturnType<typeof columnsOf> | undefined
  for await (const rows of withDelimiter(bytes)) {
    for (const row of rows) {
      if (columns) {
        yield columns.recordOf(row)
        continue
      }
      if (row.cells.length > MAX_COLUMNS) throw badLine(row.line, `it has more than ${MAX_COLUMNS} columns`)
      columns = columnsOf(row)
      check(columns.names)
    }
  }
  if (!columns) throw new AppError('invalid_request', 'The file is empty.')
}

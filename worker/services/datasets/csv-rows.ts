import { Buffer } from 'node:buffer'
import { CsvError, Parser } from 'csv-parse'
import type { DatasetEncoding } from '../../db/tables/datasets.ts'
import { delimiterSearch } from '../text/delimiter.ts'
import { textDecoding } from '../text/encoding.ts'
import { invalidCsv } from './csv-flaw.ts'
import { MAX_TABLE_COLUMNS } from './query.ts'
import { MAX_ROW_LENGTH, rowCheck } from './row-check.ts'

/** A character of UTF-16 is at most three bytes of UTF-8, and quotes are doubled. */
const MAX_ROW_BYTES = 4 * MAX_ROW_LENGTH

/** How a file is written. */
export interface CsvFormat {
  encoding: DatasetEncoding
  delimiter: string
}

/**
 * The format of a file as far as it is known before it is read; `preferred` separates its cells if its header has some of
 * it.
 */
export interface KnownFormat extends Partial<CsvFormat> {
  preferred?: string
}

export interface CsvFile {
  /** Some rows at a time as the bytes come; the header is the first. */
  batches: AsyncGenerator<string[][], void, void>
  /** Once all has been read. */
  format: () => CsvFormat & { shortRows: number }
}

type RowCheck = ReturnType<typeof rowCheck>

/** A parser that keeps the rows which it has read until they are taken. Reading throws. */
function openParser(delimiter: string, check: RowCheck) {
  let rows: string[][] = []
  // Without its stream, which would hand out each row by itself.
  const { api, state } = new Parser({
    delimiter,
    // The first that fits counts: a CRLF is one.
    record_delimiter: ['\r\n', '\n', '\r'],
    relax_column_count: true,
    // One more than is taken: the rest of a row that never ends is one cell, whose length is bounded below.
    ignore_last_delimiters: MAX_TABLE_COLUMNS + 1,
    // A bound for a quote that never ends, in bytes; what a row may hold is counted in characters.
    max_record_size: MAX_ROW_BYTES,
    skip_empty_lines: true,
    on_record: (record, info) => {
      const row = check.take(record, info)
      if (row) rows.push(row)
      return null
    },
  })
  // Of each record that is not as long as the first it makes an error, which nobody sees and which takes 50 µs: so each is.
  Object.defineProperty(state, 'expectedRecordLength', { get: () => state.record.length, set: () => {} })

  function read(bytes: Uint8Array | undefined): void {
    const failure = api.parse(
      bytes,
      bytes === undefined,
      () => {},
      () => {},
    )
    if (failure) throw failure
  }
  return {
    // The parser joins what it is given with what is left: it needs Node's kind of bytes.
    write: (chunk: Uint8Array) => read(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)),
    end: () => read(undefined),
    taken() {
      const some = rows
      rows = []
      return some
    },
  }
}

/** Holds a file's first bytes until they show what separates its cells. */
function openHead({ delimiter, preferred }: KnownFormat) {
  const search = delimiterSearch(preferred)
  let heldBytes = 0
  let found = delimiter
  return {
    take(bytes: Uint8Array): void {
      if (found !== undefined) return
      heldBytes += bytes.byteLength
      if (!search.read(bytes) && heldBytes <= MAX_ROW_BYTES) return
      found = search.found(false)
    },
    end: (): string => (found ??= search.found(true)),
    found: () => found,
  }
}

/**
 * Reads a CSV file: text as `textDecoding` takes it, records that end in CRLF, LF or CR, cells separated as `delimiterSearch`
 * finds, quoted as in RFC 4180, rows as `rowCheck` makes them. Reading throws `invalid_request` for what is none, and
 * `too_large` for too many columns, both with what is wrong and where.
 */
export function openCsv(bytes: AsyncIterable<Uint8Array>, known: KnownFormat = {}): CsvFile {
  const decoding = textDecoding({ known: known.encoding, refusal: invalidCsv })
  const head = openHead(known)
  const check = rowCheck()

  async function* batches(): AsyncGenerator<string[][], void, void> {
    const held: Uint8Array[] = []
    let parser: ReturnType<typeof openParser> | undefined
    const parse = (delimiter: string) => {
      parser ??= openParser(delimiter, check)
      for (const waiting of held.splice(0)) parser.write(waiting)
      return parser
    }
    try {
      for await (const chunk of bytes) {
        const text = decoding.take(chunk)
        if (text.byteLength === 0) continue
        head.take(text)
        held.push(text)
        const delimiter = head.found()
        if (delimiter !== undefined) yield parse(delimiter).taken()
      }
      const text = decoding.end()
      head.take(text)
      held.push(text)
      const last = parse(head.end())
      last.end()
      yield last.taken()
    } catch (thrown) {
      throw thrown instanceof CsvError ? check.failure(thrown) : thrown
    }
  }

  return {
    batches: batches(),
    format: () => ({ encoding: decoding.encoding(), delimiter: head.end(), shortRows: check.shortRows() }),
  }
}

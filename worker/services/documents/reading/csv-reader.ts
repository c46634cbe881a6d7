import { Buffer } from 'node:buffer'
import { CsvError, Parser } from 'csv-parse'
import type { DocumentPage } from '../../../../shared/document-page.ts'
import { delimiterSearch } from '../../text/delimiter.ts'
import { textDecoding } from '../../text/encoding.ts'
import { gatherPieces } from './pieces.ts'
import { flawedText, unreadable } from './refusals.ts'
import type { Source } from './text-lines.ts'

/** Longest row, in bytes: a bound for a quote that never ends. */
export const MAX_ROW_BYTES = 1_048_576

/** Cells that are told apart; the rest of a row is in its last one. */
export const MAX_CELLS = 1_000

/** Rows that are told together, and their characters. */
const ROWS_OF_A_BLOCK = 100
const BLOCK_CHARACTERS = 64 * 1024

/** Characters of a column's name that stand before each of its cells. */
export const MAX_SHOWN_NAME = 200

const FLAWS = new Map([
  ['CSV_QUOTE_NOT_CLOSED', 'a quote is opened and never closed'],
  ['CSV_MAX_RECORD_SIZE', 'the row is too long; perhaps a quote in it is never closed'],
])

function openParser(delimiter: string, take: (row: string[]) => void) {
  const { api } = new Parser({
    delimiter,
    record_delimiter: ['\r\n', '\n', '\r'],
    relax_column_count: true,
    // Documents are read and not computed with: what can be read is.
    relax_quotes: true,
    ignore_last_delimiters: MAX_CELLS,
    max_record_size: MAX_ROW_BYTES,
    skip_empty_lines: true,
    on_record: (row) => {
      take(row)
      return null
    },
  })
  return (bytes: Uint8Array, isEnd: boolean) => {
    const chunk = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    const failure = api.parse(
      isEnd && bytes.byteLength === 0 ? undefined : chunk,
      isEnd,
      () => {},
      () => {},
    )
    if (failure) throw failure
  }
}

/** A row as text: each cell that is not empty with the name of its column. */
export const rowText = (names: readonly string[], row: readonly string[]): string =>
  row
    .map((cell, index) => {
      const [name, value] = [names[index], cell.trim()]
      if (value === '') return ''
      return name ? `${name}: ${value}` : value
    })
    .filter((text) => text !== '')
    .join('; ')

/** Rows with the names of their columns, which the first row has: so any part of the table says what it is about. */
export async function* readCsv({ name, bytes }: Source): AsyncGenerator<DocumentPage, void, void> {
  const pieces = gatherPieces()
  const decoding = textDecoding({ refusal: flawedText(name) })
  const search = delimiterSearch()
  let names: string[] | undefined
  let rows: string[] = []
  let characters = 0
  const endBlock = () => {
    pieces.list(rows)
    rows = []
    characters = 0
  }
  const take = (row: string[]) => {
    const isHeader = names === undefined
    names ??= row.map((cell) => cell.trim().slice(0, MAX_SHOWN_NAME).toWellFormed())
    // The header itself is a row of a table that has no other.
    rows.push(
      isHeader
        ? row
            .map((cell) => cell.trim())
            .filter(Boolean)
            .join('; ')
        : rowText(names, row),
    )
    characters += rows.at(-1)?.length ?? 0
    if (rows.length >= ROWS_OF_A_BLOCK || characters >= BLOCK_CHARACTERS) endBlock()
  }
  let parse: ReturnType<typeof openParser> | undefined
  let held: Uint8Array[] = []
  let heldBytes = 0
  function write(text: Uint8Array, isEnd: boolean): void {
    if (!parse) {
      held.push(text)
      heldBytes += text.byteLength
      if (!search.read(text) && heldBytes <= MAX_ROW_BYTES && !isEnd) return
      parse = openParser(search.found(isEnd), take)
      for (const waiting of held) parse(waiting, false)
      held = []
    } else parse(text, false)
    if (isEnd) parse(new Uint8Array(), true)
  }
  try {
    for await (const chunk of bytes) {
      const text = decoding.take(chunk)
      if (text.byteLength > 0) write(text, false)
      yield* pieces.taken()
    }
    write(decoding.end(), true)
  } catch (thrown) {
    if (!(thrown instanceof CsvError)) throw thrown
    throw unreadable(
      name,
      `is no CSV file: by line ${thrown.lines} ${FLAWS.get(thrown.code) ?? 'a row cannot be read'}.`,
      thrown,
    )
  }
  endBlock()
  yield* pieces.taken(true)
}

import { stringify } from 'csv-stringify/sync'
import { type DatasetRow, ROW_COLUMNS } from './dataset-row.ts'
import { type FilePlace, WHOLE_FILE } from './file-place.ts'

const encoder = new TextEncoder()

/** Rows as one JSON list, a row a line; or as a piece of it. */
export async function* jsonBytes(
  rows: AsyncIterable<DatasetRow>,
  { at, isLast }: FilePlace = WHOLE_FILE,
): AsyncGenerator<Uint8Array, void, void> {
  let separator = at === 0 ? '[\n' : ',\n'
  for await (const row of rows) {
    yield encoder.encode(separator + JSON.stringify(row))
    separator = ',\n'
  }
  if (isLast) yield encoder.encode(separator === ',\n' ? '\n]\n' : '[]\n')
}

/**
 * Rows as CSV (RFC 4180), the names of the columns first. A cell that a spreadsheet would take for a formula begins with an
 * apostrophe (OWASP, "CSV Injection"). Or a piece of such a file.
 */
export async function* csvBytes(
  rows: AsyncIterable<DatasetRow>,
  { at }: FilePlace = WHOLE_FILE,
): AsyncGenerator<Uint8Array, void, void> {
  const options = { escape_formulas: true, record_delimiter: 'windows' } as const
  if (at === 0) yield encoder.encode(stringify([[...ROW_COLUMNS]], options))
  for await (const row of rows)
    yield encoder.encode(stringify([ROW_COLUMNS.map((column) => row[column])], options))
}

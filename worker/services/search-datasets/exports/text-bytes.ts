import { stringify } from 'csv-stringify/sync'
import { type DatasetRow, ROW_COLUMNS } from './dataset-row.ts'

const encoder = new TextEncoder()

/** Rows as one JSON list, a row a line. */
export async function* jsonBytes(rows: AsyncIterable<DatasetRow>): AsyncGenerator<Uint8Array, void, void> {
  let separator = '[\n'
  for await (const row of rows) {
    yield encoder.encode(separator + JSON.stringify(row))
    separator = ',\n'
  }
  yield encoder.encode(separator === ',\n' ? '\n]\n' : '[]\n')
}

/**
 * Rows as CSV (RFC 4180), the names of the columns first. A cell that a spreadsheet would take for a formula begins with an
 * apostrophe (OWASP, "CSV Injection").
 */
export async function* csvBytes(rows: AsyncIterable<DatasetRow>): AsyncGenerator<Uint8Array, void, void> {
  const options = { escape_formulas: true, record_delimiter: 'windows' } as const
  yield encoder.encode(stringify([[...ROW_COLUMNS]], options))
  for await (const row of rows)
    yield encoder.encode(stringify([ROW_COLUMNS.map((column) => row[column])], options))
}

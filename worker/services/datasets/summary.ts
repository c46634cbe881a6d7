import { AppError } from '../../../shared/errors.ts'
import { showsSomething, visibleOf } from '../../../shared/visible-text.ts'
import type { DatasetColumn } from '../../db/tables/datasets.ts'
import { type ColumnProfile, columnProfile, usualMark } from './column-profile.ts'
import type { CsvFile, CsvFormat } from './csv-rows.ts'
import { PREVIEW_ROWS, type Preview, previewOf } from './preview.ts'
import { MAX_TABLE_ROWS } from './query.ts'

const EMPTY = 'Dataset file is empty'

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
    const kept = seen.slice(0, MAX_COLUMN_NAME_LENGTH).toWellFormed()
    const name = showsSomething(kept) ? kept : `column ${index + 1}`
    let unique = name
    for (let count = 2; taken.has(unique); count += 1) unique = `${name} (${count})`
    taken.add(unique)
    return unique
  })
}

/** The content of a file in figures, and how it is written. */
export interface DatasetSummary extends CsvFormat {
  rowCount: number
  /** Rows that lacked cells at their end. */
  shortRows: number
  columns: DatasetColumn[]
  preview: Preview
}

const tooMany = () => {
  const sentence = `A dataset has at most ${MAX_TABLE_ROWS} rows`
  return new AppError('too_large', sentence, { param: 'file', flaw: { cause: 'the file has more rows' } })
}

/** The summary of a file's rows. Throws `invalid_request` when there are none, `too_large` when there are too many. */
export async function summarize({ batches, format }: CsvFile): Promise<DatasetSummary> {
  let headers: string[] | undefined
  let profiles: ColumnProfile[] = []
  let rowCount = 0
  const first: string[][] = []
  for await (const batch of batches) {
    for (const row of batch) {
      if (!headers) {
        headers = row
        profiles = row.map(() => columnProfile())
        continue
      }
      rowCount += 1
      if (rowCount > MAX_TABLE_ROWS) throw tooMany()
      if (first.length < PREVIEW_ROWS) first.push(row)
      for (const [index, profile] of profiles.entries()) profile.add(row[index] ?? '')
    }
  }
  if (!headers || rowCount === 0) throw new AppError('invalid_request', EMPTY, { param: 'file' })
  const written = format()
  const usual = usualMark(profiles, written.delimiter)
  const names = columnNames(headers)
  const columns = profiles.map((profile, index) => profile.column(names[index] ?? '', usual))
  return { ...written, rowCount, columns, preview: previewOf(headers, first) }
}

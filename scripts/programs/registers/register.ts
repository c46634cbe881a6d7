import { createReadStream } from 'node:fs'
import { type CsvRecord, csvRecords } from '../../../worker/services/advising/catalogue/csv-records.ts'
import type { NewProgram } from '../../../worker/services/advising/catalogue/program.ts'
import { PlainFailure } from '../../plain-failure.ts'

/** A program beside the line of its register's file on which it stands. */
export interface RegisterRow {
  line: number
  program: NewProgram
}

/** The published files of a register, read as programs. */
export interface Register {
  name: string
  /** One line for `--help`. */
  summary: string
  /** Whether the file says of which edition it is; the person must say it otherwise. */
  statesEdition: boolean
  /** Throws a `PlainFailure`, or `invalid_request` with the line. */
  read(path: string, edition: string): AsyncGenerator<RegisterRow, void, void>
}

/** The records of a register's CSV file. Throws a `PlainFailure` when the header lacks a column. */
export async function* recordsOf(
  path: string,
  columns: readonly string[],
): AsyncGenerator<CsvRecord, void, void> {
  const check = (names: readonly string[]) => {
    const missing = columns.filter((column) => !names.includes(column))
    if (missing.length > 0) throw new PlainFailure(`${path} lacks the columns ${missing.join(', ')}.`)
  }
  yield* csvRecords(createReadStream(path), check)
}

/** A fault of a register's file that its reader alone can tell. */
export const badRow = (path: string, line: number, what: string): PlainFailure =>
  new PlainFailure(`${path}, line ${line}: ${what}.`)

/** The value under the longest beginning of a code that a table has. */
export function byBeginning(table: Readonly<Record<string, string>>, code: string): string | null {
  for (let length = code.length; length >= 2; length -= 1) {
    const found = table[code.slice(0, length)]
    if (found !== undefined) return found
  }
  return null
}

import type { CsvError, RecordInfo } from 'csv-parse'
import { AppError } from '../../../shared/errors.ts'
import { isSeparatorRow } from '../text/delimiter.ts'
import { invalidCsv } from './csv-flaw.ts'
import { MAX_TABLE_COLUMNS } from './query.ts'

/** Longest row of a file, in characters (UTF-16) of its cells. */
export const MAX_ROW_LENGTH = 256 * 1024

const TOO_LONG = `the row is longer than ${MAX_ROW_LENGTH} characters; perhaps a quote in it is never closed`

const FLAWS = new Map([
  ['CSV_INVALID_CLOSING_QUOTE', 'text stands behind the closing quote of a cell'],
  ['INVALID_OPENING_QUOTE', 'a quote stands within a cell that does not begin with one'],
  ['CSV_QUOTE_NOT_CLOSED', 'a quote is opened and never closed'],
  ['CSV_MAX_RECORD_SIZE', TOO_LONG],
])

const tooWide = (line: number) =>
  new AppError('too_large', `A dataset has at most ${MAX_TABLE_COLUMNS} columns`, {
    param: 'file',
    flaw: { line, cause: `the row has more than ${MAX_TABLE_COLUMNS} cells` },
  })

const isBlank = (cell: string) => cell.trim() === ''

const cells = (count: number) => `${count} ${count === 1 ? 'cell' : 'cells'}`

/**
 * Makes rows of one width, the header's, of a file's records. What a record has too much may be blank cells alone, and what it
 * lacks may be its last cells: Excel does not write what is empty at the end. A record of one cell among several columns is
 * none, and blank records are left away. Throws with the line on which the record begins.
 */
export function rowCheck() {
  let width: number | undefined
  let isFirst = true
  let lastLine = 0
  let emptyLines = 0
  /** Lines that were counted twice. */
  let surplusLines = 0
  let shortRows = 0

  const beginning = (info: RecordInfo) => lastLine + 1 + info.empty_lines - emptyLines

  function pass(record: readonly string[], info: RecordInfo): number {
    const line = beginning(info)
    if (info.lines - surplusLines > line)
      for (const cell of record) surplusLines += cell.split('\r\n').length - 1
    lastLine = info.lines - surplusLines
    emptyLines = info.empty_lines
    return line
  }

  function fitted(record: string[], width: number, line: number): string[] {
    if (record.length === width) return record
    if (record.length > width && record.slice(width).every(isBlank)) return record.slice(0, width)
    if (record.length > MAX_TABLE_COLUMNS) throw tooWide(line)
    if (record.length > width || record.length === 1)
      throw invalidCsv(`the row has ${cells(record.length)}, and the header ${width}`, line)
    shortRows += 1
    return [...record, ...Array<string>(width - record.length).fill('')]
  }

  return {
    /** The record as a row; undefined where it is none. */
    take(record: string[], info: RecordInfo): string[] | undefined {
      const line = pass(record, info)
      const isSeparator = isFirst && isSeparatorRow(record)
      isFirst = false
      if (isSeparator) return undefined
      if (record.reduce((length, cell) => length + cell.length, 0) > MAX_ROW_LENGTH)
        throw invalidCsv(TOO_LONG, line)
      if (width !== 1 && record.every(isBlank)) return undefined
      if (width === undefined && record.length > MAX_TABLE_COLUMNS) throw tooWide(line)
      width ??= record.length
      return fitted(record, width, line)
    },

    /** The parser's failure in words for a caller. */
    failure(error: CsvError): AppError {
      const line = beginning(error)
      if (error.index >= MAX_TABLE_COLUMNS) return tooWide(line)
      return invalidCsv(FLAWS.get(error.code) ?? 'the row cannot be read', line, error)
    },

    /** Rows so far that lacked cells. */
    shortRows: () => shortRows,
  }
}

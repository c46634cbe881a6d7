import { AppError } from '../../../../shared/errors.ts'
import type { RowType } from '../../../../shared/training-rows.ts'
import type { DatasetEncoding } from '../../../db/tables/datasets.ts'
import type { ColumnMapping } from '../../../db/tables/training.ts'
import { openCsv } from '../../datasets/csv-rows.ts'
import {
  type LineFault,
  MAX_TOLD_FAULTS,
  NO_FURTHER,
  type RowMethod,
  SLICE_BYTES,
  SLICE_OUTPUT_BYTES,
  type Slice,
  type SliceStart,
  takeRow,
} from './row-slice.ts'
import { fieldsOfTable, rowOfCells, type TableFields } from './table-columns.ts'

const QUOTE = 0x22
const LINE_END = 0x0a
const CARRIAGE_RETURN = 0x0d

interface TableOptions {
  start: SliceStart
  isLast: boolean
  method: RowMethod
  type: RowType | 'guess'
  mapping: ColumnMapping | undefined
  encoding?: DatasetEncoding | undefined
  delimiter?: string | undefined
}

function wideOf(bytes: Uint8Array, encoding: string | undefined): 'le' | 'be' | undefined {
  if (encoding === 'utf-16le' || (!encoding && bytes[0] === 0xff && bytes[1] === 0xfe)) return 'le'
  if (encoding === 'utf-16be' || (!encoding && bytes[0] === 0xfe && bytes[1] === 0xff)) return 'be'
  return undefined
}

/** Where each record ends, by an even count of quotes and the end of a line, whatever the encoding. */
function* recordEnds(bytes: Uint8Array, encoding: string | undefined, isLast: boolean): Generator<number> {
  const wide = wideOf(bytes, encoding)
  const step = wide ? 2 : 1
  const unit = (at: number): number => {
    if (!wide) return bytes[at] ?? 0
    const [first, second] = [bytes[at] ?? 0, bytes[at + 1] ?? 0]
    return wide === 'le' ? first + 256 * second : second + 256 * first
  }
  let isQuoted = false
  let last = 0
  for (let at = 0; at + step <= bytes.byteLength; at += step) {
    const here = unit(at)
    if (here === QUOTE) isQuoted = !isQuoted
    if (isQuoted || (here !== LINE_END && here !== CARRIAGE_RETURN)) continue
    const after = at + step
    if (here === CARRIAGE_RETURN) {
      // A CRLF is one end, and may lie across two slices.
      if (after + step > bytes.byteLength && !isLast) break
      if (unit(after) === LINE_END && after < bytes.byteLength) continue
    }
    last = after
    yield after
  }
  if (isLast && last < bytes.byteLength) yield bytes.byteLength
}

async function* once(...pieces: Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* pieces
}

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`

interface ReadTable {
  records: string[][]
  header: NonNullable<SliceStart['header']>
}

/** The records of bytes that hold whole ones, the header left away. */
async function recordsOf(bytes: Uint8Array, options: TableOptions): Promise<ReadTable> {
  const { start, encoding, delimiter } = options
  const { header } = start
  const known = header
    ? { encoding: 'utf-8' as const, delimiter: header.delimiter }
    : { ...(encoding && { encoding }), ...(delimiter !== undefined && { delimiter }) }
  const pieces: Uint8Array[] = [bytes]
  if (header) {
    const text = new TextDecoder(header.encoding, { fatal: true, ignoreBOM: true }).decode(bytes)
    const names = `${header.columns.map(quoted).join(header.delimiter)}\n`
    pieces.splice(0, 1, new TextEncoder().encode(names + text))
  }
  const csv = openCsv(once(...pieces), known)
  const records: string[][] = []
  for await (const batch of csv.batches) records.push(...batch)
  const format = csv.format()
  const columns = records.shift() ?? []
  return {
    records,
    header: header ?? { columns, delimiter: format.delimiter, encoding: format.encoding },
  }
}

/** As many whole records as a slice may hold: their bytes. */
function wholeBytes(bytes: Uint8Array, { start, isLast, encoding }: TableOptions): Uint8Array {
  const known = start.header?.encoding ?? encoding
  let end = 0
  let records = 0
  for (const at of recordEnds(bytes, known, isLast)) {
    // Small records grow most: 128 bytes each, and those of the text.
    records += 1
    if (end > 0 && at + records * 160 > SLICE_OUTPUT_BYTES) break
    end = at
  }
  return bytes.subarray(0, end)
}

/** Reads a table: as many whole records as these bytes have and there is room for. The first slice begins with the header. */
export async function readTable(bytes: Uint8Array, options: TableOptions): Promise<Slice> {
  const { start, isLast, method, type, mapping } = options
  const lines = start.lines + (start.header ? 0 : 1)
  const failed = (line: number, message: string): Slice => ({
    // What would follow begins in the middle of a row.
    next: { ...start, offset: NO_FURTHER },
    rows: [],
    faults: [{ line, field: '', message }],
  })
  const whole = wholeBytes(bytes, options)
  if (whole.byteLength === 0 && !(isLast && bytes.byteLength === 0))
    return failed(lines + 1, `the row is longer than ${SLICE_BYTES} bytes`)
  let table: ReadTable
  try {
    table = await recordsOf(whole, options)
  } catch (thrown) {
    if (thrown instanceof TypeError) return failed(lines + 1, 'it is not text of the encoding of the file')
    if (!(thrown instanceof AppError)) throw thrown
    return failed(start.lines + (thrown.flaw?.line ?? 1), thrown.flaw?.cause ?? thrown.message)
  }
  const fields = fieldsOfTable(table.header.columns, { type, mapping })
  if (typeof fields === 'string') return failed(1, fields)
  const { rows, faults } = readRecords(table.records, { fields, method, lines })
  const next = {
    offset: start.offset + whole.byteLength,
    lines: lines + table.records.length,
    type: fields.type,
    header: table.header,
  }
  return { next, rows, faults }
}

function readRecords(
  records: readonly string[][],
  { fields, method, lines }: { fields: TableFields; method: RowMethod; lines: number },
): Pick<Slice, 'rows' | 'faults'> {
  const rows: Slice['rows'] = []
  const faults: LineFault[] = []
  for (const [index, cells] of records.entries()) {
    if (faults.length >= MAX_TOLD_FAULTS) break
    const read = takeRow(fields.type, rowOfCells(cells, fields), method)
    if ('row' in read) rows.push(read.row)
    else for (const fault of read.faults) faults.push({ line: lines + 1 + index, ...fault })
  }
  return { rows, faults }
}

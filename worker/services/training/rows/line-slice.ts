import { AppError } from '../../../../shared/errors.ts'
import { readJson } from '../../../../shared/json-text.ts'
import { guessRowType, ROW_TYPES, type RowType } from '../../../../shared/training-rows.ts'
import {
  type LineFault,
  MAX_LINE_BYTES,
  MAX_TOLD_FAULTS,
  type RowMethod,
  roughBytes,
  SLICE_OUTPUT_BYTES,
  type Slice,
  type SliceStart,
  takeRow,
} from './row-slice.ts'

const LINE_END = 0x0a
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf]

interface LineOptions {
  start: SliceStart
  /** Whether the source ends with these bytes. */
  isLast: boolean
  method: RowMethod
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

type LineFindings = { value: unknown } | { fault: Omit<LineFault, 'line'> } | undefined

/** The value of a line; undefined of a blank one. */
function readValue(bytes: Uint8Array): LineFindings {
  if (bytes.byteLength > MAX_LINE_BYTES)
    return { fault: { field: '', message: `the line is longer than ${MAX_LINE_BYTES} bytes` } }
  let text: string
  try {
    text = decoder.decode(bytes)
  } catch {
    return { fault: { field: '', message: 'it is not valid UTF-8' } }
  }
  if (text.trim() === '') return undefined
  try {
    return { value: readJson(text, 'The line').value }
  } catch (thrown) {
    if (!(thrown instanceof AppError)) throw thrown
    return { fault: { field: thrown.param ?? '', message: thrown.message } }
  }
}

/** Reads lines of JSON: as many whole ones as these bytes have, and as their rows leave room for. */
export function readLines(bytes: Uint8Array, { start, isLast, method }: LineOptions): Slice {
  let { lines } = start
  let type: RowType | null = start.type
  const rows: Slice['rows'] = []
  const faults: LineFault[] = []
  let written = 0
  const hasMark = start.offset === 0 && BYTE_ORDER_MARK.every((byte, index) => bytes[index] === byte)
  let at = hasMark ? BYTE_ORDER_MARK.length : 0

  function take(line: Uint8Array): void {
    const found = readValue(line)
    if (!found) return
    if ('fault' in found) {
      faults.push({ line: lines, ...found.fault })
      return
    }
    type ??= guessRowType(found.value) ?? null
    if (type === null) {
      faults.push({ line: lines, field: '', message: `it has the fields of none of ${ROW_TYPES.join(', ')}` })
      return
    }
    const read = takeRow(type, found.value, method)
    if ('faults' in read) for (const fault of read.faults) faults.push({ line: lines, ...fault })
    else {
      rows.push(read.row)
      written += roughBytes(read.row, line.byteLength)
    }
  }

  while (at < bytes.byteLength && faults.length < MAX_TOLD_FAULTS && written < SLICE_OUTPUT_BYTES) {
    const found = bytes.indexOf(LINE_END, at)
    if (found < 0 && !isLast) {
      // The next slice begins with it, unless it can be no line.
      if (bytes.byteLength - at <= MAX_LINE_BYTES) break
      faults.push({ line: lines + 1, field: '', message: `the line is longer than ${MAX_LINE_BYTES} bytes` })
      break
    }
    const end = found < 0 ? bytes.byteLength : found
    lines += 1
    take(bytes.subarray(at, end))
    at = Math.min(end + 1, bytes.byteLength)
  }
  return { next: { ...start, offset: start.offset + at, lines, type }, rows, faults }
}

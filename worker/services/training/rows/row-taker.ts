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
  takeRow,
} from './row-slice.ts'

export const TOO_LONG = `the line is longer than ${MAX_LINE_BYTES} bytes`

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

type Findings = { value: unknown } | { fault: Omit<LineFault, 'line'> } | undefined

/** The value of a row's text; undefined of a blank one. */
function readValue(bytes: Uint8Array): Findings {
  if (bytes.byteLength > MAX_LINE_BYTES) return { fault: { field: '', message: TOO_LONG } }
  let text: string
  try {
    text = decoder.decode(bytes)
  } catch {
    return { fault: { field: '', message: 'it is not valid UTF-8' } }
  }
  if (text.trim() === '') return undefined
  try {
    return { value: readJson(text, 'The row').value }
  } catch (thrown) {
    if (!(thrown instanceof AppError)) throw thrown
    return { fault: { field: thrown.param ?? '', message: thrown.message } }
  }
}

/** Takes the texts of rows one after the other, until there is no more room for rows or for mistakes. */
export class RowTaker {
  readonly rows: Slice['rows'] = []
  readonly faults: LineFault[] = []
  readonly #method: RowMethod
  #type: RowType | null
  #written = 0

  constructor(type: RowType | null, method: RowMethod) {
    this.#type = type
    this.#method = method
  }

  get type(): RowType | null {
    return this.#type
  }

  get isFull(): boolean {
    return this.faults.length >= MAX_TOLD_FAULTS || this.#written >= SLICE_OUTPUT_BYTES
  }

  /** A row's text, with the line that it stands on, or its place in a list. */
  take(bytes: Uint8Array, line: number): void {
    const found = readValue(bytes)
    if (!found) return
    if ('fault' in found) {
      this.faults.push({ line, ...found.fault })
      return
    }
    this.#type ??= guessRowType(found.value) ?? null
    if (this.#type === null) {
      const message = `it has the fields of none of ${ROW_TYPES.join(', ')}`
      this.faults.push({ line, field: '', message })
      return
    }
    const read = takeRow(this.#type, found.value, this.#method)
    if ('faults' in read) this.faults.push(...read.faults.map((fault) => ({ line, ...fault })))
    else {
      this.rows.push(read.row)
      this.#written += roughBytes(read.row, bytes.byteLength)
    }
  }
}

export interface TextSlice {
  /** Whether the source ends with these bytes. */
  isLast: boolean
  method: RowMethod
}

const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf]

/** How many of the first bytes are a mark. */
export const markLength = (bytes: Uint8Array): number =>
  BYTE_ORDER_MARK.every((byte, index) => bytes[index] === byte) ? BYTE_ORDER_MARK.length : 0

import { MAX_LINE_BYTES, NO_FURTHER, type Slice, type SliceStart } from './row-slice.ts'
import { markLength, RowTaker, type TextSlice, TOO_LONG } from './row-taker.ts'

const [QUOTE, BACKSLASH, COMMA, OPEN_LIST, CLOSE_LIST, OPEN, CLOSE] = [
  0x22, 0x5c, 0x2c, 0x5b, 0x5d, 0x7b, 0x7d,
]
const isBlank = (byte: number | undefined): boolean =>
  byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09

/** Where the item that begins here ends: at the comma or the bracket behind it. Undefined where the bytes end before. */
function itemEnd(bytes: Uint8Array, from: number): number | undefined {
  let depth = 0
  let inText = false
  for (let at = from; at < bytes.byteLength; at += 1) {
    const byte = bytes[at]
    if (inText) {
      if (byte === BACKSLASH) at += 1
      else if (byte === QUOTE) inText = false
    } else if (byte === QUOTE) inText = true
    else if (byte === OPEN || byte === OPEN_LIST) depth += 1
    else if (depth === 0 && (byte === COMMA || byte === CLOSE_LIST)) return at
    else if (byte === CLOSE || byte === CLOSE_LIST) depth -= 1
  }
  return undefined
}

/** Whether a file of JSON is one list of rows, by its beginning. */
export function isListOfRows(head: Uint8Array): boolean {
  const first = head.subarray(markLength(head)).find((byte) => !isBlank(byte))
  return first === OPEN_LIST
}

/** Reads the items of one list: as many whole ones as these bytes have, and as their rows leave room for. Lines count items. */
export function readList(
  bytes: Uint8Array,
  { start, isLast, method }: TextSlice & { start: SliceStart },
): Slice {
  const taker = new RowTaker(start.type, method)
  let { lines } = start
  const begin = start.offset === 0 ? bytes.indexOf(OPEN_LIST) + 1 : 0
  let at = begin
  let [isOver, isGivenUp] = [false, false]
  while (!isOver && !taker.isFull) {
    const end = itemEnd(bytes, at)
    if (end === undefined) {
      // The next slice begins with it. One that a whole slice does not hold is the last that is looked at.
      const isTooLong = bytes.byteLength - at > MAX_LINE_BYTES
      isGivenUp = isTooLong && (isLast || at === begin)
      if (isGivenUp) taker.faults.push({ line: lines + 1, field: '', message: TOO_LONG })
      else if (isLast) taker.faults.push({ line: lines + 1, field: '', message: 'the list has no end' })
      break
    }
    isOver = bytes[end] === CLOSE_LIST
    const item = bytes.subarray(at, end)
    const isEmpty = item.every(isBlank)
    if (!isEmpty) {
      lines += 1
      taker.take(item, lines)
    } else if (!isOver || lines > 0) {
      taker.faults.push({ line: lines + 1, field: '', message: 'there is a comma too many' })
    }
    at = end + 1
  }
  const offset = isOver || isGivenUp ? NO_FURTHER : start.offset + at
  if (isOver && !bytes.subarray(at).every(isBlank)) {
    taker.faults.push({ line: lines + 1, field: '', message: 'something stands behind the end of the list' })
  }
  const { rows, faults, type } = taker
  return { next: { ...start, offset, lines, type }, rows, faults }
}

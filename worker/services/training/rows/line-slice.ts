import { MAX_LINE_BYTES, NO_FURTHER, type Slice, type SliceStart } from './row-slice.ts'
import { markLength, RowTaker, type TextSlice, TOO_LONG } from './row-taker.ts'

const LINE_END = 0x0a

/** Reads lines of JSON: as many whole ones as these bytes have, and as their rows leave room for. */
export function readLines(
  bytes: Uint8Array,
  { start, isLast, method }: TextSlice & { start: SliceStart },
): Slice {
  const taker = new RowTaker(start.type, method)
  let { lines } = start
  const begin = start.offset === 0 ? markLength(bytes) : 0
  let at = begin
  let isOver = false
  while (at < bytes.byteLength && !taker.isFull) {
    const found = bytes.indexOf(LINE_END, at)
    if (found < 0 && !isLast) {
      // The next slice begins with it. One that a whole slice does not hold is the last that is looked at.
      isOver = at === begin && bytes.byteLength - at > MAX_LINE_BYTES
      if (isOver) taker.faults.push({ line: lines + 1, field: '', message: TOO_LONG })
      break
    }
    const end = found < 0 ? bytes.byteLength : found
    lines += 1
    taker.take(bytes.subarray(at, end), lines)
    at = Math.min(end + 1, bytes.byteLength)
  }
  const { rows, faults, type } = taker
  return { next: { ...start, offset: isOver ? NO_FURTHER : start.offset + at, lines, type }, rows, faults }
}

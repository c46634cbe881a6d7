import type { ByteRange } from '../../services/files/object-bytes.ts'

/** A position in a file of up to 5 GB has ten digits; what is longer than a number can be is beyond every end. */
const ONE_RANGE = /^bytes\s*=\s*(\d*)-(\d*)\s*$/i

/**
 * The piece of a file that a `Range` header asks for (RFC 9110 §14.1.2). Undefined where it is to be passed over: another
 * unit, several ranges, or nothing that can be read. Null where no byte of it is there.
 */
export function rangeOf(header: string | undefined, sizeBytes: number): ByteRange | null | undefined {
  const [, first = '', last = ''] = ONE_RANGE.exec(header ?? '') ?? []
  if (first === '' && last === '') return undefined
  if (first === '') {
    const length = Math.min(Number(last), sizeBytes)
    return length === 0 ? null : { offset: sizeBytes - length, length }
  }
  const offset = Number(first)
  const end = last === '' ? Number.POSITIVE_INFINITY : Number(last)
  if (end < offset) return undefined
  if (offset >= sizeBytes) return null
  return { offset, length: Math.min(end + 1, sizeBytes) - offset }
}

/** Where a piece stands in its file, as `Content-Range` says it. */
export const contentRange = ({ offset, length }: ByteRange, sizeBytes: number): string =>
  `bytes ${offset}-${offset + length - 1}/${sizeBytes}`

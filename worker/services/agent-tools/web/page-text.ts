import { AppError } from '../../../../shared/errors.ts'
import { textDecoding } from '../../text/encoding.ts'

/** Bytes at the beginning of a page in which it may say its encoding (HTML §13.2.3.2). */
const DECLARING_BYTES = 1_024

const CHARSET = /charset\s*=\s*["']?([\w:.-]+)/i

/** The encodings that are found by themselves, in the names by which they are called. */
const FOUND_BY_THEMSELVES = new Set(['utf-8', 'utf-16le', 'utf-16be', 'windows-1252'])

/** The encoding that a page says it is in; undefined where it says none that is known. */
function declared(contentType: string, bytes: Uint8Array): string | undefined {
  const beginning = new TextDecoder('latin1').decode(bytes.subarray(0, DECLARING_BYTES))
  const label = CHARSET.exec(contentType)?.[1] ?? CHARSET.exec(beginning)?.[1]
  if (label === undefined) return undefined
  try {
    return new TextDecoder(label).encoding
  } catch {
    return undefined
  }
}

/** The text of a page. Encodings of other scripts are believed; all others are found as those of files are. */
export function pageText(bytes: Uint8Array, contentType: string): string {
  const label = declared(contentType, bytes)
  if (label !== undefined && !FOUND_BY_THEMSELVES.has(label)) return new TextDecoder(label).decode(bytes)
  const refusal = (flaw: string) => new AppError('invalid_request', `The page is no text: ${flaw}.`)
  const decoding = textDecoding({ refusal })
  const decoder = new TextDecoder()
  return decoder.decode(decoding.take(bytes), { stream: true }) + decoder.decode(decoding.end())
}

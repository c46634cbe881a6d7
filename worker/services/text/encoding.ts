import { isAscii, isUtf8 } from 'node:buffer'
import type { AppError } from '../../../shared/errors.ts'
import type { DatasetEncoding } from '../../db/tables/datasets.ts'
import { countBeyondAscii, firstFault, wholeLength } from './utf8.ts'

/** Bytes, from the first one beyond ASCII on, that decide between UTF-8 and Windows-1252 where a file has no mark. */
export const EVIDENCE_BYTES = 4_096

/** Byte order marks (Unicode §23.8). */
const MARKS: readonly (readonly [DatasetEncoding, readonly number[]])[] = [
  ['utf-8', [0xef, 0xbb, 0xbf]],
  ['utf-16le', [0xff, 0xfe]],
  ['utf-16be', [0xfe, 0xff]],
]
const LONGEST_MARK = 3

/** Bytes to which Windows-1252 gives no character; other encodings use them much. */
const UNUSED = [0x81, 0x8d, 0x8f, 0x90, 0x9d]

const LINE_FEED = 0x0a
const CARRIAGE_RETURN = 0x0d
const NOTHING = new Uint8Array()

/** Counts the ends of lines: CRLF, LF and CR, each once. */
function lineCounter() {
  let count = 0
  let previous = 0
  return {
    add(bytes: Uint8Array): void {
      for (const byte of bytes) {
        if (byte === CARRIAGE_RETURN || (byte === LINE_FEED && previous !== CARRIAGE_RETURN)) count += 1
        previous = byte
      }
    },
    /** The line that would go on. */
    line: () => count + 1,
  }
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  if (first.length === 0) return second
  const both = new Uint8Array(first.length + second.length)
  both.set(first)
  both.set(second, first.length)
  return both
}

/** The encoding of bytes without a mark: a few faults among many characters are damage, and damage is not another encoding. */
function judged(bytes: Uint8Array): DatasetEncoding {
  const { characters, faults } = countBeyondAscii(bytes)
  return faults > 0 && faults >= characters ? 'windows-1252' : 'utf-8'
}

export interface TextDecodingOptions {
  known?: DatasetEncoding | undefined
  /** The error for what is no text: what is wrong with it, and on which of its lines. */
  refusal: (flaw: string, line: number) => AppError
}

/**
 * Makes UTF-8 without a mark of a file's bytes as they come: of UTF-8, of UTF-16 with its mark, and of Windows-1252, which is
 * what a file without a mark is taken for when it cannot be UTF-8. What is known of it already is not looked for again. `take`
 * and `end` throw what `refusal` makes of a flaw and its line, for what is no text.
 */
export function textDecoding({ known, refusal }: TextDecodingOptions) {
  let encoding = known
  let hasBegun = false
  let held: Uint8Array = NOTHING
  let decoder: TextDecoder | undefined
  const encoder = new TextEncoder()
  const lines = lineCounter()

  function refuse(flaw: string, before: Uint8Array): never {
    lines.add(before)
    throw refusal(flaw, lines.line())
  }

  function checked(text: Uint8Array): Uint8Array {
    const zero = text.indexOf(0)
    if (zero >= 0)
      refuse('it holds zero bytes, as UTF-16 without its byte order mark does', text.subarray(0, zero))
    lines.add(text)
    return text
  }

  function unmarked(bytes: Uint8Array): Uint8Array {
    const [found, mark] = MARKS.find(([, mark]) => mark.every((byte, index) => bytes[index] === byte)) ?? []
    encoding ??= found
    return bytes.subarray(mark?.length)
  }

  function fromUtf8(bytes: Uint8Array, isLast: boolean): Uint8Array {
    const whole = isLast ? bytes.length : wholeLength(bytes)
    held = bytes.slice(whole)
    const text = bytes.subarray(0, whole)
    if (!isUtf8(text)) refuse('it is not UTF-8 text', text.subarray(0, firstFault(text)))
    return text
  }

  function fromWindows(bytes: Uint8Array): Uint8Array {
    const unused = UNUSED.map((byte) => bytes.indexOf(byte)).filter((at) => at >= 0)
    if (unused.length > 0)
      refuse('it is neither UTF-8 nor Windows-1252 text', bytes.subarray(0, Math.min(...unused)))
    decoder ??= new TextDecoder('windows-1252')
    return encoder.encode(decoder.decode(bytes))
  }

  function fromUtf16(bytes: Uint8Array, label: DatasetEncoding, isLast: boolean): Uint8Array {
    decoder ??= new TextDecoder(label, { fatal: true, ignoreBOM: true })
    try {
      return encoder.encode(decoder.decode(bytes, { stream: !isLast }))
    } catch {
      const [before = ''] = new TextDecoder(label).decode(bytes).split('\ufffd', 1)
      return refuse(`it is not ${label.toUpperCase()} text`, encoder.encode(before))
    }
  }

  function decoded(bytes: Uint8Array, isLast: boolean): Uint8Array {
    if (encoding === undefined) {
      if (isAscii(bytes)) return bytes
      const first = bytes.findIndex((byte) => byte >= 0x80)
      if (bytes.length - first < EVIDENCE_BYTES && !isLast) {
        held = bytes.slice(first)
        return bytes.subarray(0, first)
      }
      const evidence = bytes.subarray(first, first + EVIDENCE_BYTES)
      const isEnd = isLast && first + EVIDENCE_BYTES >= bytes.length
      encoding = judged(isEnd ? evidence : evidence.subarray(0, wholeLength(evidence)))
    }
    if (encoding === 'utf-8') return fromUtf8(bytes, isLast)
    return encoding === 'windows-1252' ? fromWindows(bytes) : fromUtf16(bytes, encoding, isLast)
  }

  function read(given: Uint8Array, isLast: boolean): Uint8Array {
    let bytes = joined(held, given)
    held = NOTHING
    if (!hasBegun) {
      if (bytes.length < LONGEST_MARK && !isLast) {
        held = bytes.slice()
        return NOTHING
      }
      hasBegun = true
      bytes = unmarked(bytes)
    }
    return checked(decoded(bytes, isLast))
  }

  return {
    take: (bytes: Uint8Array): Uint8Array => read(bytes, false),
    end: (): Uint8Array => read(NOTHING, true),
    /** Once all has been read. */
    encoding: (): DatasetEncoding => encoding ?? 'utf-8',
  }
}

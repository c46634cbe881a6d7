import { MIB } from '../../../../shared/units.ts'
import type { DocumentFormat } from './formats.ts'
import { unreadable } from './refusals.ts'
import { agreed } from './sniffing.ts'

/** Bytes that a document's archive may unpack to, and how much more than it has itself. */
export const MAX_UNPACKED_BYTES = 200 * MIB
export const MAX_UNPACK_RATIO = 100

/** The end of a ZIP's directory lies within these: 22 bytes, and a comment of at most 65,535. */
const END_SEARCH_BYTES = 65_557

/** Largest directory that is read. That of a Word document has some dozen entries of a hundred bytes. */
export const MAX_DIRECTORY_BYTES = MIB

const END_MARK = 0x06054b50
const ENTRY_MARK = 0x02014b50
const ENTRY_BYTES = 46
const ENCRYPTED = 1

/** A stretch of a file. */
export type ReadStretch = (offset: number, length: number) => Promise<Uint8Array>

interface Directory {
  names: Set<string>
  unpackedBytes: number
  isEncrypted: boolean
}

/** Where the end of the directory begins in the last bytes of a file; -1 where there is none. */
function endAt(tail: DataView): number {
  for (let at = tail.byteLength - 22; at >= 0; at -= 1) if (tail.getUint32(at, true) === END_MARK) return at
  return -1
}

const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)

/** The names and sizes that a ZIP's directory tells (APPNOTE 4.3.12); undefined for one that is damaged. */
async function directoryOf(sizeBytes: number, read: ReadStretch): Promise<Directory | undefined> {
  const tailBytes = Math.min(sizeBytes, END_SEARCH_BYTES)
  const tail = viewOf(await read(sizeBytes - tailBytes, tailBytes))
  const at = endAt(tail)
  if (at < 0) return undefined
  const [length, offset] = [tail.getUint32(at + 12, true), tail.getUint32(at + 16, true)]
  if (length > MAX_DIRECTORY_BYTES || offset + length > sizeBytes) return undefined
  const bytes = await read(offset, length)
  const view = viewOf(bytes)
  const found: Directory = { names: new Set(), unpackedBytes: 0, isEncrypted: false }
  for (let from = 0; from + ENTRY_BYTES <= view.byteLength; ) {
    if (view.getUint32(from, true) !== ENTRY_MARK) return undefined
    const nameLength = view.getUint16(from + 28, true)
    found.isEncrypted ||= (view.getUint16(from + 8, true) & ENCRYPTED) !== 0
    found.unpackedBytes += view.getUint32(from + 24, true)
    found.names.add(
      new TextDecoder().decode(bytes.subarray(from + ENTRY_BYTES, from + ENTRY_BYTES + nameLength)),
    )
    from += ENTRY_BYTES + nameLength + view.getUint16(from + 30, true) + view.getUint16(from + 32, true)
  }
  return found
}

const OTHERS: readonly (readonly [entry: string, what: string])[] = [
  ['xl/workbook.xml', 'is an Excel workbook: save its sheets as CSV'],
  ['ppt/presentation.xml', 'is a PowerPoint presentation: save it as PDF'],
  ['META-INF/manifest.xml', 'is an OpenDocument file: save it as DOCX or PDF'],
]

/**
 * Looks into a ZIP archive without unpacking it. Throws `invalid_request`, naming the file, for one that is no Word document, that
 * is encrypted or damaged, or that says it unpacks to too much; whoever unpacks it trusts none of that.
 */
export async function archiveFormat(
  name: string,
  sizeBytes: number,
  read: ReadStretch,
): Promise<DocumentFormat> {
  const directory = await directoryOf(sizeBytes, read)
  if (!directory) throw unreadable(name, 'is a damaged or truncated archive.')
  if (!directory.names.has('word/document.xml')) {
    const [, what = 'is an archive and no Word document: unpack it first'] =
      OTHERS.find(([entry]) => directory.names.has(entry)) ?? []
    throw unreadable(name, `${what}.`)
  }
  if (directory.isEncrypted) throw unreadable(name, 'is encrypted: save it without a password.')
  const { unpackedBytes } = directory
  if (unpackedBytes > MAX_UNPACKED_BYTES)
    throw unreadable(name, `unpacks to more than ${MAX_UNPACKED_BYTES / MIB} MB.`)
  if (unpackedBytes > sizeBytes * MAX_UNPACK_RATIO)
    throw unreadable(name, `unpacks to more than ${MAX_UNPACK_RATIO} times its size.`)
  return agreed(name, 'docx')
}

import { unzipSync, type Zippable, zipSync } from 'fflate'
import { Unreadable } from '../file-fault.ts'

/** The most that the files of an archive may unpack to, together, and to how many times its length. */
export const MAX_UNPACKED_BYTES = 200 * 1024 * 1024
export const MAX_UNPACKED_RATIO = 100
export const MAX_ENTRIES = 10_000

/** The first bytes of what Office writes around a document with a password, and of every archive. */
const COMPOUND = [0xd0, 0xcf, 0x11, 0xe0]
const ARCHIVE = [0x50, 0x4b]

const startsWith = (file: Uint8Array, bytes: readonly number[]): boolean =>
  bytes.every((byte, index) => file[index] === byte)

/** Files of an archive that hold text or say how it belongs together. */
const isText = (name: string): boolean => /\.(?:xml|rels)$/i.test(name)

const mebibytes = (bytes: number): number => Math.ceil(bytes / 1024 ** 2)

/** Adds up what the archive's directory promises, before anything is unpacked. */
class Budget {
  readonly #archiveBytes: number
  #bytes = 0
  #entries = 0

  constructor(archiveBytes: number) {
    this.#archiveBytes = archiveBytes
  }

  take(bytes: number): void {
    this.#bytes += bytes
    this.#entries += 1
    const limit = Math.min(MAX_UNPACKED_BYTES, this.#archiveBytes * MAX_UNPACKED_RATIO)
    if (this.#entries > MAX_ENTRIES)
      throw new Unreadable('archive_too_large', `The document holds more than ${MAX_ENTRIES} files.`)
    if (this.#bytes <= limit) return
    const sentence =
      this.#bytes > MAX_UNPACKED_BYTES
        ? `The document unpacks to more than ${mebibytes(MAX_UNPACKED_BYTES)} MB, which is not read.`
        : `The document unpacks to more than ${MAX_UNPACKED_RATIO} times its size, which is not read.`
    throw new Unreadable('archive_too_large', sentence)
  }
}

/**
 * A DOCX with its text alone, unpacked and never to more than its directory promises: what the reader of documents gets holds no
 * surprise. Throws `Unreadable`.
 */
export function openDocx(file: Uint8Array): ArrayBuffer {
  if (startsWith(file, COMPOUND)) {
    const advice = 'Save it without one, or as .docx, and send it again.'
    throw new Unreadable(
      'encrypted',
      `The document is protected by a password, or of an older format. ${advice}`,
    )
  }
  if (!startsWith(file, ARCHIVE)) throw new Unreadable('damaged', 'The document is damaged, or is no DOCX.')
  const budget = new Budget(file.length)
  let parts: Record<string, Uint8Array>
  try {
    parts = unzipSync(file, {
      filter({ name, originalSize }) {
        budget.take(originalSize)
        return isText(name)
      },
    })
  } catch (thrown) {
    if (thrown instanceof Unreadable) throw thrown
    throw new Unreadable('damaged', 'The document is damaged: it was not stored or sent whole.')
  }
  // A null prototype: the names are a stranger's.
  const stored: Zippable = Object.create(null)
  for (const [name, bytes] of Object.entries(parts)) stored[name] = [bytes, { level: 0 }]
  if (Object.keys(stored).length === 0) throw new Unreadable('damaged', 'The archive holds no document.')
  const packed = zipSync(stored)
  return packed.buffer.slice(packed.byteOffset, packed.byteOffset + packed.byteLength)
}

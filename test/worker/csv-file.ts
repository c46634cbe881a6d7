import { type CsvFile, type KnownFormat, openCsv } from '../../worker/services/datasets/csv-rows.ts'

const encoder = new TextEncoder()

/** A file that arrives in pieces of so many bytes. */
export async function* inPieces(file: string | Uint8Array, bytes = 1 << 16): AsyncGenerator<Uint8Array> {
  const whole = typeof file === 'string' ? encoder.encode(file) : file
  for (let from = 0; from < whole.length; from += bytes) yield whole.subarray(from, from + bytes)
}

export const csvOf = (file: string | Uint8Array, bytes?: number, known?: KnownFormat): CsvFile =>
  openCsv(inPieces(file, bytes), known)

export async function rowsOf({ batches }: CsvFile): Promise<string[][]> {
  const rows: string[][] = []
  for await (const some of batches) rows.push(...some)
  return rows
}

/** Text as UTF-16 with its byte order mark. */
export function utf16(text: string, isLittleEndian = true): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(2 + 2 * text.length)
  const view = new DataView(bytes.buffer)
  view.setUint16(0, 0xfeff, isLittleEndian)
  for (let index = 0; index < text.length; index += 1)
    view.setUint16(2 + 2 * index, text.charCodeAt(index), isLittleEndian)
  return bytes
}

/** The characters that Windows-1252 has beside Latin-1, from 0x80 on; a space where it has none. */
const BESIDE_LATIN = '€ ‚ƒ„…†‡ˆ‰Š‹Œ Ž  ‘’“”•–—˜™š›œ žŸ'

/** Text of characters that Windows-1252 has. */
export const windows1252 = (text: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(text, (character) => {
    const beside = BESIDE_LATIN.indexOf(character)
    return character !== ' ' && beside >= 0 ? 0x80 + beside : character.charCodeAt(0)
  })

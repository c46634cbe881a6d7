import { getDocumentProxy } from 'unpdf'
import { MAX_PAGES } from '../../../shared/document-page.ts'
import { Unreadable } from '../file-fault.ts'

export type Pdf = Awaited<ReturnType<typeof getDocumentProxy>>
export type Page = Awaited<ReturnType<Pdf['getPage']>>

/** A PDF ends with this mark; whatever a mail program has put behind it is not longer than this. */
const END_MARK = '%%EOF'
const BEHIND_END = 16_384

function hasEnd(file: Uint8Array): boolean {
  const tail = new TextDecoder('latin1').decode(file.subarray(-BEHIND_END))
  return tail.includes(END_MARK)
}

const nameOf = (thrown: unknown): string => (thrown instanceof Error ? thrown.name : '')

/** Opens a PDF. Throws `Unreadable` for one that cannot be read, or must not. */
export async function openPdf(file: Uint8Array<ArrayBuffer>): Promise<Pdf> {
  if (!hasEnd(file))
    throw new Unreadable('damaged', 'The PDF ends too early: it was not stored or sent whole.')
  let pdf: Pdf
  try {
    pdf = await getDocumentProxy(file, {
      verbosity: 0,
      useSystemFonts: false,
      isOffscreenCanvasSupported: false,
      isImageDecoderSupported: false,
    })
  } catch (thrown) {
    if (nameOf(thrown) === 'PasswordException')
      throw new Unreadable(
        'encrypted',
        'The PDF is protected by a password. Save it without one, and send it again.',
      )
    throw new Unreadable('damaged', 'The PDF is damaged, or is none: its pages cannot be found.')
  }
  if (pdf.numPages <= MAX_PAGES) return pdf
  throw new Unreadable('too_many_pages', `The PDF has ${pdf.numPages} pages; at most ${MAX_PAGES} are read.`)
}

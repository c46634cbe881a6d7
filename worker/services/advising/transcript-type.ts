import { AppError } from '../../../shared/errors.ts'
import type { TRANSCRIPT_TYPES } from '../../db/tables/advising.ts'

export interface TranscriptType {
  contentType: (typeof TRANSCRIPT_TYPES)[number]
  /** Of the name that it gets. */
  ending: string
}

interface Signature extends TranscriptType {
  bytes: readonly number[]
}

const PDF: Signature = {
  contentType: 'application/pdf',
  ending: 'pdf',
  bytes: [0x25, 0x50, 0x44, 0x46, 0x2d], // "%PDF-", ISO 32000-2 §7.5.2
}
const IMAGES: readonly Signature[] = [
  // PNG (W3C) §5.2 and JPEG (ITU T.81) B.1.1.3
  { contentType: 'image/png', ending: 'png', bytes: [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a] },
  { contentType: 'image/jpeg', ending: 'jpg', bytes: [0xff, 0xd8, 0xff] },
]

/** Readers of PDF look for its beginning in so many bytes (ISO 32000-1, implementation note 13). */
const PDF_SEARCH_BYTES = 1_024

const standsAt = (head: Uint8Array, offset: number, { bytes }: Signature): boolean =>
  bytes.every((byte, index) => head[offset + index] === byte)

/** Whether a reader of PDF would take these bytes for one, wherever it begins. */
function holdsPdf(head: Uint8Array): boolean {
  for (let offset = 0; offset < Math.min(head.length, PDF_SEARCH_BYTES); offset += 1)
    if (standsAt(head, offset, PDF)) return true
  return false
}

const refused = (message: string): AppError => {
  const issue = { path: ['body', 'file'], message, type: 'value_error' }
  return new AppError('invalid_request', message, { param: 'file', issues: [issue] })
}

/** The type of a transcript by its content: names and words of its sender say nothing. Throws `invalid_request`. */
export function transcriptTypeOf(bytes: Uint8Array): TranscriptType {
  if (bytes.length === 0) throw refused('The file is empty')
  const image = IMAGES.find((signature) => standsAt(bytes, 0, signature))
  if (image && holdsPdf(bytes)) throw refused('The file is two things at once: an image and a PDF')
  const found = image ?? (standsAt(bytes, 0, PDF) ? PDF : undefined)
  if (!found) throw refused('File must be a PDF, JPG or PNG')
  return { contentType: found.contentType, ending: found.ending }
}

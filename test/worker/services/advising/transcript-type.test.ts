import { describe, expect, it } from 'vitest'
import { transcriptTypeOf } from '../../../../worker/services/advising/transcript-type.ts'

const text = (given: string) => new TextEncoder().encode(given)
const PNG = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]
const JPEG = [0xff, 0xd8, 0xff]
const headed = (head: readonly number[], rest: string) => Uint8Array.from([...head, ...text(rest)])

describe('the type of a transcript', () => {
  it.each([
    [text('%PDF-1.7\n'), 'application/pdf', 'pdf'],
    [headed(PNG, 'rest'), 'image/png', 'png'],
    [headed(JPEG, 'rest'), 'image/jpeg', 'jpg'],
    // A PDF may hold images, and an image any text behind where a reader of PDF looks.
    [text(`%PDF-1.7\n${'x'.repeat(20)}\x89PNG\r\n`), 'application/pdf', 'pdf'],
    [headed(JPEG, `${' '.repeat(1_021)}%PDF-1.7`), 'image/jpeg', 'jpg'],
  ])('is known by its beginning: %#', (bytes, contentType, ending) => {
    expect(transcriptTypeOf(bytes)).toEqual({ contentType, ending })
  })

  it.each([
    ['no bytes', new Uint8Array(), 'The file is empty'],
    ['text', text('Mathematics: 18.5'), 'File must be a PDF, JPG or PNG'],
    ['HTML', text('<html><script>alert(1)</script>'), 'File must be a PDF, JPG or PNG'],
    ['SVG', text('<svg xmlns="http://www.w3.org/2000/svg"/>'), 'File must be a PDF, JPG or PNG'],
    ['a PDF behind other bytes', text('MZ %PDF-1.7'), 'File must be a PDF, JPG or PNG'],
    ['half a signature', Uint8Array.from(PNG.slice(0, 7)), 'File must be a PDF, JPG or PNG'],
    [
      'an image that is a PDF, too',
      headed(JPEG, '%PDF-1.7'),
      'The file is two things at once: an image and a PDF',
    ],
    [
      'the same at the last place where a reader looks',
      headed(PNG, `${' '.repeat(1_015)}%PDF-1.7`),
      'The file is two things at once: an image and a PDF',
    ],
  ])('is refused of %s', (_what, bytes, message) => {
    expect(() => transcriptTypeOf(bytes)).toThrow(message)
  })
})

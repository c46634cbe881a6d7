import { deflateSync } from 'node:zlib'

/** Fonts of the pages that are made here; every reader of PDFs knows them. */
const FONTS = { F1: 'Helvetica', F2: 'Helvetica-Bold', F3: 'Times-Roman' } as const
type FontName = keyof typeof FONTS

const escaped = (text: string): string => text.replace(/[\\()]/g, (sign) => `\\${sign}`)

/** Text on a baseline, in points from the lower left corner. */
export const textAt = (x: number, y: number, text: string, size = 10, font: FontName = 'F1'): string =>
  `BT /${font} ${size} Tf ${x} ${y} Td (${escaped(text)}) Tj ET`

/** Lines below each other. */
export const linesAt = (
  x: number,
  y: number,
  lines: readonly string[],
  size = 10,
  font: FontName = 'F1',
): string => lines.map((line, index) => textAt(x, y - index * size * 1.2, line, size, font)).join('\n')

/** A picture of grey bytes over the whole page. */
export interface Picture {
  width: number
  height: number
  grey: Uint8Array
}

export interface PdfPage {
  drawing?: string
  picture?: Picture
  /** Codes of glyphs that stand for no characters, as some programs write them. */
  glyphCodes?: string
}

export interface PdfOptions {
  encrypted?: boolean
}

type Body = string | { dictionary: string; stream: Uint8Array | string }

const GLYPH_FONT =
  '<< /Type /Font /Subtype /Type0 /BaseFont /Codes /Encoding /Identity-H /DescendantFonts [<< /Type /Font /Subtype /CIDFontType2 /BaseFont /Codes /CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> /DW 500 /FontDescriptor << /Type /FontDescriptor /FontName /Codes /Flags 4 /FontBBox [0 0 1000 1000] /ItalicAngle 0 /Ascent 800 /Descent -200 /CapHeight 700 /StemV 80 >> >>] >>'

/** Each character by its place in a font that leaves out the first 29: what comes of it is not what was written. */
const codesOf = (text: string): string =>
  [...text].map((sign) => (sign.charCodeAt(0) - 29).toString(16).padStart(4, '0')).join('')

function pageBodies({ drawing = '', picture, glyphCodes }: PdfPage, first: number, parent: number): Body[] {
  const fonts = Object.entries(FONTS)
    .map(([name, base]) => `/${name} << /Type /Font /Subtype /Type1 /BaseFont /${base} >>`)
    .join(' ')
  const codes = glyphCodes === undefined ? '' : `BT /G1 10 Tf 72 700 Td <${codesOf(glyphCodes)}> Tj ET`
  const image = picture ? `q 612 0 0 792 0 0 cm /P1 Do Q` : ''
  const resources = `<< /Font << ${fonts} /G1 ${GLYPH_FONT} >>${picture ? ` /XObject << /P1 ${first + 2} 0 R >>` : ''} >>`
  const bodies: Body[] = [
    `<< /Type /Page /Parent ${parent} 0 R /MediaBox [0 0 612 792] /Resources ${resources} /Contents ${first + 1} 0 R >>`,
    { dictionary: '', stream: [image, drawing, codes].filter(Boolean).join('\n') },
  ]
  if (picture) {
    const { width, height, grey } = picture
    const dictionary = `/Type /XObject /Subtype /Image /Width ${width} /Height ${height} /ColorSpace /DeviceGray /BitsPerComponent 8 /Filter /FlateDecode`
    bodies.push({ dictionary, stream: deflateSync(grey) })
  }
  return bodies
}

/** A PDF, written without a library: every byte of it is known. */
export function pdfOf(
  pages: readonly PdfPage[],
  { encrypted = false }: PdfOptions = {},
): Uint8Array<ArrayBuffer> {
  const objects: Body[] = ['<< /Type /Catalog /Pages 2 0 R >>', '']
  const kids: number[] = []
  for (const page of pages) {
    kids.push(objects.length + 1)
    objects.push(...pageBodies(page, objects.length + 1, 2))
  }
  objects[1] = `<< /Type /Pages /Kids [${kids.map((kid) => `${kid} 0 R`).join(' ')}] /Count ${kids.length} >>`
  const parts: Buffer[] = [Buffer.from('%PDF-1.7\n')]
  const offsets: number[] = []
  let length = parts[0]?.length ?? 0
  const put = (piece: Buffer) => {
    parts.push(piece)
    length += piece.length
  }
  for (const [index, body] of objects.entries()) {
    offsets.push(length)
    put(Buffer.from(`${index + 1} 0 obj\n`))
    if (typeof body === 'string') put(Buffer.from(body))
    else {
      const stream = Buffer.from(body.stream)
      put(Buffer.from(`<< ${body.dictionary} /Length ${stream.length} >>\nstream\n`))
      put(stream)
      put(Buffer.from('\nendstream'))
    }
    put(Buffer.from('\nendobj\n'))
  }
  const table = offsets.map((offset) => `${String(offset).padStart(10, '0')} 00000 n \n`).join('')
  // No password opens this: the hashes are of none.
  const key = 'ab'.repeat(32)
  const lock = encrypted
    ? ` /Encrypt << /Filter /Standard /V 1 /R 2 /O <${key}> /U <${key}> /P -4 >> /ID [<00> <00>]`
    : ''
  const end = `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${table}trailer\n<< /Size ${objects.length + 1} /Root 1 0 R${lock} >>\nstartxref\n${length}\n%%EOF\n`
  put(Buffer.from(end))
  return new Uint8Array(Buffer.concat(parts))
}

/** Pages of a book, and lines of a page. */
export const PAGES = 117
const LINES = 46
const WORDS =
  'the keeper of a lock opens its gates when both waters are level and writes down the name of each boat with its length'.split(
    ' ',
  )

/** A line that no other page has. */
const lineOf = (seed: number, page: number, line: number): string =>
  [
    ...Array.from({ length: 13 }, (_, at) => WORDS[(seed + page * 7 + line * 3 + at * at) % WORDS.length]),
    `${seed}-${page}-${line}.`,
  ].join(' ')

/** A PDF of so many pages full of text, which is another one for each seed. */
export function bookOf(seed: number, pages = PAGES): Buffer<ArrayBuffer> {
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    `<< /Type /Pages /Count ${pages} /Kids [${Array.from({ length: pages }, (_, page) => `${4 + page * 2} 0 R`).join(' ')}] >>`,
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>',
  ]
  for (let page = 0; page < pages; page += 1) {
    const lines = Array.from(
      { length: LINES },
      (_, line) => `1 0 0 1 60 ${740 - line * 15} Tm (${lineOf(seed, page, line)}) Tj`,
    )
    const drawing = `BT /F1 10 Tf\n${lines.join('\n')}\nET`
    objects.push(
      `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Resources << /Font << /F1 3 0 R >> >> /Contents ${5 + page * 2} 0 R >>`,
      `<< /Length ${drawing.length} >>\nstream\n${drawing}\nendstream`,
    )
  }
  let text = '%PDF-1.7\n'
  const offsets = objects.map((object, index) => {
    const at = text.length
    text += `${index + 1} 0 obj\n${object}\nendobj\n`
    return `${String(at).padStart(10, '0')} 00000 n \n`
  })
  const start = text.length
  text += `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${offsets.join('')}`
  text += `trailer\n<< /Size ${objects.length + 1} /Root 1 0 R >>\nstartxref\n${start}\n%%EOF\n`
  return Buffer.from(text, 'latin1')
}

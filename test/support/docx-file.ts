import { strToU8, type Zippable, zipSync } from 'fflate'

const NAMESPACE = 'http://schemas.openxmlformats.org/wordprocessingml/2006/main'
const escaped = (text: string): string => text.replace(/[&<>]/g, (sign) => `&#${sign.charCodeAt(0)};`)

const run = (text: string): string => `<w:r><w:t xml:space="preserve">${escaped(text)}</w:t></w:r>`

/** A paragraph, perhaps of a style (`Heading1`), perhaps an item of a list, perhaps with a note at its end. */
export const paragraph = (text: string, { style = '', item = false, note = 0 } = {}): string =>
  `<w:p><w:pPr>${style && `<w:pStyle w:val="${style}"/>`}${item ? '<w:numPr><w:ilvl w:val="0"/><w:numId w:val="1"/></w:numPr>' : ''}</w:pPr>${run(text)}${note ? `<w:r><w:footnoteReference w:id="${note}"/></w:r>` : ''}</w:p>`

/** A cell, over so many columns; `down` begins a cell over several rows, and goes on with it. */
export const cell = (
  text: string,
  { across = 1, down = '' }: { across?: number; down?: '' | 'restart' | 'continue' } = {},
): string =>
  `<w:tc><w:tcPr>${across > 1 ? `<w:gridSpan w:val="${across}"/>` : ''}${down && `<w:vMerge w:val="${down}"/>`}</w:tcPr>${paragraph(text)}</w:tc>`

export const table = (rows: readonly (readonly string[])[]): string =>
  `<w:tbl>${rows.map((cells) => `<w:tr>${cells.join('')}</w:tr>`).join('')}</w:tbl>`

const STYLES = ['Title', ...[1, 2, 3].map((level) => `Heading${level}`)]
  .map(
    (id) =>
      `<w:style w:type="paragraph" w:styleId="${id}"><w:name w:val="${id.replace(/(\d)/, ' $1').toLowerCase()}"/></w:style>`,
  )
  .join('')

/** A DOCX with this body, and files besides. */
export function docxOf(
  body: string,
  { notes = [] as string[], others = {} as Zippable } = {},
): Uint8Array<ArrayBuffer> {
  const relationships = (entries: string) =>
    `<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">${entries}</Relationships>`
  const relationship = (id: string, type: string, target: string) =>
    `<Relationship Id="${id}" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/${type}" Target="${target}"/>`
  const files: Record<string, string> = {
    '[Content_Types].xml':
      '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="xml" ContentType="application/xml"/></Types>',
    '_rels/.rels': relationships(relationship('r1', 'officeDocument', 'word/document.xml')),
    'word/_rels/document.xml.rels': relationships(
      relationship('r1', 'styles', 'styles.xml') +
        relationship('r2', 'numbering', 'numbering.xml') +
        relationship('r3', 'footnotes', 'footnotes.xml'),
    ),
    'word/document.xml': `<?xml version="1.0"?><w:document xmlns:w="${NAMESPACE}"><w:body>${body}</w:body></w:document>`,
    'word/styles.xml': `<?xml version="1.0"?><w:styles xmlns:w="${NAMESPACE}">${STYLES}</w:styles>`,
    'word/numbering.xml': `<?xml version="1.0"?><w:numbering xmlns:w="${NAMESPACE}"><w:abstractNum w:abstractNumId="0"><w:lvl w:ilvl="0"><w:numFmt w:val="bullet"/></w:lvl></w:abstractNum><w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num></w:numbering>`,
    'word/footnotes.xml': `<?xml version="1.0"?><w:footnotes xmlns:w="${NAMESPACE}">${notes.map((note, index) => `<w:footnote w:id="${index + 1}">${paragraph(note)}</w:footnote>`).join('')}</w:footnotes>`,
  }
  const texts = Object.fromEntries(Object.entries(files).map(([name, text]) => [name, strToU8(text)]))
  return new Uint8Array(zipSync({ ...texts, ...others }))
}

/** The kinds of files that are read as documents. */
export const DOCUMENT_FORMATS = ['pdf', 'docx', 'text', 'markdown', 'html', 'json', 'csv'] as const
export type DocumentFormat = (typeof DOCUMENT_FORMATS)[number]

/** The media type under which a document of each format is kept. */
export const CONTENT_TYPES: Readonly<Record<DocumentFormat, string>> = {
  pdf: 'application/pdf',
  docx: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  text: 'text/plain',
  markdown: 'text/markdown',
  html: 'text/html',
  json: 'application/json',
  csv: 'text/csv',
}

/** The format of a media type that `CONTENT_TYPES` has. */
export const formatOf = (contentType: string): DocumentFormat | undefined =>
  DOCUMENT_FORMATS.find((format) => CONTENT_TYPES[format] === contentType)

/** Those that nodes read, in tasks without rights: their parsers are large, and their files may be made to break them. */
export const isReadByNodes = (format: DocumentFormat): boolean => format === 'pdf' || format === 'docx'

const EXTENSIONS = new Map<string, DocumentFormat>([
  ['pdf', 'pdf'],
  ['docx', 'docx'],
  ['txt', 'text'],
  ['text', 'text'],
  ['md', 'markdown'],
  ['markdown', 'markdown'],
  ['html', 'html'],
  ['htm', 'html'],
  ['xhtml', 'html'],
  ['json', 'json'],
  ['jsonl', 'json'],
  ['ndjson', 'json'],
  ['csv', 'csv'],
  ['tsv', 'csv'],
])

/** The format that a file's name claims; undefined where it claims none that is known. */
export const claimedFormat = (name: string): DocumentFormat | undefined =>
  EXTENSIONS.get(/\.([^.]+)$/.exec(name)?.[1]?.toLowerCase() ?? '')

import type { DocumentPage } from '../../../../shared/document-page.ts'
import { readCsv } from './csv-reader.ts'
import type { DocumentFormat } from './formats.ts'
import { readHtml } from './html-reader.ts'
import { readJson } from './json-reader.ts'
import { readMarkdown } from './markdown-reader.ts'
import type { Source } from './text-lines.ts'
import { readText } from './text-reader.ts'

/** The formats that the edge reads by itself. */
export type TextFormat = Exclude<DocumentFormat, 'pdf' | 'docx'>

/** Each answers in pieces as the bytes come, and throws `invalid_request`, naming the file, for what it cannot read. */
type Reader = (source: Source) => AsyncGenerator<DocumentPage, void, void>

export const READERS: Readonly<Record<TextFormat, Reader>> = {
  text: readText,
  markdown: readMarkdown,
  html: readHtml,
  json: readJson,
  csv: readCsv,
}

import { getResolvedPDFJS } from 'unpdf'
import type { DocumentPage } from '../../../shared/document-page.ts'
import { Unreadable } from '../file-fault.ts'
import type { Report } from '../report.ts'
import { blocksOf } from './blocks.ts'
import { partsOf } from './columns.ts'
import { linesOf } from './lines.ts'
import { openPdf, type Page, type Pdf } from './open-pdf.ts'
import { bodySizeOf, type Span, spansOf, type TextItem } from './spans.ts'
import { faultOfText } from './usable.ts'

/** The pages by which the usual size of the text is known. */
const MEASURED_PAGES = 10

interface Raw {
  number: number
  spans: Span[]
  reason: DocumentPage['reason']
  hasFailed: boolean
}

/** A page without text on which nothing is drawn is blank, and no fault. */
async function isBlank(page: Page): Promise<boolean> {
  const { OPS } = await getResolvedPDFJS()
  const { fnArray } = await page.getOperatorList()
  const inks = new Set<number>([
    OPS.paintImageXObject,
    OPS.paintInlineImageXObject,
    OPS.paintImageMaskXObject,
    OPS.constructPath,
    OPS.shadingFill,
    OPS.showText,
  ])
  return !fnArray.some((operation) => inks.has(operation))
}

async function readPage(pdf: Pdf, number: number): Promise<Raw> {
  try {
    const page = await pdf.getPage(number)
    const { items } = await page.getTextContent()
    const texts: TextItem[] = items.flatMap((item) => ('str' in item ? [item] : []))
    const text = texts.map(({ str }) => str).join('')
    const spans = spansOf(texts)
    const reason = spans.length === 0 && text.trim() === '' ? 'no_text' : faultOfText(text)
    const isFault = reason !== undefined && !(reason === 'no_text' && (await isBlank(page)))
    page.cleanup()
    return { number, spans, reason: isFault ? reason : undefined, hasFailed: false }
  } catch {
    return { number, spans: [], reason: 'no_text', hasFailed: true }
  }
}

function pageOf({ number, spans, reason }: Raw, bodySize: number): DocumentPage {
  if (reason !== undefined) return { page: number, blocks: [], usable: false, reason }
  const blocks = partsOf(spans, bodySize).flatMap((part) => blocksOf(linesOf(part), bodySize))
  return { page: number, blocks, usable: true }
}

/** Reads the pages of a PDF, one after the other. */
export async function readPdf(file: Uint8Array<ArrayBuffer>, report: Report): Promise<void> {
  const pdf = await openPdf(file)
  let bodySize: number | undefined
  let measured: Raw[] = []
  let failed = 0
  const write = (raw: Raw, size: number) => {
    for (const { text } of raw.reason === undefined ? raw.spans : [])
      report.figures.characters = (report.figures.characters ?? 0) + text.length
    report.page(pageOf(raw, size))
  }
  for (let number = 1; number <= pdf.numPages; number += 1) {
    const raw = await readPage(pdf, number)
    if (raw.hasFailed) failed += 1
    report.progress(number, pdf.numPages)
    if (bodySize !== undefined) {
      write(raw, bodySize)
      continue
    }
    measured.push(raw)
    if (number < Math.min(MEASURED_PAGES, pdf.numPages)) continue
    bodySize = bodySizeOf(measured.flatMap(({ spans }) => spans))
    for (const one of measured) write(one, bodySize)
    measured = []
  }
  if (failed === pdf.numPages)
    throw new Unreadable('damaged', 'The PDF is damaged: none of its pages can be read.')
}

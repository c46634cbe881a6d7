import { gunzipSync } from 'fflate'
import createCore, { type TessBaseApi } from 'tesseract.js-core/tesseract-core-simd-lstm.js'
import type { Block, DocumentPage } from '../../../shared/document-page.ts'
import type { TaskWork } from '../../../shared/tasks/tasks.ts'
import { openPdf, type Pdf } from '../pdf/open-pdf.ts'
import type { Report } from '../report.ts'
import { picturesOf } from './pictures.ts'

/** The files that lie beside the program. */
export interface OcrFiles {
  wasm: Uint8Array
  /** The language's data, packed. */
  language: Uint8Array
}

/** Text that is read with less confidence, of a hundred, is guesses at a drawing. */
const MIN_CONFIDENCE = 35

/** Tesseract's engine of neural networks, the only one of its core that is used. */
const LSTM_ONLY = 1

const READ_AS_IT_IS = 1

async function openEngine({ wasm, language }: OcrFiles) {
  const silent = () => {}
  const core = await createCore({ wasmBinary: wasm, print: silent, printErr: silent })
  core.FS.writeFile('/eng.traineddata', gunzipSync(language))
  const api = new core.TessBaseAPI()
  if (api.Init('/', 'eng', LSTM_ONLY) !== 0) throw new Error('The reader of pictures does not start.')
  return { core, api }
}

/** Paragraphs are divided by blank lines, and words at the end of lines by dashes. */
const paragraphsOf = (text: string): Block[] =>
  text.split(/\n\s*\n/).flatMap((lines): Block[] => {
    const paragraph = lines
      .replace(/(\p{Ll})-\n(\p{Ll})/gu, '$1$2')
      .replace(/\s+/g, ' ')
      .trim()
    return paragraph === '' ? [] : [{ kind: 'paragraph', text: paragraph }]
  })

function textOf(api: TessBaseApi): Block[] {
  api.Recognize(null)
  const text = api.GetUTF8Text()
  const isSure = api.MeanTextConf() >= MIN_CONFIDENCE
  api.Clear()
  return isSure ? paragraphsOf(text) : []
}

type Engine = Awaited<ReturnType<typeof openEngine>>

async function readPage(pdf: Pdf, number: number, { core, api }: Engine): Promise<DocumentPage> {
  const unread: DocumentPage = { page: number, blocks: [], usable: false, reason: 'no_text' }
  if (number > pdf.numPages) return unread
  try {
    const page = await pdf.getPage(number)
    const blocks: Block[] = []
    for (const picture of await picturesOf(page)) {
      core.FS.writeFile('/input', picture)
      if (api.SetImageFile(READ_AS_IT_IS, 0) === 0) blocks.push(...textOf(api))
    }
    page.cleanup()
    return blocks.length > 0 ? { page: number, blocks, usable: true } : unread
  } catch {
    return unread
  }
}

/** Reads the pictures of these pages of a PDF. */
export async function readPictures(
  file: Uint8Array<ArrayBuffer>,
  { pages }: Extract<TaskWork, { kind: 'ocr' }>['options'],
  report: Report,
  files: OcrFiles,
): Promise<void> {
  const pdf = await openPdf(file)
  const engine = await openEngine(files)
  for (const [index, number] of pages.entries()) {
    const page = await readPage(pdf, number, engine)
    for (const block of page.blocks)
      report.figures.characters = (report.figures.characters ?? 0) + ('text' in block ? block.text.length : 0)
    report.page(page)
    report.progress(index + 1, pages.length)
  }
}

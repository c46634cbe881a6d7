import { gunzipSync } from 'fflate'
import createCore, { type TessBaseApi } from 'tesseract.js-core/tesseract-core-simd-lstm.js'
import type { Block, DocumentPage } from '../../../shared/document-page.ts'
import type { TaskWork } from '../../../shared/tasks/tasks.ts'
import type { Report } from '../report.ts'
import { openPagePictures, type PagePictures, PICTURE_DPI } from './page-pictures.ts'

/** The files that lie beside the program. */
export interface OcrFiles {
  wasm: Uint8Array
  /** Of the library that draws pages. */
  pdfium: Uint8Array<ArrayBuffer>
  /** The language's data, packed. */
  language: Uint8Array
}

/** Text that is read with less confidence, of a hundred, is guesses at a drawing: letters of a wrong font have 36, scans 90. */
const MIN_CONFIDENCE = 55

/** Tesseract's engine of neural networks, the only one of its core that is used. */
const LSTM_ONLY = 1

const READ_AS_IT_IS = 1

/** Finds columns, and reads them one after the other. */
const FIND_COLUMNS = '3'

async function openEngine({ wasm, language }: OcrFiles) {
  const silent = () => {}
  const core = await createCore({ wasmBinary: wasm, print: silent, printErr: silent })
  core.FS.writeFile('/eng.traineddata', gunzipSync(language))
  const api = new core.TessBaseAPI()
  if (api.Init('/', 'eng', LSTM_ONLY) !== 0) throw new Error('The reader of pictures does not start.')
  api.SetVariable('tessedit_pageseg_mode', FIND_COLUMNS)
  api.SetVariable('user_defined_dpi', String(PICTURE_DPI))
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

const unread = (page: number): DocumentPage => ({ page, blocks: [], usable: false, reason: 'no_text' })

async function readPage(
  pictures: PagePictures,
  number: number,
  { core, api }: Engine,
): Promise<DocumentPage> {
  try {
    const picture = await pictures.of(number)
    if (!picture) return unread(number)
    core.FS.writeFile('/input', picture)
    if (api.SetImageFile(READ_AS_IT_IS, 0) !== 0) return unread(number)
    const blocks = textOf(api)
    return blocks.length > 0 ? { page: number, blocks, usable: true } : unread(number)
  } catch {
    return unread(number)
  }
}

/** No page is begun when so much of the time that a task has is over: what is read by then is kept. */
const LAST_START = 0.8

/** Reads these pages of a PDF as they look: whatever a page is made of, a picture of it is read. */
export async function readPictures(
  file: Uint8Array<ArrayBuffer>,
  { pages, limitMs }: Extract<TaskWork, { kind: 'ocr' }>['options'] & { limitMs: number },
  report: Report,
  files: OcrFiles,
  now: () => number = performance.now.bind(performance),
): Promise<void> {
  const until = now() + limitMs * LAST_START
  // One that cannot be drawn has no page that is read.
  const drawn = await openPagePictures(file, files.pdfium.buffer).catch(() => undefined)
  const engine = drawn && (await openEngine(files))
  for (const [index, number] of pages.entries()) {
    const isRead = drawn && engine && now() < until
    const page = isRead ? await readPage(drawn, number, engine) : unread(number)
    for (const block of page.blocks)
      report.figures.characters = (report.figures.characters ?? 0) + ('text' in block ? block.text.length : 0)
    report.page(page)
    report.progress(index + 1, pages.length)
  }
}

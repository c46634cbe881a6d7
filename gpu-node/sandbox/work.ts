import { readDocx } from './docx/read-docx.ts'
import { Unreadable } from './file-fault.ts'
import { fitVectors } from './fit/fit-vectors.ts'
import { readPictures } from './ocr/read-pictures.ts'
import { readPdf } from './pdf/read-pdf.ts'
import { OVER, type SandboxOrder } from './pipe.ts'
import { Report } from './report.ts'

interface Given {
  order: SandboxOrder
  files: ArrayBuffer[]
}

/** A file of the sandbox's own. */
const beside = (name: string): Uint8Array<ArrayBuffer> =>
  Deno.readFileSync(new URL(`./${name}`, import.meta.url))

function run({ order, files: [file = new ArrayBuffer(0)] }: Given, report: Report): Promise<void> {
  const { work, limitMs } = order
  const bytes = new Uint8Array(file)
  switch (work.kind) {
    case 'extract':
      return work.options.format === 'pdf' ? readPdf(bytes, report) : readDocx(bytes, report)
    case 'ocr':
      return readPictures(bytes, { ...work.options, limitMs }, report, {
        wasm: beside('tesseract.wasm'),
        pdfium: beside('pdfium.wasm'),
        language: beside('eng.traineddata.gz'),
      })
    case 'fit':
      return fitVectors(bytes, work.options, report)
    default:
      return work satisfies never
  }
}

// pdf.js leaves promises alone that fail over a damaged file; what it is asked for says so by itself.
self.addEventListener('unhandledrejection', (event) => event.preventDefault())

self.addEventListener('message', async ({ data }) => {
  const given = data as Given // `main.ts` alone sends to this thread
  const report = new Report(given.order.outputs, (bytes) => Deno.stdout.writeSync(bytes))
  try {
    await run(given, report)
    report.finish()
  } catch (thrown) {
    if (!(thrown instanceof Unreadable)) throw thrown
    report.fail(thrown.code, thrown.message)
  }
  self.postMessage(OVER)
})

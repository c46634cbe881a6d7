import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { readPictures } from '../../../gpu-node/sandbox/ocr/read-pictures.ts'
import { readPdf } from '../../../gpu-node/sandbox/pdf/read-pdf.ts'
import { DocumentPage } from '../../../shared/document-page.ts'
import { pdfOf, textAt } from '../../support/pdf-file.ts'
import { pagesOf } from '../sandbox/told.ts'
import { sandboxes } from './bundle-setup.ts'

let world: Awaited<ReturnType<typeof sandboxes>>
beforeAll(async () => {
  world = await sandboxes()
})
afterAll(() => world.remove())

/** The pages that OCR reads. */
async function read(file: Uint8Array, pages: number[]): Promise<DocumentPage[]> {
  const { end, output } = world.run(file, { work: { kind: 'ocr', options: { pages } } })
  expect(await end).toMatchObject({ kind: 'done', figures: { pages: pages.length } })
  const lines = readFileSync(output, 'utf8').trim().split('\n')
  return lines.map((line) => DocumentPage.parse(JSON.parse(line)))
}

const textOf = ({ blocks }: DocumentPage) =>
  blocks.map((block) => ('text' in block ? block.text : '')).join('\n')
const unread = (page: number) => ({ page, blocks: [], usable: false, reason: 'no_text' })

it('a page that is a picture is read; one that shows nothing, or is none, is told of', async () => {
  const scanned = readFileSync('test/fixtures/documents/scanned.pdf')
  const [second, third] = await read(scanned, [2, 3])
  expect(second).toMatchObject({ page: 2, usable: true })
  expect(second && textOf(second)).toMatch(
    /library is open from nine to five.*kept for four weeks.*twenty cents/s,
  )
  expect(third).toEqual(unread(3))
  const grey = new Uint8Array(400).fill(128)
  // Drawn with another font than the one whose codes they are.
  const glyphCodes = 'This is a text whose letters are known to the eye alone. '.repeat(8)
  const shown = pdfOf([{}, { picture: { width: 20, height: 20, grey } }, { glyphCodes }])
  expect(await read(shown, [1, 2, 3])).toEqual([unread(1), unread(2), unread(3)])
  // pdf.js, whose pages these are, may open what the other library does not.
  expect(await read(Buffer.from('%PDF-1.7 and nothing else %%EOF'), [1])).toEqual([unread(1)])
})

it('a page whose letters have codes alone is read as it looks, one column after the other', async () => {
  const printed = readFileSync('test/fixtures/documents/printed.pdf', 'latin1')
  const coded = Buffer.from(printed.replaceAll('/ToUnicode', '/NoUnicode'), 'latin1')
  const [judged] = await pagesOf(readPdf, new Uint8Array(coded))
  expect(judged).toEqual({ page: 1, blocks: [], usable: false, reason: 'glyph_codes' })
  const [page] = await read(coded, [1])
  const text = page ? textOf(page) : ''
  const sentences = [
    'Harbours of the North',
    'in most winters the ice broke half of it.',
    'nobody slept for three nights and that the bells rang by themselves.',
    'two basins, a lock between them, and the long pier',
    'burned down within two years of its opening.',
  ]
  const places = sentences.map((sentence) => text.indexOf(sentence))
  expect(places.every((at) => at >= 0)).toBe(true)
  expect(places).toEqual(places.toSorted((a, b) => a - b))
  expect(text).toMatch(/Outer Pier 3 11.2 m/)
})

it('what there is no time for is told of, and what was read is kept', async () => {
  const packages = createRequire(import.meta.url)
  const fileOf = (name: string) => new Uint8Array(readFileSync(packages.resolve(name)))
  const files = {
    wasm: fileOf('tesseract.js-core/tesseract-core-simd-lstm.wasm'),
    pdfium: fileOf('@hyzyla/pdfium/pdfium.wasm'),
    language: fileOf('@tesseract.js-data/eng/4.0.0_best_int/eng.traineddata.gz'),
  }
  const pdf = pdfOf(['Soon', 'Late'].map((text) => ({ drawing: textAt(72, 700, text, 24) })))
  const times = [0, 799, 800]
  const order = { pages: [1, 2], limitMs: 1_000 }
  const pages = await pagesOf(
    (file, report) => readPictures(file, order, report, files, () => times.shift() ?? 0),
    pdf,
  )
  expect(pages).toEqual([{ page: 1, usable: true, blocks: [{ kind: 'paragraph', text: 'Soon' }] }, unread(2)])
})

import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { readPdf } from '../../../gpu-node/sandbox/pdf/read-pdf.ts'
import { pagesOf } from './told.ts'

it('a PDF that a browser printed has its columns in order, its table and its pages', async () => {
  const pages = await pagesOf(readPdf, new Uint8Array(readFileSync('test/fixtures/documents/printed.pdf')))
  expect(pages).toHaveLength(2)
  const [first, second] = pages.map(({ blocks }) => blocks)
  expect(first?.filter(({ kind }) => kind === 'heading')).toMatchObject([
    { text: 'Harbours of the North' },
    { text: 'Their beginning' },
    { text: 'Their ships' },
  ])
  const text = first?.map((block) => ('text' in block ? block.text : '')).join(' ') ?? ''
  const sentences = [
    /It was small, and in most winters the ice broke half of it\./,
    /nobody slept for three nights and that the bells rang by themselves\./,
    /two basins, a lock between them, and the long pier on which the lighthouse stands\./,
    /a hall of iron and glass that burned down within two years of its opening\./,
  ]
  const places = sentences.map((sentence) => text.search(sentence))
  expect(places.every((at) => at >= 0)).toBe(true)
  expect(places).toEqual(places.toSorted((a, b) => a - b))
  expect(first?.at(-1)).toEqual({
    kind: 'table',
    rows: [
      ['Harbour', 'Ships', 'Depth'],
      ['Old Basin', '14', '5.5 m'],
      ['New Basin', '26', '9.0 m'],
      ['Outer Pier', '3', '11.2 m'],
    ],
  })
  expect(second).toEqual([
    { kind: 'heading', level: expect.any(Number), text: 'How to come there' },
    // A browser draws the signs of a list: they are no text.
    { kind: 'paragraph', text: 'by rail from the capital, twice a day; by the coastal road; by ship.' },
    { kind: 'paragraph', text: 'The office of the harbour master answers questions.' },
  ])
})

import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { DocumentPage } from '../../../shared/document-page.ts'
import { sandboxes } from './bundle-setup.ts'

let world: Awaited<ReturnType<typeof sandboxes>>
beforeAll(async () => {
  world = await sandboxes()
})
afterAll(() => world.remove())

it('a page that is a picture is read; one that has none, or is none, is told of', async () => {
  const scanned = readFileSync('test/fixtures/documents/scanned.pdf')
  const { end, output } = world.run(scanned, { work: { kind: 'ocr', options: { pages: [2, 1, 3] } } })
  expect(await end).toMatchObject({ kind: 'done', figures: { pages: 3, unusablePages: 2 } })
  const pages = readFileSync(output, 'utf8').trim().split('\n')
  const [first, ...others] = pages.map((line) => DocumentPage.parse(JSON.parse(line)))
  const text = first?.blocks.map((block) => ('text' in block ? block.text : '')).join(' ')
  expect(first).toMatchObject({ page: 2, usable: true })
  expect(text).toMatch(/library is open from nine to five.*kept for four weeks.*twenty cents/s)
  expect(others).toEqual([
    { page: 1, blocks: [], usable: false, reason: 'no_text' },
    { page: 3, blocks: [], usable: false, reason: 'no_text' },
  ])
})

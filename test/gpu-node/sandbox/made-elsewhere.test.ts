import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { readDocx } from '../../../gpu-node/sandbox/docx/read-docx.ts'
import { readPdf } from '../../../gpu-node/sandbox/pdf/read-pdf.ts'
import type { Block } from '../../../shared/document-page.ts'
import { pagesOf } from './told.ts'

const file = (name: string) => new Uint8Array(readFileSync(`test/fixtures/documents/${name}`))

async function blocksOf(name: string): Promise<Block[]> {
  const pages = await pagesOf(name.endsWith('.pdf') ? readPdf : readDocx, file(name))
  return pages.flatMap(({ blocks }) => blocks)
}
const heading = (level: number, text: string): Block => ({ kind: 'heading', level, text })
const paragraph = (text: string): Block => ({ kind: 'paragraph', text })

const CHAMBERS: Block = {
  kind: 'table',
  rows: [
    ['Chamber', 'Length', 'Lift'],
    ['Upper', '67 m', '4.2 m'],
    ['Lower', '110 m', '3.8 m'],
  ],
}

describe('of LibreOffice', () => {
  it('a DOCX has its headings, its list, its table and its note', async () => {
    expect(await blocksOf('written.docx')).toEqual([
      heading(1, 'The lock keeper’s handbook'),
      paragraph('A lock lifts boats from one water to another. Its office is open from six to nine.'),
      heading(2, 'Before a boat comes'),
      { kind: 'list', items: ['Close the lower gate.', 'Find out how deep the boat lies.'] },
      paragraph('Größe und Gewicht stehen im Schiffsbrief; naïve skippers ask twice.'),
      heading(2, 'The chambers'),
      CHAMBERS,
      paragraph('Both chambers are filled in eleven minutes.'),
      paragraph('In winter from eight to five.'),
    ])
  })

  it('a PDF has the same in the same order', async () => {
    const blocks = await blocksOf('written.pdf')
    expect(blocks.filter(({ kind }) => kind === 'heading')).toMatchObject([
      { text: 'The lock keeper’s handbook' },
      { text: 'Before a boat comes' },
      { text: 'The chambers' },
    ])
    expect(blocks).toContainEqual(CHAMBERS)
    expect(blocks).toContainEqual(
      paragraph('Größe und Gewicht stehen im Schiffsbrief; naïve skippers ask twice.'),
    )
    expect(blocks.at(-1)).toEqual(paragraph('1 In winter from eight to five.'))
  })
})

describe.each([
  ['with outlines', 'typeset.pdf'],
  ['with pictures of letters, whose ligatures have codes of TeX', 'typeset-bitmaps.pdf'],
])('of LaTeX, %s, a PDF in two columns', (_fonts, name) => {
  it('has its headings with their levels, and its paragraphs whole and in order', async () => {
    const blocks = await blocksOf(name)
    const headings = blocks.filter((block) => block.kind === 'heading')
    expect(headings.map(({ text }) => text)).toEqual([
      'On the Efficient Filling of Locks',
      'A. Lockkeeper',
      '1 Introduction',
      '2 Measurements',
      '2.1 Errors',
      '3 Conclusion',
    ])
    const levels = headings.map(({ level }) => level)
    expect(levels[2]).toBe(levels[3])
    expect(levels[4]).toBeGreaterThan(levels[3] ?? 0)
    expect(blocks).toContainEqual(
      paragraph(
        'The first locks were filled by hand. An efficient keeper could fill a chamber within the hour, and the office of the canal paid him by the boat. ' +
          'In the following we find that two sluices, opened one after the other, are faster than three that are opened together, since the inflow does ' +
          'not work against itself. The difference is significant in chambers of more than sixty metres, and insignificant in shorter ones, as the ' +
          'measurements of the next section affirm.',
      ),
    )
    expect(blocks).toContainEqual(
      paragraph(
        'Nobody had described this before the flood of the last century, after which the authorities were obliged to rebuild every chamber of the ' +
          'northern waterway, and had its inhabitants count the buckets.',
      ),
    )
  })

  it('has its table as rows of cells', async () => {
    const table = (await blocksOf(name)).find((block) => block.kind === 'table')
    expect(table?.rows).toEqual([
      ['Chamber', 'Length', 'Minutes'],
      ['Upper', '67', '11.5'],
      ['Lower', '110', '19.0'],
      ['Harbour', '45', '8.2'],
    ])
  })
})

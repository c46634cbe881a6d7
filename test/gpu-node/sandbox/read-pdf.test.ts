import { describe, expect, it } from 'vitest'
import { readPdf } from '../../../gpu-node/sandbox/pdf/read-pdf.ts'
import { MAX_PAGES } from '../../../shared/document-page.ts'
import { linesAt, pdfOf, textAt } from '../../support/pdf-file.ts'
import { keptReport, pagesOf } from './told.ts'

const pages = (...drawings: string[]) => pagesOf(readPdf, pdfOf(drawings.map((drawing) => ({ drawing }))))
const blocks = async (drawing: string) => (await pages(drawing))[0]?.blocks

const PROSE = [
  'The quick brown fox jumps over the lazy dog near the river bank at dawn and',
  'then it rests in the shade of an old oak tree until the sun has gone down over',
  'the hills, when it sets out again.',
]

describe('a page of a PDF', () => {
  it('has headings by the size of their font, and paragraphs of lines', async () => {
    const drawing = [
      textAt(72, 740, 'An Annual Report', 20, 'F2'),
      textAt(72, 700, '1 Introduction', 14, 'F2'),
      linesAt(72, 680, PROSE),
      linesAt(72, 625, ['A second paragraph stands below.']),
    ].join('\n')
    expect(await blocks(drawing)).toEqual([
      { kind: 'heading', level: 1, text: 'An Annual Report' },
      { kind: 'heading', level: 2, text: '1 Introduction' },
      { kind: 'paragraph', text: PROSE.join(' ') },
      { kind: 'paragraph', text: 'A second paragraph stands below.' },
    ])
  })

  it('has words whole that were divided at the end of a line, and paragraphs that are indented', async () => {
    const lines = ['It was a remark-', 'able day for a well-', 'Known person.']
    expect(await blocks(`${linesAt(72, 700, lines)}\n${textAt(90, 664, 'Another one begins.')}`)).toEqual([
      { kind: 'paragraph', text: 'It was a remarkable day for a well- Known person.' },
      { kind: 'paragraph', text: 'Another one begins.' },
    ])
  })

  it('has lists, also where the sign stands apart', async () => {
    const drawing = [
      textAt(72, 700, 'You need:'),
      textAt(80, 685, '- two eggs'),
      textAt(80, 673, '-'),
      textAt(110, 673, 'a cup of milk that is'),
      textAt(110, 661, 'not too cold'),
      textAt(80, 649, '3. some sugar'),
    ].join('\n')
    expect(await blocks(drawing)).toEqual([
      { kind: 'paragraph', text: 'You need:' },
      { kind: 'list', items: ['two eggs', 'a cup of milk that is not too cold', '3. some sugar'] },
    ])
  })

  it('with two columns is read one after the other, and what lies across them in its place', async () => {
    const column = (word: string) =>
      Array.from({ length: 12 }, (_, index) => `${word} line ${index} goes on and fills the whole of it`)
    const drawing = [
      textAt(120, 750, 'A title that lies across both of the columns', 18, 'F2'),
      // Drawn side by side, as some programs do.
      ...column('left').map((line, index) => textAt(60, 700 - index * 12, line)),
      ...column('right').map((line, index) => textAt(320, 700 - index * 12, line)),
      textAt(
        60,
        540,
        'Across again there is one line of text that is wide enough to lie on both of the columns.',
      ),
      ...column('lower').map((line, index) => textAt(60, 515 - index * 12, line)),
      ...column('last').map((line, index) => textAt(320, 515 - index * 12, line)),
    ].join('\n')
    const texts = (await blocks(drawing))?.map((block) => ('text' in block ? block.text : '')) ?? []
    expect(texts[0]).toMatch(/^A title/)
    const whole = texts.join(' ')
    const places = [
      'left line 0',
      'left line 11',
      'right line 0',
      'right line 11',
      'Across',
      'lower line 0',
      'lower line 11',
      'last line 0',
      'last line 11',
    ]
    const found = places.map((place) => whole.indexOf(place))
    expect(found.every((at) => at >= 0)).toBe(true)
    expect(found).toEqual(found.toSorted((a, b) => a - b))
  })

  it('has tables as rows of cells, those of several lines too', async () => {
    const row = (y: number, cells: string[]) =>
      cells.map((text, index) => textAt(72 + index * 150, y, text)).join('\n')
    const drawing = [
      textAt(72, 730, 'The prices of this year:'),
      row(700, ['Fruit', 'Price', 'Where']),
      row(680, ['Apple', '1.20', 'at the market']),
      textAt(372, 669, 'in the square'),
      row(649, ['Pear', '', 'nowhere']),
      row(629, ['Plum', '3.40', 'in the shop']),
      textAt(72, 590, 'That is all there is to say of them here.'),
    ].join('\n')
    expect(await blocks(drawing)).toEqual([
      { kind: 'paragraph', text: 'The prices of this year:' },
      {
        kind: 'table',
        rows: [
          ['Fruit', 'Price', 'Where'],
          ['Apple', '1.20', 'at the market in the square'],
          ['Pear', '', 'nowhere'],
          ['Plum', '3.40', 'in the shop'],
        ],
      },
      { kind: 'paragraph', text: 'That is all there is to say of them here.' },
    ])
  })

  it('is judged by itself: a scan, codes of glyphs, a blank one', async () => {
    const picture = { width: 20, height: 20, grey: new Uint8Array(400).fill(128) }
    const codes = 'This is a text whose letters are known to the eye alone. '.repeat(8)
    const file = pdfOf([{ drawing: textAt(72, 700, 'Readable.') }, { picture }, { glyphCodes: codes }, {}])
    const { report, messages } = keptReport()
    await readPdf(file.slice(), report)
    report.finish()
    expect(messages.at(-1)).toMatchObject({ type: 'done', figures: { pages: 4, unusablePages: 2 } })
    expect(await pagesOf(readPdf, file)).toEqual([
      { page: 1, usable: true, blocks: [{ kind: 'paragraph', text: 'Readable.' }] },
      { page: 2, usable: false, reason: 'no_text', blocks: [] },
      { page: 3, usable: false, reason: 'glyph_codes', blocks: [] },
      { page: 4, usable: true, blocks: [] },
    ])
  })
})

describe('a PDF', () => {
  it.each([
    ['needs a password', () => pdfOf([{ drawing: '' }], { encrypted: true }), 'encrypted', /password/],
    [
      'ends too early',
      () => pdfOf([{ drawing: linesAt(72, 700, PROSE) }]).slice(0, -60),
      'damaged',
      /too early/,
    ],
    ['is none', () => new Uint8Array(Buffer.from(`${'x'.repeat(500)}%%EOF`)), 'damaged', /damaged/],
    ['is empty', () => new Uint8Array(), 'damaged', /too early/],
    [
      'has too many pages',
      () => pdfOf(Array.from({ length: MAX_PAGES + 1 }, () => ({}))),
      'too_many_pages',
      /5001 pages; at most 5000/,
    ],
  ])('that %s is refused in words that a person understands', async (_, file, code, message) => {
    const { report } = keptReport()
    await expect(readPdf(file(), report)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
    })
  })

  it('of as many pages as may be is read', async () => {
    const file = pdfOf(Array.from({ length: MAX_PAGES }, () => ({})))
    expect(await pagesOf(readPdf, file)).toHaveLength(MAX_PAGES)
  }, 60_000)
})

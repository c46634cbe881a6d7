import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { MAX_ENTRIES, MAX_UNPACKED_RATIO, openDocx } from '../../../gpu-node/sandbox/docx/open-docx.ts'
import { readDocx } from '../../../gpu-node/sandbox/docx/read-docx.ts'
import { PIECE_CHARACTERS } from '../../../shared/document-page.ts'
import { cell, docxOf, paragraph, table } from '../../support/docx-file.ts'
import { pagesOf } from './told.ts'

const blocks = async (file: Uint8Array<ArrayBuffer>) =>
  (await pagesOf(readDocx, file)).flatMap((page) => page.blocks)

describe('a DOCX', () => {
  it('has headings, paragraphs, lists, and notes behind the text', async () => {
    const body = [
      paragraph('A Report', { style: 'Title' }),
      paragraph('Beginning', { style: 'Heading2' }),
      paragraph('It  began early.', { note: 1 }),
      paragraph('one', { item: true }),
      paragraph('two', { item: true }),
      paragraph(''),
      paragraph('It ended.'),
    ].join('')
    expect(await blocks(docxOf(body, { notes: ['In the year before.'] }))).toEqual([
      { kind: 'heading', level: 1, text: 'A Report' },
      { kind: 'heading', level: 2, text: 'Beginning' },
      { kind: 'paragraph', text: 'It began early.' },
      { kind: 'list', items: ['one', 'two'] },
      { kind: 'paragraph', text: 'It ended.' },
      { kind: 'paragraph', text: 'In the year before.' },
    ])
  })

  it('has tables whose rows are as long as the longest, also with cells over several', async () => {
    const body = table([
      [cell('Name'), cell('Both', { across: 2 })],
      [cell('Ada', { down: 'restart' }), cell('1'), cell('2')],
      [cell('', { down: 'continue' }), cell('3'), cell('4')],
      [cell('Bob')],
    ])
    expect(await blocks(docxOf(body))).toEqual([
      {
        kind: 'table',
        rows: [
          ['Name', 'Both', ''],
          ['Ada', '1', '2'],
          ['', '3', '4'],
          ['Bob', '', ''],
        ],
      },
    ])
  })

  it('is told in pieces, none much longer than one', async () => {
    // Of words that do not repeat: the archive is not to be taken for a bomb.
    const words = (seed: number) =>
      Array.from({ length: 150 }, (_, index) => ((seed * 7919 + index * 104_729) % 1e9).toString(36)).join(
        ' ',
      )
    const body = Array.from({ length: 700 }, (_, index) => paragraph(words(index))).join('')
    const pages = await pagesOf(readDocx, docxOf(body))
    expect(pages.length).toBeGreaterThan(2)
    expect(pages.every(({ page }) => page === null)).toBe(true)
    for (const page of pages) expect(JSON.stringify(page).length).toBeLessThan(PIECE_CHARACTERS * 1.1)
    expect(pages.flatMap((page) => page.blocks)).toHaveLength(700)
  })

  it.each(['simple-list', 'tables', 'footnotes', 'strict-format', 'text-box', 'single-paragraph'])(
    'as Word writes it is read: %s',
    async (name) => {
      const file = readFileSync(`node_modules/mammoth/test/test-data/${name}.docx`)
      expect(await blocks(new Uint8Array(file))).not.toEqual([])
    },
  )

  it('without text is one empty piece', async () => {
    expect(await pagesOf(readDocx, docxOf(''))).toEqual([{ page: null, blocks: [], usable: true }])
  })

  it.each([
    [
      'needs a password',
      () => new Uint8Array([0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1]),
      'encrypted',
      /password/,
    ],
    ['is none', () => new Uint8Array(Buffer.from('Dear Sir or Madam')), 'damaged', /no DOCX/],
    [
      'ends too early',
      () => docxOf(paragraph('Hello.')).slice(0, -100),
      'damaged',
      /not stored or sent whole/,
    ],
    ['has no text', () => docxOf('').slice(0, 4), 'damaged', /damaged/],
    ['is no XML', () => docxOf('<<<'), 'damaged', /damaged/],
  ])('that %s is refused in words that a person understands', async (_, file, code, message) => {
    await expect(blocks(file())).rejects.toMatchObject({ code, message: expect.stringMatching(message) })
  })
})

describe('an archive', () => {
  const bomb = (bytes: number) => docxOf('', { others: { 'word/media/a.bin': new Uint8Array(bytes) } })

  it('that unpacks to a hundred times its length is refused before it is unpacked', () => {
    const file = bomb(4_000_000)
    expect(file.length).toBeLessThan(4_000_000 / MAX_UNPACKED_RATIO)
    expect(() => openDocx(file)).toThrow(
      expect.objectContaining({ code: 'archive_too_large', message: expect.stringMatching(/100 times/) }),
    )
  })

  it('that unpacks to more than 200 MB is refused before it is unpacked', () => {
    const file = new Uint8Array(3_000_000)
    const inner = bomb(210 * 1024 * 1024)
    // Behind so many bytes of nothing that the ratio is no reason: a directory is found from the end.
    file.set(inner.subarray(0, 4))
    expect(inner.length * MAX_UNPACKED_RATIO).toBeLessThan(210 * 1024 * 1024)
    expect(() => openDocx(inner)).toThrow(
      expect.objectContaining({ code: 'archive_too_large', message: expect.stringMatching(/200 MB/) }),
    )
  })

  it('of more files than one may have is refused', () => {
    const others = Object.fromEntries(
      Array.from({ length: MAX_ENTRIES + 1 }, (_, index) => [`a/${index}`, new Uint8Array(0)]),
    )
    expect(() => openDocx(docxOf('', { others }))).toThrow(
      expect.objectContaining({ code: 'archive_too_large' }),
    )
  })

  it('whose directory promises less than comes unpacks to what it promises', () => {
    const file = docxOf('x'.repeat(100_000))
    const view = new DataView(file.buffer)
    for (let at = 0; at < file.length - 46; at += 1) {
      const isEntry = view.getUint32(at, true) === 0x02014b50
      if (isEntry && view.getUint32(at + 24, true) > 50_000) view.setUint32(at + 24, 1_000, true)
    }
    expect(openDocx(file).byteLength).toBeLessThan(10_000)
  })
})

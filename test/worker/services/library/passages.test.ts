import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Block } from '../../../../shared/document-page.ts'
import {
  createSplitter,
  OVERLAP_CHARACTERS,
  PASSAGE_CHARACTERS,
  type Passage,
  splitPages,
} from '../../../../worker/services/library/passages.ts'
import { SEED, timesOf } from '../../../support/property-runs.ts'

const page = (blocks: Block[], number: number | null = null) => ({ page: number, usable: true, blocks })
const paragraph = (text: string): Block => ({ kind: 'paragraph', text })
const heading = (text: string, level = 1): Block => ({ kind: 'heading', text, level })

/** The sentences one, two, three …, of about fifty characters each. */
const sentences = (count: number) =>
  Array.from({ length: count }, (_, index) => `Sentence ${index} says that the heron is still there.`).join(
    ' ',
  )

describe('the passages of a document', () => {
  it('are one where it is short', () => {
    expect(splitPages([page([heading('Birds'), paragraph('A heron.')], 1)])).toEqual([
      { page: 1, from: 0, to: 15, headings: ['Birds'], text: 'Birds\n\nA heron.' },
    ])
  })

  it('take a time that grows as the text does, also of marks and headings alone', () => {
    // Looked at from each of its marks, or for each passage from the first heading on, this takes minutes.
    const text = '.'.repeat(256 * 1_024)
    expect(splitPages([page([paragraph(`${text}x`)])]).length).toBeGreaterThan(256)
    const many = Array.from({ length: 100_000 }, () => heading('a'))
    expect(splitPages([page(many)]).length).toBeGreaterThan(300)
  })

  it('end at sentences, and begin with some of those before', () => {
    expect([PASSAGE_CHARACTERS, OVERLAP_CHARACTERS]).toEqual([1_000, 200])
    const passages = splitPages([page([paragraph(sentences(100))])])
    expect(passages.length).toBeGreaterThan(5)
    for (const [index, { text, from, to }] of passages.entries()) {
      expect(text).toMatch(/^Sentence .*\.$/s)
      expect(text.length).toBeLessThanOrEqual(PASSAGE_CHARACTERS)
      const next = passages[index + 1]
      if (!next) continue
      expect(next.from).toBeLessThan(to)
      expect(next.from).toBeGreaterThanOrEqual(to - OVERLAP_CHARACTERS)
      expect(from).toBeLessThan(next.from)
    }
  })

  it('end where a heading begins, and have the path of those above them', () => {
    const passages = splitPages([
      page([
        heading('Book'),
        heading('One', 2),
        paragraph(sentences(10)),
        heading('Two', 2),
        paragraph(sentences(10)),
      ]),
      page([paragraph('It goes on.'), heading('Other book'), paragraph('The end.')]),
    ])
    expect(passages.map(({ headings, text }) => [headings, text.split('\n')[0]])).toEqual([
      [['Book'], 'Book'],
      [['Book', 'Two'], 'Two'],
      [['Book', 'Two'], 'It goes on.'],
    ])
  })

  it('never go from one page to the next', () => {
    const passages = splitPages([1, 2, 3].map((number) => page([paragraph(`Page ${number}.`)], number)))
    expect(passages.map(({ page: number, text }) => [number, text])).toEqual([
      [1, 'Page 1.'],
      [2, 'Page 2.'],
      [3, 'Page 3.'],
    ])
  })

  it('have lists by lines and tables by rows', () => {
    const [passage] = splitPages([
      page([
        { kind: 'list', items: ['one', 'two'] },
        {
          kind: 'table',
          rows: [
            ['a', 'b'],
            ['1', '2'],
          ],
        },
      ]),
    ])
    expect(passage?.text).toBe('one\ntwo\n\na | b\n1 | 2')
  })

  it('are none of a document without text', () => {
    expect(splitPages([page([]), page([paragraph(' \n ')])])).toEqual([])
  })

  it('are cut where there is no place for it, and no character is broken', () => {
    const passages = splitPages([page([paragraph('😀'.repeat(2_000))])])
    expect(passages.every(({ text }) => text.isWellFormed() && text.length <= PASSAGE_CHARACTERS)).toBe(true)
  })

  it('tell the title: the first of the highest headings', () => {
    const splitter = createSplitter()
    splitter.add(page([heading('Minor', 2)]))
    expect(splitter.title).toBe('Minor')
    splitter.add(page([heading('Title'), heading('Later')]))
    expect(splitter.title).toBe('Title')
  })

  it('hold each character of any document that is not blank, at its place', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 300 }),
      fc.lorem({ maxCount: 80, mode: 'sentences' }),
      fc.constantFrom(
        'x'.repeat(3_000),
        `${'word '.repeat(500)}`,
        '。'.repeat(900),
        '\n\n\n',
        '字'.repeat(2_100),
      ),
    )
    const block: fc.Arbitrary<Block> = fc.oneof(
      fc.record({ kind: fc.constant('heading' as const), level: fc.integer({ min: 1, max: 6 }), text }),
      fc.record({ kind: fc.constant('paragraph' as const), text }),
      fc.record({ kind: fc.constant('list' as const), items: fc.array(text, { maxLength: 4 }) }),
    )
    const pages = fc.array(fc.array(block, { maxLength: 6 }), { maxLength: 4 })
    const inked = (value: string) => value.replace(/\s/g, '')
    fc.assert(
      fc.property(pages, (blocks) => {
        const passages = splitPages(blocks.map((some, index) => page(some, index + 1)))
        let known = 0
        let whole = ''
        let last: Passage | undefined
        for (const passage of passages) {
          expect(passage.text.length).toBeLessThanOrEqual(PASSAGE_CHARACTERS)
          expect(passage.to - passage.from).toBe(passage.text.length)
          expect(passage.text.trim()).toBe(passage.text)
          if (last) expect(passage.from).toBeGreaterThan(last.from)
          whole += passage.text.slice(Math.max(0, known - passage.from))
          known = Math.max(known, passage.to)
          last = passage
        }
        const all = blocks
          .flat()
          .map((one) => (one.kind === 'list' ? one.items.join('') : 'text' in one ? one.text : ''))
        expect(inked(whole)).toBe(inked(all.join('')))
      }),
      { seed: SEED, numRuns: timesOf(60, 2_000) },
    )
  })
})

import type { Block, DocumentPage } from '../../../shared/document-page.ts'

/** Characters of a passage at most, and those that it shares with the one before it, at most. */
export const PASSAGE_CHARACTERS = 1_000
export const OVERLAP_CHARACTERS = 200

/** A passage this long ends where a heading begins; shorter sections are told together. */
const MIN_SECTION_CHARACTERS = 400
/** A passage that is cut ends behind its middle, so that there are not many more of them than need be. */
const MIN_CUT_CHARACTERS = 500
/** Overlaps below this say nothing. */
const MIN_OVERLAP_CHARACTERS = 40

/** Characters of one heading in a path, and headings in it. */
const MAX_HEADING_CHARACTERS = 200

const BETWEEN_BLOCKS = '\n\n'

/** A piece of a document that a search returns. */
export interface Passage {
  /** Null where the format has no pages. */
  page: number | null
  /** Where it is in the document's text, in UTF-16 code units. */
  from: number
  to: number
  /** The headings above it, from the outermost. */
  headings: readonly string[]
  text: string
}

/** Some passages of a document, in order. */
export interface IndexBatch {
  passages: readonly Passage[]
  /** The document's own title, where it says one; of the first batch. */
  title?: string
  /** The document ends with these: it becomes `ready`, or `partial` where pages could not be read. */
  isLast: boolean
  /** Of the last batch: the pages in all, and why the document is only `partial`. */
  pages?: number
  partialReason?: string
}

/** Takes a document's pages one after the other, and gives the passages of each. */
export interface PassageSplitter {
  add(page: DocumentPage): Passage[]
  /** The first heading of the highest level so far; undefined where there is none. */
  readonly title: string | undefined
}

interface HeadingAt {
  at: number
  level: number
  text: string
}

/** A page's text, and the places where passages may end. */
interface PageText {
  text: string
  headings: HeadingAt[]
  /** Where they are. */
  headingAts: number[]
  /** Ascending; behind a sentence, a row, an item or a block. */
  ends: number[]
}

const blockText = (block: Block): string => {
  if (block.kind === 'list') return block.items.join('\n')
  if (block.kind === 'table') return block.rows.map((row) => row.join(' | ')).join('\n')
  return block.text
}

/**
 * Behind the marks that end a sentence, with the quotes and brackets that close there; behind lines too. A run of marks is looked at
 * from its beginning alone: from each of them, the time would be the square of their number.
 */
const SENTENCE_END = /(?<![.!?…])[.!?…]+["'”’»)\]]*(?=\s)|[。！？]["”’」』）]*|\n/gu

function pageText({ blocks }: DocumentPage): PageText {
  let text = ''
  const headings: HeadingAt[] = []
  for (const block of blocks) {
    const piece = blockText(block).trim()
    if (piece === '') continue
    if (text !== '') text += BETWEEN_BLOCKS
    if (block.kind === 'heading') {
      const heading = piece.replace(/\s+/g, ' ').slice(0, MAX_HEADING_CHARACTERS).toWellFormed()
      headings.push({ at: text.length, level: block.level, text: heading })
    }
    text += piece
  }
  const ends: number[] = []
  for (const { 0: mark, index } of text.matchAll(SENTENCE_END)) ends.push(index + mark.length)
  return { text, headings, headingAts: headings.map(({ at }) => at), ends }
}

/** The place of the first number of an ascending list that is at least `least`. */
function firstFrom(list: readonly number[], least: number): number {
  let low = 0
  let high = list.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((list[middle] ?? 0) < least) low = middle + 1
    else high = middle
  }
  return low
}

const isLowSurrogate = (text: string, at: number) => /[\uDC00-\uDFFF]/.test(text.charAt(at))
const isBlank = (text: string, at: number) => /\s/.test(text.charAt(at))

/** The last blank of a stretch; -1 where there is none. */
function lastBlank(text: string, from: number, to: number): number {
  for (let at = to; at > from; at -= 1) if (isBlank(text, at)) return at
  return -1
}

/** Where the passage that begins at `start` ends, and whether a section does. */
function endOf({ text, headingAts, ends }: PageText, start: number): { end: number; isSection: boolean } {
  const limit = start + PASSAGE_CHARACTERS
  const section = headingAts[firstFrom(headingAts, start + MIN_SECTION_CHARACTERS)]
  if (section !== undefined && section <= limit) return { end: section, isSection: true }
  if (text.length <= limit) return { end: text.length, isSection: false }
  const sentence = ends[firstFrom(ends, limit + 1) - 1] ?? 0
  if (sentence > start + MIN_CUT_CHARACTERS) return { end: sentence, isSection: false }
  const blank = lastBlank(text, start + MIN_CUT_CHARACTERS, limit)
  if (blank > 0) return { end: blank, isSection: false }
  return { end: isLowSurrogate(text, limit) ? limit - 1 : limit, isSection: false }
}

/** Where the passage behind `end` begins: within the overlap, at a sentence or a word where there is one. */
function nextStart({ text, ends }: PageText, start: number, end: number): number {
  const earliest = Math.max(start + 1, end - OVERLAP_CHARACTERS)
  const sentence = ends[firstFrom(ends, earliest)]
  if (sentence !== undefined && sentence <= end - MIN_OVERLAP_CHARACTERS) return sentence
  for (let at = earliest; at < end - MIN_OVERLAP_CHARACTERS; at += 1) if (isBlank(text, at)) return at
  return isLowSurrogate(text, earliest) ? earliest + 1 : earliest
}

/**
 * Cuts a document into passages: `PASSAGE_CHARACTERS` at most, ending at sentences or headings where there are any, none
 * across pages. Each character that is not blank is in at least one.
 */
export function createSplitter(): PassageSplitter {
  let offset = 0
  let path: HeadingAt[] = []
  let titled: HeadingAt | undefined

  const enter = (heading: HeadingAt) => {
    path = [...path.filter(({ level }) => level < heading.level), heading]
    if (!titled || heading.level < titled.level) titled = heading
  }

  return {
    get title() {
      return titled?.text
    },
    add(page) {
      const laidOut = pageText(page)
      const { text } = laidOut
      const headings = [...laidOut.headings]
      const passages: Passage[] = []
      let start = 0
      while (start < text.length) {
        const { end, isSection } = endOf(laidOut, start)
        const piece = text.slice(start, end)
        const from = start + (piece.length - piece.trimStart().length)
        while (headings[0] && headings[0].at <= from) {
          enter(headings[0])
          headings.shift()
        }
        if (piece.trim() !== '') {
          const trimmed = piece.trim()
          passages.push({
            page: page.page,
            from: offset + from,
            to: offset + from + trimmed.length,
            headings: path.map((heading) => heading.text),
            text: trimmed,
          })
        }
        if (end >= text.length) break
        start = isSection ? end : nextStart(laidOut, start, end)
      }
      for (const heading of headings) enter(heading)
      if (text !== '') offset += text.length + BETWEEN_BLOCKS.length
      return passages
    },
  }
}

/** The passages of a whole document. */
export function splitPages(pages: Iterable<DocumentPage>): Passage[] {
  const splitter = createSplitter()
  return [...pages].flatMap((page) => splitter.add(page))
}

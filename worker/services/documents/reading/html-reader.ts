import { Parser } from 'htmlparser2'
import type { DocumentPage } from '../../../../shared/document-page.ts'
import { gatherPieces, type Pieces } from './pieces.ts'
import { unreadable } from './refusals.ts'
import { type Source, textParts } from './text-lines.ts'

/** Elements within each other. */
export const MAX_HTML_DEPTH = 2_000

/** Longest comment or declaration, in characters: a bound for one that never ends. */
export const MAX_COMMENT_CHARACTERS = 4 * 1024 * 1024

/** Longest text of one block, or of the cells of one table, that is held back for its end; a cell counts for one more. */
const MAX_HELD_CHARACTERS = 64 * 1024

/** Rows or items of one table or list that are told together. */
const MAX_HELD = 200

const SILENT = new Set(
  'script style noscript template svg math iframe object canvas select datalist'.split(' '),
)
const BREAKING = new Set(
  (
    'address article aside blockquote body center dd details dialog div dl dt fieldset figcaption figure footer form head ' +
    'header hgroup hr html legend main nav p pre search section summary title'
  ).split(' '),
)
const HEADING = /^h([1-6])$/

/** Puts text into the block that is open, and ends blocks where elements begin and end. */
function blockBuilder(pieces: Pieces) {
  let text = ''
  let level = 0
  let listDepth = 0
  let items: string[] = []
  let tableDepth = 0
  let rows: string[][] = []
  let row: string[] = []
  let cellCharacters = 0
  let preDepth = 0

  const taken = (): string => {
    const whole = text
    text = ''
    return preDepth > 0
      ? whole.trim()
      : whole
          .replaceAll(/[^\S\n]+/g, ' ')
          .replaceAll(/ ?\n ?/g, '\n')
          .trim()
  }
  const endItems = () => {
    pieces.list(items)
    items = []
  }
  const endRows = () => {
    pieces.table(rows)
    rows = []
    cellCharacters = 0
  }
  /** Ends what is open, wherever it stands. */
  function flush(): void {
    const whole = taken()
    if (whole === '') return
    if (tableDepth > 0) addCell(whole)
    else if (level > 0) pieces.text({ kind: 'heading', level, text: whole.replaceAll('\n', ' ') })
    else if (listDepth > 0) {
      items.push(whole)
      if (items.length >= MAX_HELD) endItems()
    } else pieces.text({ kind: 'paragraph', text: whole })
  }
  function endRow(): void {
    if (text.trim() !== '') row.push(taken())
    if (row.length > 0) rows.push(row)
    row = []
    if (rows.length >= MAX_HELD || cellCharacters >= MAX_HELD_CHARACTERS) endRows()
  }
  /** A row that is too long goes on in another one. */
  function addCell(cell: string): void {
    row.push(cell)
    cellCharacters += cell.length + 1
    if (cellCharacters >= MAX_HELD_CHARACTERS) endRow()
  }
  function add(data: string): void {
    text += data
    if (text.length > MAX_HELD_CHARACTERS) flush()
  }
  const isCell = (tag: string) => tag === 'td' || tag === 'th'

  return {
    write(data: string): void {
      add(preDepth > 0 ? data : data.replaceAll(/\s+/g, ' '))
    },
    open(tag: string): void {
      const heading = HEADING.exec(tag)?.[1]
      if (tag === 'br') add('\n')
      else if (tag === 'table') {
        if (tableDepth === 0) flush()
        tableDepth += 1
      } else if (tableDepth > 0) {
        if (tag === 'tr') endRow()
        else if (!isCell(tag) && (BREAKING.has(tag) || tag === 'li')) add('\n')
      } else if (heading) {
        flush()
        level = Number(heading)
      } else if (tag === 'ul' || tag === 'ol') {
        flush()
        listDepth += 1
      } else if (tag === 'li' || BREAKING.has(tag)) flush()
      if (tag === 'title') level = 1
      if (tag === 'pre') preDepth += 1
    },
    close(tag: string): void {
      if (tag === 'table') {
        endRow()
        tableDepth -= 1
        if (tableDepth === 0) endRows()
      } else if (tableDepth > 0) {
        // An empty cell is one too: those beside it are not to move.
        if (isCell(tag)) addCell(taken())
        else if (tag === 'tr') endRow()
      } else if (HEADING.test(tag) || tag === 'title') {
        flush()
        level = 0
      } else if (tag === 'ul' || tag === 'ol') {
        flush()
        listDepth -= 1
        if (listDepth === 0) endItems()
      } else if (tag === 'li' || BREAKING.has(tag)) flush()
      if (tag === 'pre') preDepth -= 1
    },
    end(): void {
      flush()
      endItems()
      if (row.length > 0) endRow()
      endRows()
    },
  }
}

/** A parser that does not keep the values of attributes: pictures of megabytes stand in them. */
class TextParser extends Parser {
  override onattribdata(): void {}
}

/** A web page: headings, paragraphs, lists and tables, without scripts, styles and what is not shown. */
export async function* readHtml(source: Source): AsyncGenerator<DocumentPage, void, void> {
  const pieces = gatherPieces()
  const builder = blockBuilder(pieces)
  let silent = 0
  let depth = 0
  let read = 0
  let lastEvent = 0
  const parser = new TextParser(
    {
      onopentagname(tag) {
        lastEvent = read
        depth += 1
        if (depth > MAX_HTML_DEPTH)
          throw unreadable(source.name, `nests its elements deeper than ${MAX_HTML_DEPTH} levels.`)
        if (SILENT.has(tag)) silent += 1
        else if (silent === 0) builder.open(tag)
      },
      ontext(data) {
        lastEvent = read
        if (silent === 0) builder.write(data)
      },
      onclosetag(tag) {
        lastEvent = read
        depth -= 1
        if (SILENT.has(tag)) silent -= 1
        else if (silent === 0) builder.close(tag)
      },
      oncomment() {
        lastEvent = read
      },
      onattribute() {
        lastEvent = read
      },
    },
    { decodeEntities: true },
  )
  for await (const part of textParts(source)) {
    read += part.length
    parser.write(part)
    if (read - lastEvent > MAX_COMMENT_CHARACTERS)
      throw unreadable(source.name, 'holds a comment of more than 4 MB, or one that never ends.')
    yield* pieces.taken()
  }
  parser.end()
  builder.end()
  yield* pieces.taken(true)
}

import { type Block, type DocumentPage, PIECE_CHARACTERS } from '../../../../shared/document-page.ts'

/** Longest text of one block, in characters: what is longer is cut where a word ends, if one does. */
export const MAX_BLOCK_CHARACTERS = 16 * 1024

/** How far before its end a long text is looked at for the end of a word. */
const WORD_SEARCH_CHARACTERS = 256

/** Where a text that is too long is cut: behind a word, if one ends near by, and within no character. */
export function cutAt(text: string, most: number, from = 0): number {
  const end = from + most
  const blank = text.lastIndexOf(' ', end)
  if (blank > end - WORD_SEARCH_CHARACTERS && blank > from) return blank
  const last = text.charCodeAt(end - 1)
  return last >= 0xd800 && last < 0xdc00 ? end - 1 : end
}

/** A text in parts that are no longer than a block may be. */
export function* cutText(text: string, most = MAX_BLOCK_CHARACTERS): Generator<string, void, void> {
  let from = 0
  while (text.length - from > most) {
    const to = cutAt(text, most, from)
    yield text.slice(from, to)
    from = to
  }
  yield text.slice(from)
}

const lengthOf = (block: Block): number => {
  if (block.kind === 'list') return block.items.reduce((sum, item) => sum + item.length, 0)
  if (block.kind === 'table')
    return block.rows.reduce((sum, row) => row.reduce((inRow, cell) => inRow + cell.length + 1, sum), 0)
  return block.text.length
}

/** Gathers the blocks of a document without pages in pieces that end where they are long enough. Blocks without text are none. */
export function gatherPieces() {
  let blocks: Block[] = []
  let characters = 0
  let full: DocumentPage[] = []

  function end(): void {
    if (blocks.length > 0) full.push({ page: null, blocks, usable: true })
    blocks = []
    characters = 0
  }

  function push(block: Block): void {
    const length = lengthOf(block)
    if (length === 0) return
    blocks.push(block)
    characters += length
    if (characters >= PIECE_CHARACTERS) end()
  }

  return {
    /** Adds a block other than a table or list: a long one is cut. */
    text(block: Exclude<Block, { kind: 'list' | 'table' }>): void {
      for (const text of cutText(block.text.trim())) push({ ...block, text })
    },
    /** Adds items that follow each other. */
    list: (items: readonly string[]): void => {
      const cut = items.flatMap((item) => [...cutText(item.trim())]).filter((item) => item !== '')
      push({ kind: 'list', items: cut })
    },
    /** Adds rows that follow each other. Empty cells at their ends say nothing, and one long row makes none of the others long. */
    table: (rows: readonly (readonly string[])[]): void => {
      const filled = rows.map((row) => row.slice(0, row.findLastIndex((cell) => cell !== '') + 1))
      push({ kind: 'table', rows: filled.filter((row) => row.length > 0) })
    },
    /** The pieces that are complete; with `isEnd` all of it. */
    taken(isEnd = false): DocumentPage[] {
      if (isEnd) end()
      const some = full
      full = []
      return some
    },
  }
}
export type Pieces = ReturnType<typeof gatherPieces>

/** Gathers lines in paragraphs, which end where they are told to, or behind `most` characters. */
export function gatherLines(pieces: Pieces, most: number) {
  let lines: string[] = []
  let characters = 0
  function end(): void {
    pieces.text({ kind: 'paragraph', text: lines.join('\n') })
    lines = []
    characters = 0
  }
  return {
    add(line: string): void {
      lines.push(line)
      characters += line.length
      if (characters > most) end()
    },
    end,
  }
}

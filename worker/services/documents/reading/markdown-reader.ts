import type { DocumentPage } from '../../../../shared/document-page.ts'
import { gatherPieces, type Pieces } from './pieces.ts'
import { type Source, textLines } from './text-lines.ts'

const HEADING = /^ {0,3}(#{1,6})(?=[ \t]|$)/
const UNDERLINE = /^ {0,3}(=+|-+)[ \t]*$/
const FENCE = /^ {0,3}(`{3,}|~{3,})/
const ITEM = /^[ \t]*(?:[-*+]|\d{1,9}[.)])[ \t]+(.*)$/
const TABLE_ROW = /^[ \t]*\|(.*)\|[ \t]*$/
const TABLE_RULE = /^[ \t]*\|(?:[ \t]*:?-+:?[ \t]*\|)+[ \t]*$/
const RULE = /^ {0,3}(?:(?:-[ \t]*){3,}|(?:\*[ \t]*){3,}|(?:_[ \t]*){3,})$/

/** Rows or lines of one block that are held back for its end, and their characters. */
const MAX_HELD = 200
const MAX_HELD_CHARACTERS = 64 * 1024

type Open = 'nothing' | 'paragraph' | 'list' | 'table' | 'code'

const cellsOf = (inner: string): string[] =>
  inner.split(/(?<!\\)\|/).map((cell) => cell.replaceAll('\\|', '|').trim())

/** The text of a heading behind the marks of its level, without those that close it. */
function headingText(behind: string): string {
  const text = behind.trim()
  let end = text.length
  while (text.charAt(end - 1) === '#') end -= 1
  return end === 0 || /[ \t]/.test(text.charAt(end - 1)) ? text.slice(0, end).trimEnd() : text
}

/** The blocks of CommonMark that stand in a search's way or help it, line by line; what is within a line stays as it is. */
function blockParser(pieces: Pieces) {
  let open: Open = 'nothing'
  let held: string[] = []
  let rows: string[][] = []
  let characters = 0
  let fence = ''

  function close(): void {
    if (open === 'list') pieces.list(held)
    else if (open === 'table') pieces.table(rows)
    else if (held.length > 0) pieces.text({ kind: 'paragraph', text: held.join('\n') })
    held = []
    rows = []
    characters = 0
    open = 'nothing'
  }

  function begin(kind: Open): void {
    const isLong = Math.max(held.length, rows.length) >= MAX_HELD || characters >= MAX_HELD_CHARACTERS
    if (open !== kind || isLong) close()
    open = kind
  }

  function code(line: string): void {
    const mark = FENCE.exec(line)?.[1]
    if (mark?.startsWith(fence) && line.trim() === mark) {
      close()
      return
    }
    begin('code')
    held.push(line)
  }

  function underlined(line: string): boolean {
    const mark = UNDERLINE.exec(line)?.[1]
    if (!mark || open !== 'paragraph' || held.length !== 1) return false
    const text = held[0]?.trim() ?? ''
    held = []
    close()
    pieces.text({ kind: 'heading', level: mark.startsWith('=') ? 1 : 2, text })
    return true
  }

  function textLine(text: string): void {
    const row = TABLE_ROW.exec(text)?.[1]
    const item = ITEM.exec(text)?.[1]
    if (row !== undefined) {
      begin('table')
      if (!TABLE_RULE.test(text)) rows.push(cellsOf(row))
    } else if (item !== undefined) {
      begin('list')
      held.push(item)
    } else if (open === 'list' && characters < MAX_HELD_CHARACTERS)
      held.push(`${held.pop() ?? ''} ${text.trim()}`)
    else {
      begin('paragraph')
      held.push(text.trimEnd())
    }
  }

  function line(text: string): void {
    const opening = FENCE.exec(text)?.[1]
    const heading = HEADING.exec(text)
    characters += text.length
    if (open === 'code') code(text)
    else if (opening) {
      close()
      fence = opening
      open = 'code'
    } else if (heading) {
      close()
      pieces.text({
        kind: 'heading',
        level: heading[1]?.length ?? 1,
        text: headingText(text.slice(heading[0].length)),
      })
    } else if (text.trim() === '') close()
    else if (!underlined(text)) {
      if (RULE.test(text)) close()
      else textLine(text)
    }
  }

  return { line, close }
}

/** Markdown: headings, paragraphs, lists, tables and code. */
export async function* readMarkdown(source: Source): AsyncGenerator<DocumentPage, void, void> {
  const pieces = gatherPieces()
  const parser = blockParser(pieces)
  for await (const lines of textLines(source)) {
    for (const line of lines) parser.line(line)
    yield* pieces.taken()
  }
  parser.close()
  yield* pieces.taken(true)
}

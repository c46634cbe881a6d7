import { type Block, MAX_HEADING_LEVEL } from '../../../shared/document-page.ts'
import { type DocumentElement, type Element, plainText } from './elements.ts'

/** The most columns of a table: a cell that claims to span more of them spans these. */
export const MAX_TABLE_COLUMNS = 256

/** The level of a style, by the names that Word and LibreOffice give them in their files whatever the language. */
export function headingLevelOf({ styleName, styleId }: Element): number | undefined {
  const name = `${styleName ?? ''} ${styleId ?? ''}`.toLowerCase()
  const level = /heading\s*(\d)/.exec(name)?.[1]
  if (level !== undefined) return Math.min(Math.max(Number(level), 1), MAX_HEADING_LEVEL)
  if (/\btitle\b/.test(name)) return 1
  return undefined
}

/** The rows of a table, as long as the longest: what spans several cells stands in the first of them. */
function rowsOf(table: Element, textOf: (element: Element) => string): string[][] {
  const rows: string[][] = []
  /** Cells of earlier rows that reach down into this one and those below, by column. */
  const reaching: number[] = []
  for (const { children: cells = [] } of table.children ?? []) {
    const row: string[] = []
    const put = (text: string) => {
      if (row.length < MAX_TABLE_COLUMNS) row.push(text)
    }
    const passReaching = () => {
      for (
        let left = reaching[row.length];
        left && row.length < MAX_TABLE_COLUMNS;
        left = reaching[row.length]
      ) {
        reaching[row.length] = left - 1
        put('')
      }
    }
    for (const cell of cells) {
      passReaching()
      const { colSpan = 1, rowSpan = 1 } = cell
      const from = row.length
      put((cell.children ?? []).map(textOf).filter(Boolean).join(' '))
      for (let index = 1; index < Math.min(colSpan, MAX_TABLE_COLUMNS); index += 1) put('')
      for (let column = from; column < row.length; column += 1)
        if (rowSpan > 1) reaching[column] = rowSpan - 1
    }
    passReaching()
    rows.push(row)
  }
  const width = Math.max(0, ...rows.map(({ length }) => length))
  return rows.map((row) => [...row, ...Array<string>(width - row.length).fill('')])
}

/** The blocks of a document, its footnotes behind its text. */
export function* blocksOf(document: DocumentElement): Generator<Block> {
  const notes: Element[] = []
  const textOf = (element: Element) => plainText(element, (reference) => notes.push(reference))
  let items: string[] = []
  const takeItems = (): Block[] => {
    const list: Block[] = items.length > 0 ? [{ kind: 'list', items }] : []
    items = []
    return list
  }
  for (const element of document.children ?? []) {
    if (element.type === 'table') {
      yield* takeItems()
      const rows = rowsOf(element, textOf)
      if (rows.some((row) => row.some(Boolean))) yield { kind: 'table', rows }
      continue
    }
    const text = textOf(element)
    if (text === '') continue
    const level = headingLevelOf(element)
    if (level === undefined && element.numbering) {
      items.push(text)
      continue
    }
    yield* takeItems()
    yield level === undefined ? { kind: 'paragraph', text } : { kind: 'heading', level, text }
  }
  yield* takeItems()
  for (const reference of notes) {
    const text = (document.notes.resolve(reference)?.body ?? [])
      .map((part) => plainText(part, () => {}))
      .join(' ')
    if (text !== '') yield { kind: 'paragraph', text }
  }
}

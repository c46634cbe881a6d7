import type { Line, Stretch } from './lines.ts'

/** Rows that a table has at least; of two columns one more, for a line may be divided by chance. */
const MIN_ROWS = 2
const MIN_ROWS_OF_TWO = 3

/** In sizes of the font: the next line of the same cell is so near, and the next row of a table no further away. */
const SAME_CELL = 1.25
const SAME_TABLE = 4

interface Column {
  x: number
  end: number
}

/** The columns in which the rows with the usual number of cells stand; undefined where they do not stand below each other. */
function columnsOf(lines: readonly Line[]): Column[] | undefined {
  const counts = new Map<number, number>()
  for (const { segments } of lines)
    if (segments.length > 1) counts.set(segments.length, (counts.get(segments.length) ?? 0) + 1)
  const most = Math.max(...counts.values())
  const width = Math.max(...[...counts].filter(([, count]) => count * 2 >= most).map(([cells]) => cells))
  const columns: Column[] = []
  for (const { segments } of lines) {
    if (segments.length !== width) continue
    for (const [index, { x, end }] of segments.entries()) {
      const column = columns[index]
      if (column === undefined) columns[index] = { x, end }
      else Object.assign(column, { x: Math.min(column.x, x), end: Math.max(column.end, end) })
    }
  }
  const areApart = columns.every(({ end }, index) => {
    const next = columns[index + 1]
    return next === undefined || end < next.x
  })
  return areApart ? columns : undefined
}

/** The column that a segment lies on most. */
function columnOf({ x, end }: Stretch, columns: readonly Column[]): number {
  let best = 0
  let most = Number.NEGATIVE_INFINITY
  for (const [index, column] of columns.entries()) {
    const shared = Math.min(end, column.end) - Math.max(x, column.x)
    if (shared > most) [best, most] = [index, shared]
  }
  return best
}

function rowsOf(lines: readonly Line[], columns: readonly Column[]): string[][] {
  const rows: string[][] = []
  let above: Line | undefined
  for (const line of lines) {
    const cells = columns.map(() => '')
    for (const segment of line.segments) {
      const column = columnOf(segment, columns)
      cells[column] = [cells[column], segment.text].filter(Boolean).join(' ')
    }
    const last = rows.at(-1)
    const isNear = above !== undefined && above.y - line.y < line.size * SAME_CELL
    // A line without a first cell, close below, goes on with the cells above it.
    if (last && isNear && cells[0] === '' && line.segments.length < columns.length)
      for (const [index, cell] of cells.entries()) last[index] = [last[index], cell].filter(Boolean).join(' ')
    else rows.push(cells)
    above = line
  }
  return rows
}

/** Whether a line that is not divided may stand in the middle of a table: within one of its columns. */
const isWithin = ({ x, end }: Line, columns: readonly Column[]): boolean =>
  columns.some((column, index) => {
    const next = columns[index + 1]
    return x >= column.x - 1 && (next === undefined ? end <= column.end + 1 : end < next.x)
  })

/** A table, and how many lines it takes. */
interface Table {
  rows: string[][]
  lines: number
}

/** The cells of a line above columns, whose names are nearer to each other than what is in them; undefined where it has none. */
function headOver(line: Line | undefined, columns: readonly Column[]): string[] | undefined {
  const pieces = line?.segments.flatMap((segment) => segment.pieces) ?? []
  if (pieces.length !== columns.length) return undefined
  const isOver = pieces.every((piece, index) =>
    columns.every(({ x, end }, other) => (piece.x < end && piece.end > x) === (other === index)),
  )
  return isOver ? pieces.map(({ text }) => text.trim()) : undefined
}

/** The table that begins with the first of these lines; undefined where none does. */
export function tableAt(lines: readonly Line[]): Table | undefined {
  const [first, second] = lines
  const isHead =
    first?.segments.length === 1 &&
    (first.segments[0]?.pieces.length ?? 0) > 1 &&
    second !== undefined &&
    first.y - second.y <= Math.max(first.size, second.size) * SAME_TABLE
  const found = dividedTableAt(isHead ? lines.slice(1) : lines)
  if (!isHead || !found) return found
  const head = headOver(first, found.columns)
  return head && { rows: [head, ...found.rows], lines: found.lines + 1 }
}

/** The table of divided lines that begins with the first of these. */
function dividedTableAt(lines: readonly Line[]): (Table & { columns: readonly Column[] }) | undefined {
  const taken: Line[] = []
  for (const line of lines) {
    const above = taken.at(-1)
    if (above && above.y - line.y > Math.max(above.size, line.size) * SAME_TABLE) break
    const columns = line.segments.length > 1 || taken.length === 0 ? undefined : columnsOf(taken)
    if (line.segments.length < 2 && !(columns && isWithin(line, columns))) break
    taken.push(line)
  }
  while ((taken.at(-1)?.segments.length ?? 2) < 2) taken.pop()
  const divided = taken.filter(({ segments }) => segments.length > 1).length
  if (divided < MIN_ROWS) return undefined
  const columns = columnsOf(taken)
  if (columns === undefined || (columns.length === 2 && divided < MIN_ROWS_OF_TWO)) return undefined
  return { rows: rowsOf(taken, columns), lines: taken.length, columns }
}

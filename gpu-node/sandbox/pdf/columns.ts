import { rowsOf } from './lines.ts'
import { endOf, type Span } from './spans.ts'

/** Rows that each column has at least, and how much of them is to be one unbroken line that fills its column. */
const MIN_ROWS = 4
const PROSE = 0.6
/** The part of a column that a line of prose fills. */
const FILLED = 0.55
/** Widths in sizes of the font: of the white between columns, and of a gap between words. */
const GUTTER = 0.7
const WORD_GAP = 0.95
/** The part of all rows that may lie across the white: titles, abstracts, wide tables. */
const CROSSING = 0.6
/** White above what stands below two columns, in sizes of the font from baseline to baseline. */
const TAIL_WHITE = 1.6
/** Places that are tried for the white. */
const TRIED = 120

interface Interval {
  x: number
  end: number
}

interface Row {
  y: number
  size: number
  spans: Span[]
  intervals: Interval[]
}

/** The stretches of ink of a row. */
function intervalsOf(spans: readonly Span[], size: number): Interval[] {
  const intervals: Interval[] = []
  for (const span of spans.toSorted((a, b) => a.x - b.x)) {
    const last = intervals.at(-1)
    if (last && span.x - last.end < size * WORD_GAP * 0.75) last.end = Math.max(last.end, endOf(span))
    else intervals.push({ x: span.x, end: endOf(span) })
  }
  return intervals
}

const median = (numbers: number[]): number => numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? 0

interface Halves {
  left: Interval[][]
  right: Interval[][]
  crossing: number
}

function halvesAt(x: number, rows: readonly Row[]): Halves {
  const halves: Halves = { left: [], right: [], crossing: 0 }
  for (const { intervals } of rows) {
    if (intervals.some((interval) => interval.x < x && interval.end > x)) {
      halves.crossing += 1
      continue
    }
    const left = intervals.filter(({ end }) => end <= x)
    const right = intervals.filter((interval) => interval.x >= x)
    if (left.length > 0) halves.left.push(left)
    if (right.length > 0) halves.right.push(right)
  }
  return halves
}

/** Whether these rows are lines of prose in one column: unbroken, and as a rule as wide as the column. */
function isProse(rows: readonly Interval[][]): boolean {
  if (rows.length < MIN_ROWS) return false
  const whole = rows.filter(({ length }) => length === 1)
  if (whole.length < rows.length * PROSE) return false
  const start = Math.min(...rows.flat().map(({ x }) => x))
  const end = Math.max(...rows.flat().map((interval) => interval.end))
  return median(whole.flat().map((interval) => interval.end - interval.x)) > (end - start) * FILLED
}

/** The middle of the white between two columns of prose; undefined where there are none. */
function gutterOf(rows: readonly Row[], size: number): number | undefined {
  const starts = rows.flatMap(({ intervals }) => intervals.map(({ x }) => x))
  const ends = rows.flatMap(({ intervals }) => intervals.map(({ end }) => end))
  const [from, to] = [Math.min(...starts), Math.max(...ends)]
  let best: { x: number; crossing: number } | undefined
  for (let tried = 0; tried < TRIED; tried += 1) {
    const x = from + (to - from) * (0.2 + (0.6 * tried) / TRIED)
    const { left, right, crossing } = halvesAt(x, rows)
    if (crossing > rows.length * CROSSING || (best && crossing >= best.crossing)) continue
    const white =
      Math.min(...right.flat().map((one) => one.x)) - Math.max(...left.flat().map((one) => one.end))
    if (white < size * GUTTER || !isProse(left) || !isProse(right)) continue
    best = { x, crossing }
  }
  return best?.x
}

/** Whether one side of a row is a line that fills its column. */
function fills(row: Row, gutter: number, [from, to]: readonly [number, number]): boolean {
  const left = row.intervals.filter(({ end }) => end <= gutter)
  const right = row.intervals.filter(({ x }) => x >= gutter)
  const isLine = (side: Interval[], width: number): boolean => {
    const [first] = side
    return side.length === 1 && first !== undefined && first.end - first.x > width * FILLED
  }
  return isLine(left, gutter - from) || isLine(right, to - gutter)
}

/** The rows at the end of two columns that belong to neither: headings and tables below them, behind some white. */
function tailOf(rows: readonly Row[], gutter: number, edges: readonly [number, number]): number {
  let tail = rows.length
  for (let index = rows.length - 1; index > 0; index -= 1) {
    const [row, above] = [rows[index], rows[index - 1]]
    if (!row || !above || fills(row, gutter, edges)) break
    if (above.y - row.y > Math.max(row.size, above.size) * TAIL_WHITE) tail = index
  }
  return tail
}

/**
 * The parts of a page in the order in which they are read. Where the text stands in two columns, what lies across them divides
 * the page: above it the left column and then the right one, then it, and so on.
 */
export function partsOf(spans: readonly Span[], size: number): Span[][] {
  const rows: Row[] = rowsOf(spans).map((row) => ({ ...row, intervals: intervalsOf(row.spans, size) }))
  const gutter = rows.length < MIN_ROWS * 2 ? undefined : gutterOf(rows, size)
  if (gutter === undefined) return [[...spans]]
  const edges = [Math.min(...spans.map(({ x }) => x)), Math.max(...spans.map(endOf))] as const
  const parts: Span[][] = []
  let columns: Row[] = []
  let across: Span[] = []
  const endColumns = () => {
    const tail = tailOf(columns, gutter, edges)
    const beside = columns.slice(0, tail).flatMap((row) => row.spans)
    parts.push(
      beside.filter(({ x }) => x < gutter),
      beside.filter(({ x }) => x >= gutter),
    )
    across.push(...columns.slice(tail).flatMap((row) => row.spans))
    columns = []
  }
  for (const row of rows) {
    if (row.intervals.some(({ x, end }) => x < gutter && end > gutter)) {
      endColumns()
      across.push(...row.spans)
      continue
    }
    parts.push(across)
    across = []
    columns.push(row)
  }
  endColumns()
  parts.push(across)
  return parts.filter(({ length }) => length > 0)
}

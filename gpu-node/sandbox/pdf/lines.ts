import { endOf, type Span } from './spans.ts'

/** Text between two places of a line. */
export interface Stretch {
  text: string
  x: number
  end: number
}

/** Spans of one line with no wide gap between them; what stands apart by more than words do is a piece of it. */
export interface Segment extends Stretch {
  pieces: Stretch[]
}

/** Spans on one baseline. */
export interface Line {
  y: number
  /** Of its largest span. */
  size: number
  x: number
  end: number
  segments: Segment[]
  /** Characters of each font. */
  fonts: ReadonlyMap<string, number>
}

/** In sizes of the font: a gap that is a space between words, one that is wider than that, and one that divides a line, as between cells. */
const SPACE = 0.14
const PIECE = 0.8
const DIVIDING = 1.35

/** Lines that are open while spans come from the top: one that is so many sizes above is over. */
const OVER = 3

/** How far two boxes overlap, as a part of the smaller. */
function overlap(a: Pick<Span, 'y' | 'size'>, b: Pick<Span, 'y' | 'size'>): number {
  const low = Math.max(a.y - a.size * 0.2, b.y - b.size * 0.2)
  const high = Math.min(a.y + a.size * 0.8, b.y + b.size * 0.8)
  return (high - low) / Math.min(a.size, b.size)
}

interface Row {
  y: number
  size: number
  spans: Span[]
}

/** Spans by baselines, from the top; raised and lowered ones with the line that they belong to. */
export function rowsOf(spans: readonly Span[]): Row[] {
  const rows: Row[] = []
  let open: Row[] = []
  for (const span of spans.toSorted((a, b) => b.y - a.y || a.x - b.x)) {
    open = open.filter((row) => row.y - span.y < row.size * OVER)
    const row = open.findLast((candidate) => overlap(candidate, span) >= 0.55)
    if (row === undefined) {
      const made = { y: span.y, size: span.size, spans: [span] }
      rows.push(made)
      open.push(made)
      continue
    }
    row.spans.push(span)
    if (span.size > row.size) [row.size, row.y] = [span.size, span.y]
  }
  return rows.toSorted((a, b) => b.y - a.y)
}

function lineOf({ y, size, spans }: Row): Line {
  const segments: Segment[] = []
  const fonts = new Map<string, number>()
  let last: Segment | undefined
  for (const span of spans.toSorted((a, b) => a.x - b.x)) {
    fonts.set(span.font, (fonts.get(span.font) ?? 0) + span.text.length)
    const gap = last ? span.x - last.end : 0
    if (last && gap < size * DIVIDING) {
      const joint = gap > size * SPACE && !last.text.endsWith(' ') && !span.text.startsWith(' ') ? ' ' : ''
      last.text += joint + span.text
      last.end = Math.max(last.end, endOf(span))
      const piece = last.pieces.at(-1)
      if (piece && gap < size * PIECE)
        Object.assign(piece, { text: piece.text + joint + span.text, end: last.end })
      else last.pieces.push({ text: span.text, x: span.x, end: endOf(span) })
    } else {
      const stretch = { text: span.text, x: span.x, end: endOf(span) }
      last = { ...stretch, pieces: [stretch] }
      segments.push(last)
    }
  }
  for (const segment of segments) segment.text = segment.text.replace(/\s+/g, ' ').trim()
  return {
    y,
    size,
    segments,
    fonts,
    x: segments[0]?.x ?? 0,
    end: Math.max(...segments.map(({ end }) => end)),
  }
}

/** The lines of a part of a page, from the top. */
export const linesOf = (spans: readonly Span[]): Line[] => rowsOf(spans).map(lineOf)

export const textOf = ({ segments }: Pick<Line, 'segments'>): string =>
  segments.map(({ text }) => text).join(' ')

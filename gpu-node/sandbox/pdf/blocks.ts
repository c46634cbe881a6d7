import type { Block } from '../../../shared/document-page.ts'
import { type Line, textOf } from './lines.ts'
import { tableAt } from './tables.ts'

/** Sizes of the font: a new paragraph begins after more white, or further to the right, than this. */
const LEADING = 1.45
const INDENT = 0.8

/** A font that is so much larger than that of the text is a heading's, of the level by its place here. */
const HEADING_RATIOS = [1.6, 1.3, 1.12]
/** Headings in the size of the text, by their font and the white around them. */
const SMALL_HEADING_LEVEL = 4
const MAX_HEADING_LENGTH = 200
const MAX_SMALL_HEADING_LENGTH = 80

/** A sign before an item of a list: a bullet, a dash, a number, a letter. */
const BULLET = /^(?:[•‣◦▪●○■–—*·-]|\(?(?:\d{1,3}|[a-z]|[ivx]{1,4})[.)])\s+(?=\S)/u

const BULLET_ALONE = /^(?:[•‣◦▪●○■–—*·-]|\(?(?:\d{1,3}|[a-z]|[ivx]{1,4})[.)])$/u

const usualFont = ({ fonts }: Pick<Line, 'fonts'>): string =>
  [...fonts].toSorted(([, a], [, b]) => b - a)[0]?.[0] ?? ''

/** A sign and its item are one segment, however far they stand apart: they are no row of a table. */
function withSign(line: Line): Line {
  const [sign, first, ...rest] = line.segments
  if (!sign || !first || !BULLET_ALONE.test(sign.text)) return line
  const item = { text: `${sign.text} ${first.text}`, x: sign.x, end: first.end }
  return { ...line, segments: [{ ...item, pieces: [item] }, ...rest] }
}

/** Two lines of a paragraph as one: a word that was divided at the end of the first is whole again. */
function joinLines(text: string, next: string): string {
  if (/\p{Ll}[-\u00AD\u2010]$/u.test(text) && /^\p{Ll}/u.test(next)) return text.slice(0, -1) + next
  return `${text} ${next}`
}

interface Measure {
  bodySize: number
  bodyFont: string
  /** The right edge of the part. */
  right: number
}

function levelOf(line: Line, { bodySize }: Measure): number | undefined {
  const level = HEADING_RATIOS.findIndex((ratio) => line.size >= bodySize * ratio)
  return level < 0 || !/\p{L}/u.test(textOf(line)) ? undefined : level + 1
}

/** A short line in another font than the text's, with white above it, that does not end as a sentence does. */
function isSmallHeading(
  line: Line,
  above: Line | undefined,
  below: Line | undefined,
  measure: Measure,
): boolean {
  const text = textOf(line)
  if (line.fonts.has(measure.bodyFont) || text.length > MAX_SMALL_HEADING_LENGTH) return false
  if (!/^(?:[\d.]+\s+)?\p{Lu}/u.test(text) || /[.,;:]$/.test(text)) return false
  if (!below || below.fonts.has(usualFont(line)) || line.end > measure.right * 0.9) return false
  return above === undefined || above.y - line.y > line.size * LEADING
}

function startsParagraph(line: Line, above: Line, measure: Measure): boolean {
  const size = Math.max(line.size, above.size)
  if (above.y - line.y > size * LEADING || Math.abs(line.size - above.size) > size * 0.15) return true
  if (line.x - above.x > size * INDENT) return true
  const endsShort = above.end < measure.right - (measure.right - above.x) * 0.2
  return endsShort && /[.!?:]["”’)]?$/.test(textOf(above)) && /^[\p{Lu}\d"“(]/u.test(textOf(line))
}

/** The lines of a paragraph, of an item or of a heading, and what it is. */
interface Draft {
  kind: 'heading' | 'paragraph' | 'item'
  level: number
  text: string
  last: Line
}

/** The blocks of one part of a page. */
export function blocksOf(found: readonly Line[], bodySize: number): Block[] {
  const lines = found.map(withSign)
  const measure = {
    bodySize,
    bodyFont: usualFont({ fonts: totalFonts(lines) }),
    right: Math.max(0, ...lines.map(({ end }) => end)),
  }
  const blocks: Block[] = []
  let draft: Draft | undefined
  const finish = () => {
    if (draft) push(blocks, draft)
    draft = undefined
  }
  for (let index = 0; index < lines.length; ) {
    const line = lines[index]
    if (line === undefined) break
    const isDivided = line.segments.length > 1 || (line.segments[0]?.pieces.length ?? 0) > 1
    const table = isDivided ? tableAt(lines.slice(index)) : undefined
    if (table) {
      finish()
      blocks.push({ kind: 'table', rows: table.rows })
      index += table.lines
      continue
    }
    const next = draftOf(line, lines[index - 1], lines[index + 1], measure)
    if (draft && continues(draft, next, measure)) {
      draft = { ...draft, text: joinLines(draft.text, next.text), last: line }
    } else {
      finish()
      draft = next
    }
    index += 1
  }
  finish()
  return blocks
}

function totalFonts(lines: readonly Line[]): Map<string, number> {
  const total = new Map<string, number>()
  for (const { fonts } of lines)
    for (const [font, count] of fonts) total.set(font, (total.get(font) ?? 0) + count)
  return total
}

function draftOf(line: Line, above: Line | undefined, below: Line | undefined, measure: Measure): Draft {
  const text = textOf(line)
  const level = levelOf(line, measure)
  if (level !== undefined) return { kind: 'heading', level, text, last: line }
  if (BULLET.test(text)) return { kind: 'item', level: 0, text, last: line }
  if (isSmallHeading(line, above, below, measure))
    return { kind: 'heading', level: SMALL_HEADING_LEVEL, text, last: line }
  return { kind: 'paragraph', level: 0, text, last: line }
}

function continues(draft: Draft, next: Draft, measure: Measure): boolean {
  const { last } = draft
  const isNear = last.y - next.last.y <= Math.max(last.size, next.last.size) * LEADING
  if (draft.kind === 'heading') {
    return (
      next.kind === 'heading' &&
      isNear &&
      draft.level === next.level &&
      draft.text.length + next.text.length < MAX_HEADING_LENGTH
    )
  }
  if (next.kind !== 'paragraph') return false
  if (draft.kind === 'item') return isNear && next.last.x >= last.x - last.size * 0.5
  return !startsParagraph(next.last, last, measure)
}

function push(blocks: Block[], { kind, level, text }: Draft): void {
  if (kind === 'heading' && text.length <= MAX_HEADING_LENGTH) blocks.push({ kind, level, text })
  else if (kind !== 'item') blocks.push({ kind: 'paragraph', text })
  else {
    const item = text.replace(/^[•‣◦▪●○■–—*·-]\s+/u, '')
    const list = blocks.at(-1)
    if (list?.kind === 'list') list.items.push(item)
    else blocks.push({ kind: 'list', items: [item] })
  }
}

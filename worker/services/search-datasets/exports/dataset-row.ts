/** One row of a dataset: a document, or one part of a document that is too long for a line to train on. */
export interface DatasetRow {
  text: string
  /** The document's own title or first heading; null where it has none. */
  title: string | null
  filename: string
  source_id: string
  /** Counts from 1. */
  part: number
  parts: number
  pages: number | null
  /** Of this row's text, as the default model reads it. */
  tokens: number
  /** Of the whole document: the share of the quality rules that it passes. */
  quality: number
}

/** The columns in their order. */
export const ROW_COLUMNS = [
  'text',
  'title',
  'filename',
  'source_id',
  'part',
  'parts',
  'pages',
  'tokens',
  'quality',
] as const satisfies readonly (keyof DatasetRow)[]

/** UTF-8 bytes of a row's line: training takes lines of at most 1 MB. */
export const MAX_LINE_BYTES = 1_000_000

const encoder = new TextEncoder()

/** A row as its line of JSONL. */
export const lineOf = (row: DatasetRow): Uint8Array => encoder.encode(`${JSON.stringify(row)}\n`)

/** Characters of a part at most: fewer where its line would still be too long. */
export const PART_CHARACTERS = 250_000

/** Bytes that are left for everything in a row but its text. */
const ROOM_FOR_FIELDS = 50_000

/** Where a text is best cut before `end`: behind a paragraph, a line or a word, in its second half. */
function cutBefore(text: string, end: number): number {
  for (const gap of ['\n\n', '\n', ' ']) {
    const at = text.lastIndexOf(gap, end - gap.length)
    if (at >= end / 2) return at + gap.length
  }
  // Not between the halves of a character.
  return /[\uD800-\uDBFF]/.test(text.charAt(end - 1)) ? end - 1 : end
}

/** As much of the beginning of a text as fits into a line. It depends on no more of it than `PART_CHARACTERS` and one. */
export function firstPart(text: string): string {
  let size = Math.min(text.length, PART_CHARACTERS)
  const bytesOf = (length: number) => encoder.encode(JSON.stringify(text.slice(0, length))).length
  if (size < text.length) size = cutBefore(text, size)
  while (bytesOf(size) > MAX_LINE_BYTES - ROOM_FOR_FIELDS) size = cutBefore(text, Math.floor(size / 2))
  return text.slice(0, size)
}

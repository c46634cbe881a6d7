/** Rows of a file that are shown beside what it is called. */
export const PREVIEW_ROWS = 5

/** Bytes of a preview as JSON: a page of a list holds a thousand of them. */
export const MAX_PREVIEW_BYTES = 4 * 1024

/** Characters of a cell that are shown, the most that let all rows fit. */
const CELL_LENGTHS = [256, 64, 16]
const SHORTEST = 4

/** How a file begins, as it is written there. */
export interface Preview {
  headers: string[]
  rows: string[][]
}

const shortened = (cell: string, length: number): string =>
  cell.length > length ? `${cell.slice(0, length - 1).toWellFormed()}…` : cell

/** A preview of a file's first rows: cells are cut, and then rows left away, where all would be too much. */
export function previewOf(headers: readonly string[], rows: readonly string[][]): Preview {
  const cut = (row: readonly string[], length: number) => row.map((cell) => shortened(cell, length))
  const encoder = new TextEncoder()
  for (let count = Math.min(rows.length, PREVIEW_ROWS); count >= 0; count -= 1) {
    for (const length of CELL_LENGTHS) {
      const shown = rows.slice(0, count).map((row) => cut(row, length))
      const preview = { headers: cut(headers, length), rows: shown }
      if (encoder.encode(JSON.stringify(preview)).byteLength <= MAX_PREVIEW_BYTES) return preview
    }
  }
  return { headers: cut(headers, SHORTEST), rows: [] }
}

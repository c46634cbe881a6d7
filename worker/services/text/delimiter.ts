/** The characters that may stand between the cells of a row; of two that fit as well the first is meant. */
export const DELIMITERS = [',', ';', '\t', '|'] as const

/** Lines that are looked at, the header among them. */
const MAX_LINES = 20

const QUOTE = 0x22
const LINE_ENDS = new Set([0x0a, 0x0d])

/** Excel's line before the header, which says what separates cells: `sep=;`, with or without quotes. */
const SEPARATOR_LINE = /^"?sep=([^\w"\r\n])"?\1*$/i
const MAX_SEPARATOR_LINE_BYTES = 64

type Counts = ReadonlyMap<number, number>

/**
 * Finds what separates the cells of a CSV file: what its first line says where it is Excel's; else that of which most of the
 * first rows have as many as the header, outside of quotes; of several that of which the header has most; a comma where it has
 * none. `read` takes the file's first bytes piece by piece, until it says that it has seen enough.
 */
export function delimiterSearch(preferred?: string) {
  const lines: Counts[] = []
  let counts = new Map<number, number>()
  let isQuoted = false
  let hasBegun = false
  const firstLine: number[] = []
  let said: string | undefined

  function endLine(): void {
    lines.push(counts)
    counts = new Map()
    hasBegun = false
    if (lines.length > 1) return
    const text = new TextDecoder().decode(Uint8Array.from(firstLine))
    said = SEPARATOR_LINE.exec(text)?.[1]
  }

  const countIn = (line: Counts | undefined, delimiter: string) => line?.get(delimiter.charCodeAt(0)) ?? 0

  return {
    read(bytes: Uint8Array): boolean {
      for (const byte of bytes) {
        if (!isQuoted && LINE_ENDS.has(byte)) {
          if (!hasBegun) continue // Empty lines are no lines.
          endLine()
          if (lines.length === MAX_LINES || said !== undefined) return true
          continue
        }
        hasBegun = true
        // A quote that is doubled ends and begins: what is in between is outside for no byte.
        if (byte === QUOTE) isQuoted = !isQuoted
        else if (!isQuoted) counts.set(byte, (counts.get(byte) ?? 0) + 1)
        if (lines.length === 0 && firstLine.length < MAX_SEPARATOR_LINE_BYTES) firstLine.push(byte)
      }
      return false
    },

    /** By what has been read so far, which may be all. */
    found(isAll: boolean): string {
      // A header without an end is one too; of another line the rest may be missing.
      if (hasBegun && (isAll || lines.length === 0)) endLine()
      if (said !== undefined) return said
      const [header, ...rows] = lines
      if (preferred !== undefined && countIn(header, preferred) > 0) return preferred
      const fits = DELIMITERS.flatMap((delimiter) => {
        const count = countIn(header, delimiter)
        return count > 0
          ? [{ delimiter, count, rows: rows.filter((row) => countIn(row, delimiter) === count).length }]
          : []
      })
      const [best] = fits.toSorted((a, b) => b.rows - a.rows || b.count - a.count)
      return best?.delimiter ?? ','
    },
  }
}

/** Whether a file's first row, read with the separator that it names, is Excel's line. */
export const isSeparatorRow = ([first = '', ...rest]: readonly string[]): boolean =>
  /^sep=[^\w"]?$/i.test(first) && rest.every((cell) => cell === '')

/** What may stand between the cells of a row; of two that are as frequent the first is meant. */
export const DELIMITERS = [',', ';', '\t'] as const
export type Delimiter = (typeof DELIMITERS)[number]

const QUOTE = 0x22
const LINE_ENDS = new Set([0x0a, 0x0d])
const MARK = [0xef, 0xbb, 0xbf]

/**
 * Finds what separates the cells of a CSV file: that which its header line has most of outside of quotes, a comma where it has
 * none. `read` takes the file's first bytes piece by piece, until it says that the header line has ended.
 */
export function delimiterSearch() {
  const counts = new Map<number, number>(DELIMITERS.map((delimiter) => [delimiter.charCodeAt(0), 0]))
  let isQuoted = false
  let hasBegun = false
  const countOf = (delimiter: Delimiter) => counts.get(delimiter.charCodeAt(0)) ?? 0

  return {
    read(bytes: Uint8Array): boolean {
      for (const byte of bytes) {
        // A quote that is doubled ends and begins: what is in between is outside for no byte.
        if (byte === QUOTE) isQuoted = !isQuoted
        else if (!isQuoted && LINE_ENDS.has(byte)) {
          if (hasBegun) return true
          continue // Empty lines before the header are no header.
        } else if (!isQuoted) {
          const count = counts.get(byte)
          if (count !== undefined) counts.set(byte, count + 1)
        }
        hasBegun ||= !MARK.includes(byte)
      }
      return false
    },

    found: (): Delimiter =>
      DELIMITERS.reduce((best, delimiter) => (countOf(delimiter) > countOf(best) ? delimiter : best)),
  }
}

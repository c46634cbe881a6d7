/** Characters of a piece: a node counts one between two steps of its streams, which wait for it. */
export const COUNTED_CHARACTERS = 16_000

/**
 * A text in pieces whose tokens are counted one by one. It is cut before white space, over which tokenizers do not join words;
 * where there is none, its count may be one too high for each cut.
 */
export function countedPieces(text: string): string[] {
  const pieces: string[] = []
  for (let from = 0; from < text.length; ) {
    let end = Math.min(text.length, from + COUNTED_CHARACTERS)
    if (end < text.length) {
      const piece = text.slice(from, end)
      const gap = piece.search(/\s\S*$/)
      if (gap > 0) end = from + gap
      else if (/[\uD800-\uDBFF]$/.test(piece)) end -= 1
    }
    pieces.push(text.slice(from, end))
    from = end
  }
  return pieces
}

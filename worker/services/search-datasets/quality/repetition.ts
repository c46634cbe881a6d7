/** The share of pieces that have come before, by their count and by their characters. */
export function repeatedPieces(pieces: readonly string[]): { byCount: number; byCharacters: number } {
  const seen = new Set<string>()
  let [count, characters, all] = [0, 0, 0]
  for (const piece of pieces) {
    all += piece.length
    if (seen.has(piece)) {
      count += 1
      characters += piece.length
    }
    seen.add(piece)
  }
  return {
    byCount: pieces.length === 0 ? 0 : count / pieces.length,
    byCharacters: all === 0 ? 0 : characters / all,
  }
}

const lengthOf = (words: readonly string[]): number => words.reduce((sum, word) => sum + word.length, 0)

/** The share of a text's characters in its most frequent run of so many words; of one that comes once, none. */
export function topRunShare(words: readonly string[], size: number): number {
  const counts = new Map<string, number>()
  let top = ''
  for (let at = 0; at + size <= words.length; at += 1) {
    const run = words.slice(at, at + size).join(' ')
    const count = (counts.get(run) ?? 0) + 1
    counts.set(run, count)
    if (count > (counts.get(top) ?? 1)) top = run
  }
  const all = lengthOf(words)
  if (top === '' || all === 0) return 0
  return (lengthOf(top.split(' ')) * (counts.get(top) ?? 0)) / all
}

/** The share of a text's characters in runs of so many words that have come before; each word counts once. */
export function repeatedRunShare(words: readonly string[], size: number): number {
  const seen = new Set<string>()
  let [repeated, end] = [0, 0]
  for (let at = 0; at + size <= words.length; at += 1) {
    const run = words.slice(at, at + size).join(' ')
    if (seen.has(run)) {
      repeated += lengthOf(words.slice(Math.max(at, end), at + size))
      end = at + size
    }
    seen.add(run)
  }
  const all = lengthOf(words)
  return all === 0 ? 0 : repeated / all
}

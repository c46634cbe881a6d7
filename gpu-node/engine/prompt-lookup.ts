/** Tokens that must have been said in the same order before, at least and at most: a longer row is a better omen. */
export const MIN_LOOKUP_TOKENS = 2
export const MAX_LOOKUP_TOKENS = 3

/**
 * What followed when the last tokens were last said in this order: answers repeat names, quotations, code and JSON keys of
 * their prompt and of themselves. At most `count` tokens; none where they are new. (Prompt lookup decoding, A. Saxena, 2023.)
 */
export function lookUp(tokens: readonly number[], count: number): readonly number[] {
  for (let length = MAX_LOOKUP_TOKENS; length >= MIN_LOOKUP_TOKENS; length -= 1) {
    const end = lastEndOf(tokens, length)
    if (end !== undefined) return tokens.slice(end, end + count)
  }
  return []
}

/** Behind the last place, before the very end, where the last `length` tokens stand; undefined where there is none. */
function lastEndOf(tokens: readonly number[], length: number): number | undefined {
  const from = tokens.length - length
  for (let start = from - 1; start >= 0; start -= 1) {
    let same = 0
    while (same < length && tokens[start + same] === tokens[from + same]) same += 1
    if (same === length) return start + length
  }
  return undefined
}

const PRIVATE_USE_START = 0xe000
const PRIVATE_USE_END = 0xf8ff

/** Text that names a token with a meaning of its own, such as `<|im_end|>`, would be taken for that token. */
export interface SpecialText {
  /** Breaks every special text inside `text` by `mark`, after its first character. */
  guard(text: string, mark: string): string
}

const escapeForPattern = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/-]/gu, '\\$&')

/**
 * Makes what people write harmless for a tokeniser that reads special tokens. A template puts special tokens and
 * people's words into one string; words that spell such a token are broken up by a mark, and the string is
 * cut at the marks before it is tokenised, so no piece holds the whole spelling.
 */
export function createSpecialText(specialTexts: readonly string[]): SpecialText {
  const breakable = specialTexts.filter((text) => Array.from(text).length > 1)
  if (breakable.length === 0) return { guard: (text) => text }
  const firstCharacters = [
    ...new Set(breakable.map((text) => String.fromCodePoint(text.codePointAt(0) ?? 0))),
  ]
  // The look-ahead takes one character at a time, so special texts that overlap are all broken.
  const alternatives = breakable.map(escapeForPattern).join('|')
  const pattern = new RegExp(`(?=${alternatives})[\\s\\S]`, 'gu')
  return {
    guard: (text, mark) =>
      firstCharacters.some((character) => text.includes(character))
        ? text.replace(pattern, `$&${mark}`)
        : text,
  }
}

/** A private-use character that none of the texts holds. */
export function unusedMark(texts: readonly string[]): string {
  for (let code = PRIVATE_USE_START; code <= PRIVATE_USE_END; code++) {
    const mark = String.fromCharCode(code)
    if (!texts.some((text) => text.includes(mark))) return mark
  }
  throw new RangeError('The texts use every private-use character.')
}

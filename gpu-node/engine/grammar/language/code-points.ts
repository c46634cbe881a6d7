/** An inclusive range of Unicode code points. */
export type CodePointRange = readonly [first: number, last: number]

/** Every Unicode scalar value: all code points except the surrogates, which no UTF-8 text holds. */
export const ALL_CODE_POINTS: readonly CodePointRange[] = [
  [0, 0xd7ff],
  [0xe000, 0x10ffff],
]

export const codePointOf = (character: string): number => character.codePointAt(0) ?? 0

/** Ranges from pairs such as `'az'` and single characters such as `'_'`. */
export const rangesOf = (...spans: readonly string[]): CodePointRange[] =>
  spans.map((span) => [codePointOf(span), codePointOf([...span].at(-1) ?? '')])

/** Sorted, without overlaps and neighbours, so that equal sets are equal lists. */
export function normalizeRanges(ranges: readonly CodePointRange[]): CodePointRange[] {
  const merged: [number, number][] = []
  for (const [first, last] of [...ranges].sort((a, b) => a[0] - b[0])) {
    const previous = merged.at(-1)
    if (previous && first <= previous[1] + 1) previous[1] = Math.max(previous[1], last)
    else merged.push([first, last])
  }
  return merged
}

export function intersectRanges(
  left: readonly CodePointRange[],
  right: readonly CodePointRange[],
): CodePointRange[] {
  const common = left.flatMap(([first, last]) =>
    right.map(([from, to]): CodePointRange => [Math.max(first, from), Math.min(last, to)]),
  )
  return normalizeRanges(common.filter(([first, last]) => first <= last))
}

/** Everything that a UTF-8 text may hold and `ranges` does not. */
export function invertRanges(ranges: readonly CodePointRange[]): CodePointRange[] {
  const inverted: CodePointRange[] = []
  let next = 0
  for (const [first, last] of normalizeRanges(ranges)) {
    if (first > next) inverted.push([next, first - 1])
    next = last + 1
  }
  if (next <= 0x10ffff) inverted.push([next, 0x10ffff])
  return intersectRanges(inverted, ALL_CODE_POINTS)
}

export const includesCodePoint = (ranges: readonly CodePointRange[], codePoint: number): boolean =>
  ranges.some(([first, last]) => first <= codePoint && codePoint <= last)

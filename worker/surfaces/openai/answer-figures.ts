/** Figures of an answer; null is one that was not measured. */
export interface AnswerFigures {
  tokens: number | null
  firstMs: number | null
  totalMs: number | null
}

/** Tokens a second, from the first one on; null where that cannot be said. */
export function speedOf({ tokens, firstMs, totalMs }: AnswerFigures): number | null {
  if (tokens === null || firstMs === null || totalMs === null || totalMs <= firstMs) return null
  const speed = tokens / ((totalMs - firstMs) / 1_000)
  return Math.round(speed * 10) / 10
}

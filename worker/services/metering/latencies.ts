/** A finished call as `calls` keeps it. */
export interface TimedCall {
  totalMs: number
  firstMs: number | null
  completionTokens: number
}

export interface Percentiles {
  p50: number
  p99: number
}

/** The measurements of a model's calls. A figure without a measurement is null. */
export interface Latencies {
  calls: number
  averageMs: number | null
  totalMs: Percentiles | null
  /** Until the first token. */
  firstMs: Percentiles | null
  /** How fast one answer grows once it has begun. */
  tokensPerSecond: number | null
}

/** Nearest rank: the smallest value that is not exceeded by at least this share of all. `sorted` is not empty. */
const rank = (sorted: readonly number[], share: number): number =>
  sorted[Math.max(Math.ceil(sorted.length * share) - 1, 0)] ?? 0

function percentilesOf(values: readonly number[]): Percentiles | null {
  if (values.length === 0) return null
  const sorted = values.toSorted((a, b) => a - b)
  return { p50: rank(sorted, 0.5), p99: rank(sorted, 0.99) }
}

/** Percentiles and pace of calls that ended well. */
export function latenciesOf(calls: readonly TimedCall[]): Latencies {
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0)
  // The first token is there when the clock of the pace starts, so it is not one of those that took the time.
  const paced = calls.flatMap(({ totalMs, firstMs, completionTokens }) =>
    firstMs === null || totalMs <= firstMs || completionTokens < 2
      ? []
      : [{ ms: totalMs - firstMs, tokens: completionTokens - 1 }],
  )
  const pacedMs = sum(paced.map(({ ms }) => ms))
  return {
    calls: calls.length,
    averageMs: calls.length === 0 ? null : sum(calls.map(({ totalMs }) => totalMs)) / calls.length,
    totalMs: percentilesOf(calls.map(({ totalMs }) => totalMs)),
    firstMs: percentilesOf(calls.flatMap(({ firstMs }) => (firstMs === null ? [] : [firstMs]))),
    tokensPerSecond: pacedMs === 0 ? null : (sum(paced.map(({ tokens }) => tokens)) * 1000) / pacedMs,
  }
}

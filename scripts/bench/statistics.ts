const ascending = (values: readonly number[]): number[] => values.toSorted((a, b) => a - b)

/** The value below which `share` (0 to 1) of the values lie, by nearest rank. Throws for no values. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = ascending(values)
  const found = sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)]
  if (found === undefined) throw new RangeError('There is nothing to measure.')
  return found
}

/** The middle value, or the mean of the two in the middle. Throws for no values. */
export function median(values: readonly number[]): number {
  const sorted = ascending(values)
  const [low, high] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]]
  if (low === undefined || high === undefined) throw new RangeError('There is nothing to measure.')
  return (low + high) / 2
}

/** The lowest and the highest value. Throws for no values. */
export const spreadOf = (values: readonly number[]): [number, number] => [
  percentile(values, 0),
  percentile(values, 1),
]

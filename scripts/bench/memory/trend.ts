import { median, percentile } from '../statistics.ts'

/** How something changes, per unit of x. */
export interface Trend {
  slope: number
  /** Between which half of the slopes from one point to another lie. */
  spread: readonly [number, number]
}

/**
 * The median of the slopes between all pairs of points (Theil 1950, Sen 1968): a steady rise shows whole, while a step, such
 * as an allocator takes now and then, does not. Throws for fewer than three points.
 */
export function trendOf(points: readonly (readonly [x: number, y: number])[]): Trend {
  if (points.length < 3) throw new RangeError('A trend needs three points.')
  const slopes = points.flatMap(([x, y], index) =>
    points.slice(index + 1).map(([nextX, nextY]) => (nextY - y) / (nextX - x)),
  )
  return { slope: median(slopes), spread: [percentile(slopes, 0.25), percentile(slopes, 0.75)] }
}

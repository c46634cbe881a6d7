import { describe, expect, it } from 'vitest'
import { MAX_SERIES_POINTS, thinned } from '../../../../worker/durable/training/metric-series.ts'
import type { MetricPoint } from '../../../../worker/services/training/training-run.ts'

const points = (count: number, figureAt: (step: number) => number = () => 1): MetricPoint[] =>
  Array.from({ length: count }, (_, step) => [step, figureAt(step)])

describe('a series', () => {
  it('is shown whole as long as it may be', () => {
    expect(thinned(points(MAX_SERIES_POINTS))).toHaveLength(MAX_SERIES_POINTS)
  })

  it('of one more is thinned out, its ends and its extremes kept, in order', () => {
    for (const count of [MAX_SERIES_POINTS + 1, 5_000, 123_457]) {
      const low = Math.floor(count / 3)
      const high = Math.floor(count / 2)
      const given = points(count, (step) => (step === low ? -5 : step === high ? 9 : Math.sin(step)))
      const kept = thinned(given)
      expect(kept.length).toBeLessThanOrEqual(MAX_SERIES_POINTS)
      expect(kept.length).toBeGreaterThan(MAX_SERIES_POINTS / 3)
      expect(kept[0]).toEqual(given[0])
      expect(kept.at(-1)).toEqual(given.at(-1))
      expect(kept).toContainEqual([low, -5])
      expect(kept).toContainEqual([high, 9])
      expect(kept.map(([step]) => step)).toEqual(kept.map(([step]) => step).toSorted((a, b) => a - b))
    }
  })
})

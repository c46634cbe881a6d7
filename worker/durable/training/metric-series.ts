import {
  type JobMetrics,
  type MetricPoint,
  SERIES_NAMES,
  type SeriesName,
} from '../../services/training/training-run.ts'

/** Points of one series that are shown. Twice as many are kept before they are thinned out. */
export const MAX_SERIES_POINTS = 1_000

/** At most so many points, the ends and the extremes among them: of each stretch its lowest and its highest. */
export function thinned(points: readonly MetricPoint[], limit = MAX_SERIES_POINTS): readonly MetricPoint[] {
  if (points.length <= limit) return points
  const [first, last] = [points[0], points.at(-1)]
  if (!first || !last) return points
  const middle = points.slice(1, -1)
  const stretches = Math.floor((limit - 2) / 2)
  const kept: MetricPoint[] = [first]
  for (let stretch = 0; stretch < stretches; stretch += 1) {
    const from = Math.floor((stretch * middle.length) / stretches)
    const to = Math.floor(((stretch + 1) * middle.length) / stretches)
    let [low, high] = [from, from]
    for (let index = from; index < to; index += 1) {
      if ((middle[index]?.[1] ?? 0) < (middle[low]?.[1] ?? 0)) low = index
      if ((middle[index]?.[1] ?? 0) > (middle[high]?.[1] ?? 0)) high = index
    }
    for (const index of new Set([Math.min(low, high), Math.max(low, high)])) {
      const point = middle[index]
      if (point) kept.push(point)
    }
  }
  kept.push(last)
  return kept
}

/** The figures of a job, step by step. */
export class MetricSeries {
  readonly #sql: SqlStorage

  constructor(sql: SqlStorage) {
    this.#sql = sql
  }

  create(): void {
    this.#sql.exec(
      'CREATE TABLE IF NOT EXISTS points (name TEXT, step INTEGER, value REAL, PRIMARY KEY (name, step))',
    )
  }

  add(step: number, values: { [Name in SeriesName]?: number | null }): void {
    for (const name of SERIES_NAMES) {
      const value = values[name]
      if (value == null) continue
      this.#sql.exec('INSERT OR REPLACE INTO points VALUES (?, ?, ?)', name, step, value)
      this.#thin(name)
    }
  }

  /** Forgets what came behind a step: it is done again. */
  cutBack(step: number): void {
    this.#sql.exec('DELETE FROM points WHERE step > ?', step)
  }

  /** The figure of a step, or of the last one before it. */
  at(name: SeriesName, step: number): number | null {
    const [row] = this.#sql
      .exec<{ value: number }>(
        'SELECT value FROM points WHERE name = ? AND step <= ? ORDER BY step DESC LIMIT 1',
        name,
        step,
      )
      .toArray()
    return row?.value ?? null
  }

  read(): JobMetrics {
    // Each name of the list, once.
    return Object.fromEntries(
      SERIES_NAMES.map((name) => [name, thinned(this.#points(name))]),
    ) as unknown as JobMetrics
  }

  #points(name: SeriesName): MetricPoint[] {
    return this.#sql
      .exec<{ step: number; value: number }>(
        'SELECT step, value FROM points WHERE name = ? ORDER BY step',
        name,
      )
      .toArray()
      .map(({ step, value }) => [step, value])
  }

  #thin(name: SeriesName): void {
    const { count } = this.#sql
      .exec<{ count: number }>('SELECT count(*) AS count FROM points WHERE name = ?', name)
      .one()
    if (count < 2 * MAX_SERIES_POINTS) return
    const kept = JSON.stringify(thinned(this.#points(name)).map(([step]) => step))
    this.#sql.exec(
      'DELETE FROM points WHERE name = ? AND step NOT IN (SELECT value FROM json_each(?))',
      name,
      kept,
    )
  }
}

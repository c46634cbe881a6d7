/** A time series is a metric with one set of labels. */
export type Labels = Readonly<Record<string, string>>

export interface Sample {
  labels?: Labels
  value: number
}

export type Metric = {
  /** As Prometheus wants it: `switchyard_<what>_<unit>`, counters end in `_total`. */
  name: string
  help: string
} & (
  | { type: 'counter' | 'gauge'; samples: readonly Sample[] }
  | { type: 'histogram'; series: readonly { labels?: Labels; histogram: HistogramReading }[] }
)

export interface HistogramReading {
  /** Upper bounds, ascending, without infinity. */
  bounds: readonly number[]
  /** Values at or below each bound and above the one before; the last one counts what is above all bounds. */
  counts: readonly number[]
  sum: number
}

export const PROMETHEUS_CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8'

const escapeHelp = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')
const escapeLabel = (text: string): string => escapeHelp(text).replaceAll('"', '\\"')

function seriesOf(name: string, labels: Labels, value: number): string {
  const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escapeLabel(text)}"`)
  return `${name}${pairs.length > 0 ? `{${pairs.join(',')}}` : ''} ${formatNumber(value)}`
}

/** Prometheus writes what JavaScript calls Infinity in its own way. */
function formatNumber(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return '+Inf'
  if (value === Number.NEGATIVE_INFINITY) return '-Inf'
  return String(value)
}

function histogramLines(name: string, labels: Labels, { bounds, counts, sum }: HistogramReading): string[] {
  let total = 0
  const buckets = [...bounds, Number.POSITIVE_INFINITY].map((bound, index) => {
    total += counts[index] ?? 0
    return seriesOf(`${name}_bucket`, { ...labels, le: formatNumber(bound) }, total)
  })
  return [...buckets, seriesOf(`${name}_sum`, labels, sum), seriesOf(`${name}_count`, labels, total)]
}

/**
 * Metrics in Prometheus' text format 0.0.4. Pure: who counts and when is not its business.
 * https://prometheus.io/docs/instrumenting/exposition_formats/
 */
export function formatMetrics(metrics: readonly Metric[]): string {
  const lines = metrics.flatMap((metric) => {
    const { name, help, type } = metric
    const samples =
      metric.type === 'histogram'
        ? metric.series.flatMap(({ labels = {}, histogram }) => histogramLines(name, labels, histogram))
        : metric.samples.map(({ labels = {}, value }) => seriesOf(name, labels, value))
    return [`# HELP ${name} ${escapeHelp(help)}`, `# TYPE ${name} ${type}`, ...samples]
  })
  return lines.map((line) => `${line}\n`).join('')
}

/** A number that only grows. */
export class Counter {
  #value = 0

  get value(): number {
    return this.#value
  }

  add(count: number): void {
    this.#value += count
  }
}

/** Counts values by size. */
export class Histogram implements HistogramReading {
  readonly bounds: readonly number[]
  readonly counts: number[]
  sum: number

  /** Empty, or going on from what another life has counted. */
  constructor(bounds: readonly number[], known?: Pick<HistogramReading, 'counts' | 'sum'>) {
    this.bounds = bounds
    this.counts = known ? [...known.counts] : Array.from({ length: bounds.length + 1 }, () => 0)
    this.sum = known?.sum ?? 0
  }

  observe(value: number): void {
    const index = this.bounds.findIndex((bound) => value <= bound)
    const at = index < 0 ? this.bounds.length : index
    this.counts[at] = (this.counts[at] ?? 0) + 1
    this.sum += value
  }
}

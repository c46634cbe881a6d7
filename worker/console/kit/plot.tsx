import { useSignal } from '@preact/signals'
import { useEffect, useMemo, useRef } from 'preact/hooks'
import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import { Legend } from './legend.tsx'

/** A line of a plot, by seconds or by steps; null where nothing was measured. */
export interface Line {
  name: string
  points: readonly (readonly [at: number, value: number | null])[]
}

interface PlotProps {
  title: string
  lines: readonly Line[]
  /** Over at most so much time until now. Without it over the steps of a training, whose figures may be small. */
  spanSeconds?: number
}

const HEIGHT = 180
const DAY_SECONDS = 24 * 60 * 60

/** Told apart on light and dark ground alike. */
const COLOURS = ['#2f7df6', '#d97706', '#16a34a', '#c026d3', '#0891b2', '#dc2626', '#65a30d', '#7c3aed']
/** Of the ground under a line that stands alone, in hexadecimal. */
const FAINT = '1f'

const colourOf = (at: number): string => COLOURS[at % COLOURS.length] ?? ''

const hour = new Intl.DateTimeFormat(undefined, { timeStyle: 'short' })
const day = new Intl.DateTimeFormat(undefined, { month: 'short', day: 'numeric' })

/** All times of all lines once, and each line's values at them. */
function aligned(lines: readonly Line[]): uPlot.AlignedData {
  const times = [...new Set(lines.flatMap(({ points }) => points.map(([at]) => at)))].toSorted(
    (a, b) => a - b,
  )
  const values = lines.map(({ points }) => {
    const known = new Map(points)
    return times.map((at) => known.get(at) ?? null)
  })
  return [times, ...values]
}

/** Of its span, what a plot shows at the least. */
const LEAST_SHARE = 1 / 12

/** From where to where: as far back as anything was measured, within the span. The library would show years around a single time. */
const rangeOf =
  (spanSeconds: number | undefined): uPlot.Range.Function =>
  ({ data: [places] }) => {
    const [first, last] = [places[0] ?? 0, places.at(-1) ?? 0]
    if (spanSeconds === undefined) return first === last ? [first - 1, last + 1] : [first, last]
    // Clocks differ: nothing is to lie beyond the end.
    const end = Math.max(last, Date.now() / 1_000)
    const start = Math.min(first, end - spanSeconds * LEAST_SHARE)
    return [Math.max(start, end - spanSeconds), end]
  }

function optionsOf(place: HTMLElement, names: readonly string[], spanSeconds: number | undefined) {
  const ink = getComputedStyle(place).color
  const axis = { stroke: ink, grid: { stroke: `color-mix(in srgb, ${ink} 10%, transparent)`, width: 1 } }
  const words = spanSeconds !== undefined && spanSeconds > DAY_SECONDS ? day : hour
  const times: uPlot.Axis = { values: (_plot, at) => at.map((second) => words.format(second * 1_000)) }
  return {
    width: place.clientWidth,
    height: HEIGHT,
    legend: { show: false },
    cursor: { y: false },
    // Several machines' clocks meet here: a gap is where nothing was measured, not where only another node was.
    series: [
      {},
      ...names.map((label, at) => ({
        label,
        stroke: colourOf(at),
        ...(names.length === 1 ? { fill: colourOf(at) + FAINT } : {}),
        width: 2,
        spanGaps: true,
      })),
    ],
    axes: [spanSeconds === undefined ? axis : { ...axis, ...times }, axis],
    scales: {
      x: { time: spanSeconds !== undefined, range: rangeOf(spanSeconds) },
      y: {
        range: (_plot: uPlot, _low: number, high: number): [number, number] => [
          0,
          Math.max(spanSeconds === undefined ? Number.MIN_VALUE : 1, high * 1.1),
        ],
      },
    },
  } satisfies uPlot.Options
}

/** A plot over time or over steps, with each line's last figure, or that at which somebody points. Its colours are the page's own. */
export function Plot({ title, lines, spanSeconds }: PlotProps) {
  const box = useRef<HTMLDivElement>(null)
  const plot = useRef<uPlot | undefined>(undefined)
  const pointed = useSignal<number | undefined>(undefined)
  const data = useMemo(() => aligned(lines), [lines])
  const names = lines.map(({ name }) => name).join('\n')
  useEffect(() => {
    const place = box.current
    if (!place) return
    const made = new uPlot(
      {
        ...optionsOf(place, names.split('\n'), spanSeconds),
        hooks: {
          setCursor: [
            ({ cursor: { idx } }) => {
              pointed.value = idx ?? undefined
            },
          ],
        },
      },
      [[]],
      place,
    )
    plot.current = made
    const follow = new ResizeObserver(() => made.setSize({ width: place.clientWidth, height: HEIGHT }))
    follow.observe(place)
    return () => {
      follow.disconnect()
      made.destroy()
      plot.current = undefined
    }
  }, [names, spanSeconds, pointed])
  useEffect(() => plot.current?.setData(data), [data])
  return (
    <figure class="plot">
      <figcaption>{title}</figcaption>
      <div ref={box} aria-hidden="true" />
      <Legend
        lines={lines.map(({ name }, at) => ({ name, colour: colourOf(at), values: data[at + 1] ?? [] }))}
        at={pointed.value}
        nameOf={(place) => {
          const at = data[0][place] ?? 0
          return spanSeconds === undefined ? `step ${at}` : hour.format(at * 1_000)
        }}
      />
    </figure>
  )
}

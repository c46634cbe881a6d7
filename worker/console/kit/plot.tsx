import { useEffect, useRef } from 'preact/hooks'
import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'

/** A line of a plot, by seconds or by steps; null where nothing was measured. */
export interface Line {
  name: string
  points: readonly (readonly [at: number, value: number | null])[]
}

interface PlotProps {
  title: string
  lines: readonly Line[]
  /** Over the steps of a training instead of over time: figures may be small, and some begin later than others. */
  isBySteps?: boolean
}

const HEIGHT = 180

/** Told apart on light and dark ground alike. */
const COLOURS = ['#2f7df6', '#d97706', '#16a34a', '#c026d3', '#0891b2', '#dc2626', '#65a30d', '#7c3aed']

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

/** A plot over time or over steps. Its colours are the page's own; the figures beside it say the same in words. */
export function Plot({ title, lines, isBySteps = false }: PlotProps) {
  const box = useRef<HTMLDivElement>(null)
  const plot = useRef<uPlot | undefined>(undefined)
  const names = lines.map(({ name }) => name).join('\n')
  useEffect(() => {
    const place = box.current
    if (!place) return
    const ink = getComputedStyle(place).color
    const axis = { stroke: ink, grid: { stroke: `color-mix(in srgb, ${ink} 15%, transparent)` } }
    const made = new uPlot(
      {
        width: place.clientWidth,
        height: HEIGHT,
        // Several machines' clocks meet here: a gap is where nothing was measured, not where only another node was.
        series: [
          isBySteps ? { label: 'Step' } : {},
          ...names.split('\n').map((label, at) => ({
            label,
            stroke: COLOURS[at % COLOURS.length] ?? ink,
            width: 2,
            spanGaps: true,
          })),
        ],
        axes: [axis, axis],
        scales: {
          x: { time: !isBySteps },
          y: { range: (_plot, _low, high) => [0, Math.max(isBySteps ? Number.MIN_VALUE : 1, high * 1.1)] },
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
  }, [names, isBySteps])
  useEffect(() => plot.current?.setData(aligned(lines)), [lines])
  return (
    <figure class="plot">
      <figcaption>{title}</figcaption>
      <div ref={box} aria-hidden="true" />
    </figure>
  )
}

import { useMemo } from 'preact/hooks'
import { part } from '../../shell/part.tsx'
import type { Series } from './job.ts'

/** Drawn by a library that only this needs. */
const Plot = part(() => import('../../kit/plot.tsx').then(({ Plot: Drawn }) => Drawn))

/** A training's curves under its name. */
export interface Curves {
  name: string
  series: Series
}

/** The series of one plot; those that nothing was measured of are left out. */
function linesOf(of: readonly Curves[], names: readonly (readonly [series: string, words: string])[]) {
  return of.flatMap(({ name, series }) =>
    names.flatMap(([key, words]) => {
      const points = series[key] ?? []
      if (points.length === 0) return []
      const label = of.length === 1 ? words : names.length === 1 ? name : `${name}: ${words}`
      return [{ name: label, points }]
    }),
  )
}

const PLOTS = [
  [
    'Loss',
    [
      ['loss', 'training'],
      ['validation_loss', 'validation'],
    ],
  ],
  [
    'Accuracy of tokens',
    [
      ['accuracy', 'training'],
      ['validation_accuracy', 'validation'],
    ],
  ],
  ['Learning rate', [['learning_rate', 'learning rate']]],
] as const

/** The curves of one training, or of several in the same plots. */
export function CurvePlots({ of }: { of: readonly Curves[] }) {
  const plots = useMemo(() => PLOTS.map(([title, names]) => ({ title, lines: linesOf(of, names) })), [of])
  const drawn = plots.filter(({ lines }) => lines.length > 0)
  if (drawn.length === 0) return <p class="muted">Nothing was measured yet.</p>
  return (
    <div class="plots">
      {drawn.map(({ title, lines }) => (
        <Plot key={title} title={`${title}, by step`} lines={lines} />
      ))}
    </div>
  )
}

import { useMemo } from 'preact/hooks'
import { part } from '../../shell/part.tsx'
import { HISTORY_SECONDS, nodes, type Sample, samples } from './live-nodes.ts'

/** Drawn by a library that only this needs. */
const Plot = part(() => import('../../kit/plot.tsx').then(({ Plot: Drawn }) => Drawn))

/** The last hour of the pool: how fast it speaks, and how much it has to do. */
export function PoolPlots() {
  const [all, known] = [nodes.value, samples.value]
  const linesOf = useMemo(
    () => (figureOf: (sample: Sample) => number | null) =>
      (all ?? []).flatMap(({ id, name }) => {
        const points = (known.get(id) ?? []).map((sample) => [sample.at, figureOf(sample)] as const)
        return points.length > 0 ? [{ name, points }] : []
      }),
    [all, known],
  )
  const speeds = useMemo(() => linesOf(({ tokens_per_second }) => tokens_per_second), [linesOf])
  const calls = useMemo(() => linesOf(({ active, queued }) => active + queued), [linesOf])
  if (speeds.length === 0) return null
  return (
    <div class="plots">
      <Plot title="Tokens a second" lines={speeds} spanSeconds={HISTORY_SECONDS} />
      <Plot title="Calls that run or wait" lines={calls} spanSeconds={HISTORY_SECONDS} />
    </div>
  )
}

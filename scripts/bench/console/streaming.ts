import type { CDPSession } from 'playwright-core'
import { buildConsole } from '../../console/build.ts'
import type { Bench } from '../bench.ts'
import { trendOf } from '../memory/trend.ts'
import { NULL_MODEL } from '../nodes/null-engine.ts'
import { withNullPool } from '../nodes/null-pool.ts'
import { withConsole } from './browser.ts'
import { askFor, STEPS_PER_SECOND, stopButton, WRITTEN } from './talk.ts'

const MINUTES = 30
const SHORT_MINUTES = 4
const MINUTE_MS = 60_000
const MIB = 1024 * 1024
/** Rises of less than this a minute are the conversation's own text and what the collector leaves. */
const STEADY_MIB_PER_MINUTE = 0.5

/** MiB that the scripts of the page and its document hold once nothing is left that could be thrown away. */
async function heldMiB(debug: CDPSession): Promise<number> {
  await debug.send('HeapProfiler.collectGarbage')
  const { metrics } = await debug.send('Performance.getMetrics')
  const held = metrics.find(({ name }) => name === 'JSHeapUsedSize')?.value ?? Number.NaN
  return held / MIB
}

/** Memory of the page while answers stream into it, one after another in one conversation. */
export const consoleMemory: Bench = {
  name: 'console:memory',
  summary: 'memory of a console into which answers stream for 30 minutes (--short: 4)',
  async run(context) {
    await buildConsole()
    const minutes = context.isShort ? SHORT_MINUTES : MINUTES
    const pace = { stepsPerSecond: STEPS_PER_SECOND, texts: WRITTEN }
    return withNullPool(context, pace, ({ edge }) =>
      withConsole(edge.origin, async ({ page, context: browsing }) => {
        const debug = await browsing.newCDPSession(page)
        await debug.send('Performance.enable')
        await page.getByLabel('Model', { exact: true }).selectOption(NULL_MODEL.id)
        const startedAt = performance.now()
        const points: [minute: number, mib: number][] = []
        while (performance.now() - startedAt < minutes * MINUTE_MS) {
          context.signal.throwIfAborted()
          await askFor(page, `Question ${points.length + 1}`)
          const stop = stopButton(page)
          await stop.waitFor()
          await stop.waitFor({ state: 'detached', timeout: MINUTE_MS })
          const minute = (performance.now() - startedAt) / MINUTE_MS
          const mib = await heldMiB(debug)
          points.push([minute, mib])
          context.note(`${minute.toFixed(1)} minutes: ${mib.toFixed(1)} MiB`)
        }
        // By then as many turns are drawn as stay drawn.
        const settled = points.filter(([minute]) => minute >= minutes / 2)
        const { slope } = trendOf(settled)
        return [
          {
            name: 'the most that was held',
            value: Math.max(...points.map(([, mib]) => mib)),
            unit: 'MiB',
            target: { atMost: 150 },
          },
          {
            name: `held after ${minutes} minutes of streaming`,
            value: points.at(-1)?.[1] ?? Number.NaN,
            unit: 'MiB',
            target: { atMost: 150 },
          },
          {
            name: 'rise in the second half',
            value: slope,
            unit: 'MiB/min',
            target: { atMost: STEADY_MIB_PER_MINUTE },
          },
        ]
      }),
    )
  },
}

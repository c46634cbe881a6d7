import { isDeepStrictEqual } from 'node:util'
import type { NodeGauge } from '../../shared/node.ts'
import { MIB } from '../../shared/units.ts'
import type { ChildMemory } from './messages.ts'

/** Speed is told for the last seconds, so that it neither jumps nor lags. */
export const SPEED_WINDOW_MS = 5_000
/** A gauge is told at most this often. */
export const GAUGE_INTERVAL_MS = 1_000

/** Counts tokens over the last seconds. */
export class SpeedMeter {
  /** Tokens by the second in which they came. */
  readonly #tokens = new Map<number, number>()

  add(tokens: number, nowMs: number): void {
    const second = Math.floor(nowMs / 1_000)
    this.#tokens.set(second, (this.#tokens.get(second) ?? 0) + tokens)
  }

  perSecond(nowMs: number): number {
    const oldest = Math.floor((nowMs - SPEED_WINDOW_MS) / 1_000)
    let sum = 0
    for (const [second, tokens] of this.#tokens) {
      if (second <= oldest) this.#tokens.delete(second)
      else sum += tokens
    }
    return Math.round((sum / SPEED_WINDOW_MS) * 10_000) / 10
  }
}

/** The node's load: its own memory and its children's, and the memory of the GPU that they share. */
export function readGauge(children: readonly ChildMemory[], tokensPerSecond: number): NodeGauge {
  const gpu = children.find((child) => child.vramTotalMiB !== null)
  const ownMiB = Math.round(process.memoryUsage.rss() / MIB)
  return {
    rssMiB: children.reduce((sum, child) => sum + child.rssMiB, ownMiB),
    vramUsedMiB: gpu?.vramUsedMiB ?? null,
    vramTotalMiB: gpu?.vramTotalMiB ?? null,
    tokensPerSecond,
  }
}

/** Calls `tell` with the gauge, at most once a second and only when it changed. Returns what stops it. */
export function watchGauge(read: () => NodeGauge, tell: (gauge: NodeGauge) => void): () => void {
  let last: NodeGauge | undefined
  const timer = setInterval(() => {
    const gauge = read()
    if (isDeepStrictEqual(gauge, last)) return
    last = gauge
    tell(gauge)
  }, GAUGE_INTERVAL_MS)
  return () => clearInterval(timer)
}

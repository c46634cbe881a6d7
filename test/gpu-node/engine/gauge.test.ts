import { afterEach, describe, expect, it, vi } from 'vitest'
import {
  GAUGE_INTERVAL_MS,
  readGauge,
  SPEED_WINDOW_MS,
  SpeedMeter,
  watchGauge,
} from '../../../gpu-node/engine/gauge.ts'

afterEach(() => {
  vi.useRealTimers()
})

describe('SpeedMeter', () => {
  it('tells the tokens a second over the last five seconds', () => {
    const meter = new SpeedMeter()
    meter.add(30, 10_000)
    meter.add(20, 12_500)
    expect(meter.perSecond(12_900)).toBe(10)
  })

  it('forgets what is older', () => {
    const meter = new SpeedMeter()
    meter.add(30, 10_000)
    expect(meter.perSecond(10_999 + SPEED_WINDOW_MS)).toBe(0)
  })
})

describe('readGauge', () => {
  it('adds up memory, and knows no GPU where no child has one', () => {
    const child = { rssMiB: 100, vramUsedMiB: null, vramTotalMiB: null }
    const gauge = readGauge([child, child], 3)
    expect(gauge).toMatchObject({ vramUsedMiB: null, vramTotalMiB: null, tokensPerSecond: 3 })
    expect(gauge.rssMiB).toBeGreaterThan(200)
  })

  it('tells the memory of the GPU that the children share once', () => {
    const child = { rssMiB: 1, vramUsedMiB: 500, vramTotalMiB: 8_000 }
    expect(readGauge([child, child], 0)).toMatchObject({ vramUsedMiB: 500, vramTotalMiB: 8_000 })
  })
})

describe('watchGauge', () => {
  it('tells at most once a second, and only what changed', () => {
    vi.useFakeTimers()
    let rssMiB = 1
    const tell = vi.fn()
    const stop = watchGauge(
      () => ({ rssMiB, vramUsedMiB: null, vramTotalMiB: null, tokensPerSecond: 0 }),
      tell,
    )
    vi.advanceTimersByTime(GAUGE_INTERVAL_MS - 1)
    expect(tell).toHaveBeenCalledTimes(0)
    vi.advanceTimersByTime(3 * GAUGE_INTERVAL_MS)
    expect(tell).toHaveBeenCalledTimes(1)
    rssMiB = 2
    vi.advanceTimersByTime(GAUGE_INTERVAL_MS)
    expect(tell).toHaveBeenCalledTimes(2)
    stop()
    rssMiB = 3
    vi.advanceTimersByTime(10 * GAUGE_INTERVAL_MS)
    expect(tell).toHaveBeenCalledTimes(2)
  })
})

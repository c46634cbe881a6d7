import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Heartbeat } from '../../../gpu-node/link/heartbeat.ts'
import {
  BUSY_HEARTBEAT_MS,
  BUSY_SILENCE_LIMIT_MS,
  HEARTBEAT_MS,
  SILENCE_LIMIT_MS,
} from '../../../shared/wire.ts'

const IDLE = { heartbeatMs: HEARTBEAT_MS, silenceMs: SILENCE_LIMIT_MS }
const BUSY = { ...IDLE, busyHeartbeatMs: BUSY_HEARTBEAT_MS, busySilenceMs: BUSY_SILENCE_LIMIT_MS }

beforeEach(() => void vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

function start({ pace = BUSY as typeof BUSY | typeof IDLE, isBusy = true } = {}) {
  const link = { isBusy, pings: 0, silences: [] as number[] }
  const heartbeat = new Heartbeat({
    pace,
    ping: () => {
      link.pings += 1
    },
    isBusy: () => link.isBusy,
    onSilence: (silentMs) => link.silences.push(silentMs),
  })
  return { link, heartbeat }
}

describe('the heartbeat of a link', () => {
  it('is slow while nothing runs, and as fast as the edge asks while calls run', () => {
    const { link } = start({ isBusy: false })
    vi.advanceTimersByTime(HEARTBEAT_MS - 1)
    expect(link.pings).toBe(0)
    vi.advanceTimersByTime(1)
    expect(link.pings).toBe(1)
    link.isBusy = true
    vi.advanceTimersByTime(2 * BUSY_HEARTBEAT_MS)
    expect(link.pings).toBe(3)
  })

  it('stays slow for an edge that asks for no more', () => {
    const { link } = start({ pace: IDLE })
    vi.advanceTimersByTime(SILENCE_LIMIT_MS - 1)
    expect({ pings: link.pings, silences: link.silences }).toEqual({ pings: 2, silences: [] })
    vi.advanceTimersByTime(1)
    expect(link.silences).toEqual([SILENCE_LIMIT_MS])
  })

  it('stops with its link', () => {
    const { link, heartbeat } = start()
    heartbeat.stop()
    vi.advanceTimersByTime(SILENCE_LIMIT_MS * 2)
    expect(link).toMatchObject({ pings: 0, silences: [] })
  })
})

describe('the silence of an edge', () => {
  it(`while calls run is borne for ${BUSY_SILENCE_LIMIT_MS} ms, and no beat longer`, () => {
    const { link } = start()
    vi.advanceTimersByTime(BUSY_SILENCE_LIMIT_MS)
    expect(link.silences).toEqual([])
    vi.advanceTimersByTime(BUSY_HEARTBEAT_MS)
    expect(link.silences).toEqual([BUSY_SILENCE_LIMIT_MS])
  })

  it('ends with any frame', () => {
    const { link, heartbeat } = start()
    vi.advanceTimersByTime(BUSY_SILENCE_LIMIT_MS)
    heartbeat.hear()
    vi.advanceTimersByTime(BUSY_SILENCE_LIMIT_MS)
    expect(link.silences).toEqual([])
  })

  it('does not count while nothing runs', () => {
    const { link } = start({ isBusy: false })
    vi.advanceTimersByTime(BUSY_SILENCE_LIMIT_MS)
    link.isBusy = true
    vi.advanceTimersByTime(BUSY_SILENCE_LIMIT_MS)
    expect(link.silences).toEqual([])
  })

  it('counts on until the last that was said is answered, also when nothing runs any more', () => {
    const { link, heartbeat } = start({ isBusy: false })
    heartbeat.speak()
    vi.advanceTimersByTime(BUSY_HEARTBEAT_MS)
    expect(link.pings).toBe(1)
    vi.advanceTimersByTime(BUSY_SILENCE_LIMIT_MS)
    expect(link.silences).toEqual([BUSY_SILENCE_LIMIT_MS])
  })

  it('is nothing to count once the last that was said is answered', () => {
    const { link, heartbeat } = start({ isBusy: false })
    heartbeat.speak()
    vi.advanceTimersByTime(BUSY_HEARTBEAT_MS)
    heartbeat.hear()
    vi.advanceTimersByTime(BUSY_SILENCE_LIMIT_MS + BUSY_HEARTBEAT_MS)
    expect(link).toMatchObject({ pings: 1, silences: [] })
  })

  it('is not what a freeze of this very process looks like', () => {
    const { link } = start()
    vi.advanceTimersByTime(BUSY_HEARTBEAT_MS)
    vi.setSystemTime(Date.now() + BUSY_SILENCE_LIMIT_MS * 3) // the clock went on, no timer did
    vi.advanceTimersByTime(BUSY_HEARTBEAT_MS)
    expect(link.silences).toEqual([])
  })
})

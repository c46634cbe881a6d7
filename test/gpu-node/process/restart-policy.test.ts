import { describe, expect, it } from 'vitest'
import {
  CRASH_LIMIT,
  CRASH_PAUSE_MS,
  CRASH_WINDOW_MS,
  HEALTHY_AFTER_MS,
  RESTART_BACKOFF,
  RestartPolicy,
} from '../../../gpu-node/process/restart-policy.ts'

const most = () => 0.999_999
/** So many crashes, so far apart. */
const crash = (policy: RestartPolicy, count: number, apartMs: number, uptimeMs = 0) =>
  Array.from({ length: count }, (_, index) => policy.next({ uptimeMs, now: index * apartMs }, most))

describe('RestartPolicy', () => {
  it('waits up to twice as long after each crash', () => {
    const waits = crash(new RestartPolicy(), CRASH_LIMIT - 1, 1).map(({ waitMs }) =>
      Math.ceil(waitMs / 1_000),
    )
    expect(waits).toEqual([1, 2, 4, 8])
  })

  it('begins anew after a process that was well', () => {
    const policy = new RestartPolicy()
    crash(policy, 3, 1)
    const { waitMs } = policy.next({ uptimeMs: HEALTHY_AFTER_MS, now: 10 }, most)
    expect(waitMs).toBeLessThan(RESTART_BACKOFF.baseMs)
  })

  it('rests after too many crashes in a while, then counts from the start', () => {
    const policy = new RestartPolicy()
    const restarts = crash(policy, CRASH_LIMIT + 1, 1)
    expect(restarts.map(({ isPause }) => isPause)).toEqual([false, false, false, false, true, false])
    expect(restarts[CRASH_LIMIT - 1]?.waitMs).toBe(CRASH_PAUSE_MS)
  })

  it('never rests when crashes are far apart', () => {
    const restarts = crash(new RestartPolicy(), 20, CRASH_WINDOW_MS / (CRASH_LIMIT - 1), HEALTHY_AFTER_MS)
    expect(restarts.some(({ isPause }) => isPause)).toBe(false)
  })
})

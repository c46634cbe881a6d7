import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { CHILD_SILENCE_LIMIT_MS, THAW_GRACE_MS, Vigil } from '../../../gpu-node/process/vigil.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

function start() {
  const seen = { silences: 0 }
  const vigil = new Vigil(() => {
    seen.silences += 1
  })
  vigil.hear()
  return { seen, vigil }
}

describe('a child process that falls silent', () => {
  it('is given up after the limit and the grace, and not before', () => {
    const { seen } = start()
    vi.advanceTimersByTime(CHILD_SILENCE_LIMIT_MS + THAW_GRACE_MS - 1)
    expect(seen.silences).toBe(0)
    vi.advanceTimersByTime(1)
    expect(seen.silences).toBe(1)
  })

  it('is alive with each sign of life, also within the grace', () => {
    const { seen, vigil } = start()
    vi.advanceTimersByTime(CHILD_SILENCE_LIMIT_MS)
    vigil.hear()
    vi.advanceTimersByTime(CHILD_SILENCE_LIMIT_MS + THAW_GRACE_MS - 1)
    expect(seen.silences).toBe(0)
  })

  it('is left alone once it has ended', () => {
    const { seen, vigil } = start()
    vi.advanceTimersByTime(CHILD_SILENCE_LIMIT_MS)
    vigil.stop()
    vi.advanceTimersByTime(THAW_GRACE_MS)
    expect(seen.silences).toBe(0)
  })
})

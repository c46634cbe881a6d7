import { describe, expect, it, vi } from 'vitest'
import { Recent } from '../../../worker/services/recent.ts'

describe('Recent', () => {
  const setUp = (maxEntries = 10) => {
    const clock = { now: 0 }
    return { clock, recent: new Recent<string>(1_000, maxEntries, () => clock.now) }
  }

  it('asks once for as long as an answer is young enough', async () => {
    const { clock, recent } = setUp()
    const load = vi.fn(async () => 'value')
    expect(await recent.get('a', load)).toBe('value')
    clock.now = 999
    expect(await recent.get('a', load)).toBe('value')
    expect(load).toHaveBeenCalledTimes(1)
    clock.now = 1_000
    await recent.get('a', load)
    expect(load).toHaveBeenCalledTimes(2)
  })

  it('counts the age from the moment of the answer', async () => {
    const { clock, recent } = setUp()
    const load = vi.fn(async () => {
      clock.now += 500
      return 'value'
    })
    await recent.get('a', load)
    clock.now = 1_499
    await recent.get('a', load)
    expect(load).toHaveBeenCalledTimes(1)
  })

  it('does not remember a failure', async () => {
    const { recent } = setUp()
    await expect(recent.get('a', () => Promise.reject(new Error('no')))).rejects.toThrow('no')
    expect(await recent.get('a', async () => 'value')).toBe('value')
  })

  it('keeps keys apart, and remembers also what is undefined', async () => {
    const recent = new Recent<string | undefined>(1_000, 10, () => 0)
    const load = vi.fn(async () => undefined)
    await recent.get('a', load)
    await recent.get('a', load)
    expect(load).toHaveBeenCalledTimes(1)
    expect(await recent.get('b', async () => 'other')).toBe('other')
  })

  it('remembers as many as it may, and forgets the oldest for one more', async () => {
    const { recent } = setUp(2)
    const load = vi.fn(async () => 'value')
    for (const key of ['a', 'b', 'c']) await recent.get(key, load)
    await recent.get('b', load)
    await recent.get('c', load)
    expect(load).toHaveBeenCalledTimes(3)
    await recent.get('a', load)
    expect(load).toHaveBeenCalledTimes(4)
  })
})

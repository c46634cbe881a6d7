import { describe, expect, it, vi } from 'vitest'
import { lazily } from '../../../worker/services/lazily.ts'

describe('lazily', () => {
  it('loads when it is first asked, and never again', async () => {
    const load = vi.fn(async () => undefined)
    const get = lazily(load)
    expect(load).not.toHaveBeenCalled()
    await get()
    await get()
    expect(load).toHaveBeenCalledTimes(1)
  })

  it('lets nobody wait for what another has begun to load', async () => {
    const { promise } = Promise.withResolvers<string>()
    const get = lazily(vi.fn(async () => 'value').mockReturnValueOnce(promise))
    void get()
    expect(await get()).toBe('value')
  })

  it('gives the same to all, also to those who ask at once', async () => {
    const get = lazily(async () => ({}))
    const [first, second] = await Promise.all([get(), get()])
    expect(second).toBe(first)
    expect(await get()).toBe(first)
  })

  it('does not remember a failure', async () => {
    const load = vi.fn(async () => 'value').mockRejectedValueOnce(new Error('no'))
    const get = lazily(load)
    await expect(get()).rejects.toThrow('no')
    expect(await get()).toBe('value')
  })
})

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { ADAPTER_LIMIT_MS, AdapterRequests } from '../../../../gpu-node/engine/child/adapter-requests.ts'
import { ProcessEnded } from '../../../../gpu-node/engine/residency/resident.ts'

function setUp() {
  const posted: string[] = []
  const onSilence = vi.fn()
  const requests = new AdapterRequests({
    post: ({ type, suffix }) => posted.push(`${type} ${suffix}`),
    onSilence,
  })
  return { posted, onSilence, requests }
}

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

describe('a request for an adapter', () => {
  it('is over with its own answer', async () => {
    const { posted, requests } = setUp()
    const x = requests.ask({ type: 'adapter.open', suffix: 'x', path: 'x' })
    const y = requests.ask({ type: 'adapter.close', suffix: 'y' })
    expect(posted).toEqual(['adapter.open x', 'adapter.close y'])
    requests.answer({ type: 'adapter.closed', suffix: 'y' })
    await y
    requests.answer({ type: 'adapter.refused', suffix: 'x', reason: 'It is broken.' })
    await expect(x).rejects.toThrow('It is broken.')
    requests.answer({ type: 'adapter.opened', suffix: 'x' }) // to nobody
  })

  it('fails when the process ends', async () => {
    const { requests } = setUp()
    const open = requests.ask({ type: 'adapter.open', suffix: 'x', path: 'x' })
    requests.lose()
    await expect(open).rejects.toThrow(ProcessEnded)
  })

  it.each([
    [ADAPTER_LIMIT_MS - 1, 0],
    [ADAPTER_LIMIT_MS, 1],
  ])('that is not answered for %i ms is %i time told of', (waitMs, times) => {
    const { requests, onSilence } = setUp()
    void requests.ask({ type: 'adapter.open', suffix: 'x', path: 'x' })
    void requests.ask({ type: 'adapter.open', suffix: 'y', path: 'y' })
    requests.answer({ type: 'adapter.opened', suffix: 'y' })
    vi.advanceTimersByTime(waitMs)
    expect(onSilence).toHaveBeenCalledTimes(times)
  })
})

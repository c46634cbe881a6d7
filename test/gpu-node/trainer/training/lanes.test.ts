import { describe, expect, it } from 'vitest'
import { sideBySide, spread } from '../../../../gpu-node/trainer/training/lanes.ts'

const windowsOf = (...lengths: number[]) => lengths.map((length) => ({ length }))

describe('windows that are computed side by side', () => {
  it('are spread so that all lanes end about together, and the same ones always the same way', () => {
    const windows = windowsOf(64, 512, 128, 320, 192)
    expect(spread(windows, 2)).toEqual([
      [1, 2],
      [3, 4, 0],
    ])
    expect(spread(windows, 2)).toEqual(spread(windows, 2))
    expect(spread(windows, 1)).toEqual([[1, 3, 4, 2, 0]])
    expect(spread(windowsOf(64), 3)).toEqual([[0], [], []])
  })

  it('are answered in their own order, whichever is done first', async () => {
    const lengths = await sideBySide(
      windowsOf(32, 96, 64),
      2,
      async ({ length }, lane) => `${length} in ${lane}`,
    )
    expect(lengths).toEqual(['32 in 1', '96 in 0', '64 in 1'])
  })

  it('end with what one of them threw, when the others have come to their end', async () => {
    const { promise: slow, resolve } = Promise.withResolvers<void>()
    const ended: number[] = []
    const all = sideBySide(windowsOf(96, 64, 32), 2, async ({ length }) => {
      if (length === 64) throw new RangeError('It stops here.')
      await slow
      ended.push(length)
    })
    const outcome = expect(all).rejects.toThrow('It stops here.')
    resolve()
    await outcome
    expect(ended).toEqual([96])
  })
})

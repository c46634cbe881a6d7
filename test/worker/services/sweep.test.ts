import { describe, expect, it, vi } from 'vitest'
import { SWEEP_ROUNDS, SWEEP_ROWS, sweep } from '../../../worker/services/sweep.ts'

describe('a sweep', () => {
  const rowsLeft = (left: number) =>
    vi.fn(async (rows: number) => {
      const taken = Math.min(rows, left)
      left -= taken
      return taken
    })

  it.each([
    [0, 1],
    [SWEEP_ROWS - 1, 1],
    [SWEEP_ROWS, 2],
    [SWEEP_ROWS + 1, 2],
  ])('of %i rows asks %i times', async (rows, times) => {
    const deleteSome = rowsLeft(rows)
    expect(await sweep(deleteSome)).toBe(rows)
    expect(deleteSome).toHaveBeenCalledTimes(times)
  })

  it('leaves to the next one what is more than its share', async () => {
    const deleteSome = rowsLeft(SWEEP_ROWS * SWEEP_ROUNDS + 1)
    expect(await sweep(deleteSome)).toBe(SWEEP_ROWS * SWEEP_ROUNDS)
    expect(deleteSome).toHaveBeenCalledTimes(SWEEP_ROUNDS)
  })
})

import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { Courtesy, HOLD_LIMIT_MS, TURN_MS } from '../../../gpu-node/training/courtesy.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

function createCourtesy() {
  const said: string[] = []
  const world = { isServing: false }
  const courtesy = new Courtesy({
    isServing: () => world.isServing,
    hold: () => said.push('hold'),
    release: () => said.push('release'),
  })
  return { courtesy, world, said }
}

it('holds while calls run, and not otherwise', () => {
  const { courtesy, world, said } = createCourtesy()
  vi.advanceTimersByTime(1_000)
  expect(said).toEqual([])
  world.isServing = true
  vi.advanceTimersByTime(100)
  expect(said).toEqual(['hold'])
  world.isServing = false
  vi.advanceTimersByTime(100)
  expect(said).toEqual(['hold', 'release'])
  courtesy.stop()
})

it('has its turn after the longest wait, however many calls there are, and then holds again', () => {
  const { courtesy, world, said } = createCourtesy()
  world.isServing = true
  vi.advanceTimersByTime(100)
  vi.advanceTimersByTime(HOLD_LIMIT_MS - 100)
  expect(said).toEqual(['hold'])
  vi.advanceTimersByTime(100)
  expect(said).toEqual(['hold', 'release'])
  vi.advanceTimersByTime(TURN_MS - 200)
  expect(said).toEqual(['hold', 'release'])
  vi.advanceTimersByTime(300)
  expect(said).toEqual(['hold', 'release', 'hold'])
  courtesy.stop()
  world.isServing = false
  vi.advanceTimersByTime(1_000)
  expect(said).toHaveLength(3)
})

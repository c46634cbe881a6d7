import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Guest } from '../../../../gpu-node/engine/residency/guests.ts'
import { createWorld } from './residency-world.ts'

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }))
afterEach(() => void vi.useRealTimers())

type World = Awaited<ReturnType<typeof createWorld>>

/** A taker of memory that goes when the test lets it. */
function admit({ residency }: World, takenMiB: number) {
  const leaving = Promise.withResolvers<void>()
  let asked = 0
  const memory = { rssMiB: takenMiB, vramUsedMiB: null, vramTotalMiB: null }
  const guest: Guest = {
    takenMiB,
    memory,
    leave: () => {
      asked += 1
      return leaving.promise
    },
  }
  const giveBack = residency.admit(guest)
  return { giveBack, asked: () => asked, goes: leaving.resolve, memory }
}

describe('memory that models leave', () => {
  it('is lent, and is as much as neither they nor others take', async () => {
    const world = await createWorld({ memoryMiB: 35 })
    expect(world.residences()).toEqual(['a:loaded', 'b:loaded', 'c:loaded'])
    expect(world.residency.freeMiB).toBe(5)
    const { giveBack, memory } = admit(world, 3)
    expect(world.residency.freeMiB).toBe(2)
    expect(world.residency.memories).toContainEqual(memory)
    giveBack()
    expect(world.residency.freeMiB).toBe(5)
    expect(world.residency.memories).not.toContainEqual(memory)
  })

  it('is counted by what is measured where that is more, and by the file where nothing is measured yet', async () => {
    const world = await createWorld({ memoryMiB: 30, models: { a: 10 } })
    expect(world.residency.freeMiB).toBe(20)
    const runner = world.runnerOf('a')
    if (runner) runner.memory = { rssMiB: 18, vramUsedMiB: null, vramTotalMiB: null }
    expect(world.residency.freeMiB).toBe(12)
  })

  it('is none while a load waits for room, and never less than none', async () => {
    const world = await createWorld({ memoryMiB: 20 })
    expect(world.residency.freeMiB).toBe(0)
    const one = await createWorld({ memoryMiB: 5, models: { a: 10 } })
    expect(one.residency.freeMiB).toBe(0)
  })
})

describe('a call whose model does not fit beside what is lent', () => {
  it('gets the memory back before it is loaded', async () => {
    const world = await createWorld({ memoryMiB: 21, models: { a: 10, b: 12 } })
    expect(world.residences()).toEqual(['a:loaded', 'b:disk'])
    const lent = admit(world, 11)
    world.start('1', 'b')
    await world.settle()
    // A made room; beside what is lent that was not enough.
    expect(lent.asked()).toBe(1)
    expect(world.residency.freeMiB).toBe(0)
    expect(world.residences()).toEqual(['a:disk', 'b:loading'])
    lent.goes()
    await world.settle()
    expect(world.residences()).toEqual(['a:disk', 'b:loaded'])
    expect([...(world.runnerOf('b')?.calls ?? [])]).toEqual(['1'])
  })

  it('gets it before another model has to go', async () => {
    const world = await createWorld({ memoryMiB: 20, models: { a: 5, large: 20, c: 5 } })
    for (const [callId, model] of [
      ['1', 'large'],
      ['2', 'a'],
    ] as const) {
      world.start(callId, model)
      await world.settle()
      world.runnerOf(model)?.finish(callId)
      vi.advanceTimersByTime(60_000)
    }
    expect(world.residences()).toEqual(['a:loaded', 'large:disk', 'c:disk'])
    const lent = admit(world, 12)
    lent.goes()
    world.start('3', 'c')
    await world.settle()
    expect(lent.asked()).toBe(1)
    expect(world.residences()).toEqual(['a:loaded', 'large:disk', 'c:loaded'])
  })

  it('leaves it where it is when what makes room is enough', async () => {
    const world = await createWorld({ memoryMiB: 14, models: { a: 10, b: 10 } })
    expect(world.residences()).toEqual(['a:loaded', 'b:disk'])
    const lent = admit(world, 4)
    world.start('1', 'b')
    await world.settle()
    expect(world.residences()).toEqual(['a:disk', 'b:loaded'])
    expect(lent.asked()).toBe(0)
  })

  it('is loaded all the same where whoever has it does not go as told', async () => {
    const world = await createWorld({ memoryMiB: 15, models: { a: 10, b: 12 } })
    const guest: Guest = { takenMiB: 5, memory: undefined, leave: () => Promise.reject(new Error('No.')) }
    world.residency.admit(guest)
    world.start('1', 'b')
    await world.settle()
    expect(world.residences()).toEqual(['a:disk', 'b:loaded'])
  })
})

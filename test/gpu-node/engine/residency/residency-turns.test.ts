import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { MAX_ADAPTER_CONTEXTS } from '../../../../gpu-node/engine/residency/residency.ts'
import {
  DRAIN_AFTER_MS,
  MAX_STAY_MS,
  SHARED_STAY_MS,
  STAY_PER_LOAD,
} from '../../../../gpu-node/engine/residency/room.ts'
import { LOAD_WAIT_LIMIT_MS, MAX_LOAD_WAITERS } from '../../../../gpu-node/engine/residency/waiting-calls.ts'
import { createWorld } from './residency-world.ts'

/** Long enough for the longest stay. */
const LOAD_MS = MAX_STAY_MS / STAY_PER_LOAD
/** One of the models a, b and c at a time. */
const ONE = { memoryMiB: 10 }

type World = Awaited<ReturnType<typeof createWorld>>

const callsOf = (world: World, id: string) => [...(world.runnerOf(id)?.calls ?? [])]

/** Only `loadedId` is in memory, since now, and has the call `callId`. */
async function load(world: World, loadedId: string, callId: string): Promise<void> {
  world.start(callId, loadedId)
  await vi.advanceTimersByTimeAsync(LOAD_MS)
  await world.settle()
  expect(callsOf(world, loadedId)).toContain(callId)
}

async function pass(world: World, ms: number): Promise<void> {
  await vi.advanceTimersByTimeAsync(ms)
  await world.settle()
}

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }))
afterEach(() => void vi.useRealTimers())

describe('a model that always has calls', () => {
  it(`takes new ones until another has been waited for ${DRAIN_AFTER_MS} ms, and then no more`, async () => {
    const world = await createWorld(ONE)
    world.start('1', 'a')
    world.start('wanted', 'b')
    await pass(world, DRAIN_AFTER_MS - 1)
    world.start('2', 'a')
    expect(callsOf(world, 'a')).toEqual(['1', '2'])
    await pass(world, 1)
    world.start('3', 'a')
    expect(callsOf(world, 'a')).toEqual(['1', '2'])
    expect(world.residency.waitingCalls).toBe(2)
  })

  it('ends what it runs, makes room, and comes back for what waited meanwhile, in order', async () => {
    const world = await createWorld(ONE)
    world.start('1', 'a')
    world.start('wanted', 'b')
    await pass(world, DRAIN_AFTER_MS)
    for (const callId of ['2', '3']) world.start(callId, 'a')
    await pass(world, 1)
    expect(callsOf(world, 'a')).toEqual(['1'])
    world.runnerOf('a')?.finish('1')
    await world.settle()
    expect(world.residences()).toEqual(['a:loading', 'b:loaded', 'c:disk'])
    expect(callsOf(world, 'b')).toEqual(['wanted'])
    world.start('4', 'a')
    world.runnerOf('b')?.finish('wanted')
    await world.settle()
    expect(callsOf(world, 'a')).toEqual(['2', '3', '4'])
    expect(world.runners.map(({ id }) => id)).toEqual(['a', 'b', 'a'])
  })

  it('takes calls again, first those that waited, when nobody waits for the other any more', async () => {
    const world = await createWorld(ONE)
    world.start('1', 'a')
    world.start('wanted', 'b')
    await pass(world, DRAIN_AFTER_MS)
    for (const callId of ['2', '3', '4']) world.start(callId, 'a')
    world.cancel('3')
    expect(world.outcomeOf('3')).toMatchObject({ finishReason: 'cancelled' })
    world.cancel('wanted')
    await world.settle()
    world.start('5', 'a')
    expect(callsOf(world, 'a')).toEqual(['1', '2', '4', '5'])
    expect(world.residences()).toEqual(['a:loaded', 'b:disk', 'c:disk'])
  })

  it('goes on where another one becomes idle and makes the room', async () => {
    const world = await createWorld()
    for (const model of ['a', 'b', 'c']) world.start(model, model)
    await pass(world, DRAIN_AFTER_MS)
    world.start('2', 'a')
    expect(callsOf(world, 'a')).toEqual(['a'])
    world.runnerOf('b')?.finish('b')
    await world.settle()
    expect(world.residences()).toEqual(['a:loaded', 'b:disk', 'c:loaded'])
    expect(callsOf(world, 'a')).toEqual(['a', '2'])
  })

  it('makes room alone where that is enough, however often it is called meanwhile', async () => {
    const world = await createWorld()
    for (const model of ['a', 'b', 'c']) world.start(model, model)
    await pass(world, DRAIN_AFTER_MS)
    world.start('3', 'b')
    world.start('2', 'a')
    world.runnerOf('b')?.finish('b') // after which it is looked again who is to go
    await world.settle()
    world.start('4', 'b')
    expect(callsOf(world, 'b')).toEqual(['3', '4'])
    world.runnerOf('a')?.finish('a')
    await world.settle()
    expect(callsOf(world, 'c')).toEqual(['c'])
  })

  it('keeps nobody waiting longer than a load may, when what it runs does not end', async () => {
    const world = await createWorld(ONE)
    world.start('endless', 'a')
    world.start('wanted', 'b')
    await pass(world, DRAIN_AFTER_MS)
    world.start('2', 'a')
    await pass(world, LOAD_WAIT_LIMIT_MS - DRAIN_AFTER_MS)
    expect(world.outcomeOf('wanted')).toMatchObject({ type: 'call.error', code: 'no_capacity' })
    expect(callsOf(world, 'a')).toEqual(['endless', '2'])
  })

  it(`keeps ${MAX_LOAD_WAITERS} calls waiting, and no more`, async () => {
    const world = await createWorld(ONE)
    world.start('1', 'a')
    world.start('wanted', 'b')
    await pass(world, DRAIN_AFTER_MS)
    for (let call = 0; call < MAX_LOAD_WAITERS; call += 1) world.start(`waiting-${call}`, 'a')
    expect(world.events.some(({ type }) => type === 'call.error')).toBe(false)
    world.start('more', 'a')
    expect(world.outcomeOf('more')).toMatchObject({ code: 'no_capacity' })
  })

  it('makes room by crashing, too, and then comes back', async () => {
    const world = await createWorld({ ...ONE, adapters: ['x'] })
    world.start('1', 'a:x')
    await world.settle()
    world.start('wanted', 'b')
    await pass(world, DRAIN_AFTER_MS)
    world.start('2', 'a')
    world.start('3', 'a:x')
    world.runnerOf('a')?.crash()
    await world.settle()
    expect(callsOf(world, 'b')).toEqual(['wanted'])
    world.runnerOf('b')?.finish('wanted')
    await world.settle()
    expect(callsOf(world, 'a')).toEqual(['2', '3'])
  })

  it('is not let go of together with others before all of them can go', async () => {
    const world = await createWorld({ models: { a: 10, b: 10, big: 20 } })
    world.start('1', 'b')
    world.start('wanted', 'big')
    await pass(world, DRAIN_AFTER_MS)
    world.start('2', 'a')
    world.start('3', 'b')
    await world.settle()
    expect(world.residences()).toEqual(['a:loaded', 'b:loaded', 'big:loading'])
    expect([...callsOf(world, 'a'), ...callsOf(world, 'b')]).toEqual(['1'])
    world.runnerOf('b')?.finish('1')
    await world.settle()
    expect(callsOf(world, 'big')).toEqual(['wanted'])
  })
})

describe('adapters that always have calls', () => {
  it('take no new ones when their model is to make room', async () => {
    const world = await createWorld({ ...ONE, adapters: ['x'] })
    world.start('1', 'a:x')
    await world.settle()
    world.start('wanted', 'b')
    await pass(world, DRAIN_AFTER_MS)
    world.start('2', 'a:x')
    expect(callsOf(world, 'a')).toEqual(['1'])
    world.runnerOf('a')?.finish('1')
    await world.settle()
    expect(callsOf(world, 'b')).toEqual(['wanted'])
    world.runnerOf('b')?.finish('wanted')
    await world.settle()
    expect(callsOf(world, 'a')).toEqual(['2'])
  })

  it('make room for each other while their model goes on', async () => {
    const world = await createWorld({ memoryMiB: 15, models: { a: 10 }, adapters: ['x', 'y'] })
    world.start('1', 'a:x')
    await world.settle()
    world.start('wanted', 'a:y')
    await pass(world, DRAIN_AFTER_MS)
    world.start('2', 'a:x')
    world.start('3', 'a')
    expect(callsOf(world, 'a')).toEqual(['1', '3'])
    world.runnerOf('a')?.finish('1')
    await world.settle()
    expect(callsOf(world, 'a')).toEqual(['3', 'wanted'])
    world.runnerOf('a')?.finish('wanted')
    await world.settle()
    expect(callsOf(world, 'a')).toEqual(['3', '2'])
  })

  it('make room alone where that is enough by what their model was measured to take', async () => {
    const world = await createWorld({ memoryMiB: 26, adapters: ['x', 'y'] })
    const runner = world.runnerOf('a')
    if (runner === undefined) throw new Error('The model a is not loaded.')
    const measure = (rssMiB: number) => {
      runner.memory = { rssMiB, vramUsedMiB: null, vramTotalMiB: null }
    }
    runner.closeAdapter = async () => measure(11)
    world.start('1', 'a:x')
    await world.settle()
    runner.finish('1')
    measure(16)
    world.start('2', 'b')
    world.start('3', 'a:y')
    await world.settle()
    expect(callsOf(world, 'a')).toEqual(['3'])
  })

  it('make room for a context before any model goes', async () => {
    const suffixes = Array.from({ length: MAX_ADAPTER_CONTEXTS }, (_, index) => `v${index}`)
    const world = await createWorld({ memoryMiB: 1_000, adapters: suffixes })
    world.start('1', 'b')
    for (const suffix of suffixes) world.start(suffix, `a:${suffix}`)
    await world.settle()
    world.start('wanted', 'c:v0')
    await pass(world, DRAIN_AFTER_MS)
    world.start('2', 'b')
    world.start('3', 'a:v1')
    world.start('4', 'a:v0')
    expect(callsOf(world, 'b')).toEqual(['1', '2'])
    expect(callsOf(world, 'a')).toEqual([...suffixes, '3'])
    world.runnerOf('a')?.finish('v0')
    await world.settle()
    expect(callsOf(world, 'c')).toEqual(['wanted'])
  })

  it('wait no longer for one that has just come than its short load is worth', async () => {
    const loadMs = 20
    const world = await createWorld({ memoryMiB: 15, models: { a: 10 }, adapters: ['x', 'y'], loadMs })
    world.start('1', 'a:x')
    await pass(world, loadMs)
    world.runnerOf('a')?.finish('1')
    world.start('2', 'a:y')
    await pass(world, 2 * loadMs - 1)
    expect(callsOf(world, 'a')).toEqual([])
    await pass(world, 1)
    expect(callsOf(world, 'a')).toEqual(['2'])
  })
})

describe('a model that has just been loaded', () => {
  it(`stays ${STAY_PER_LOAD} times as long as its load took, ${MAX_STAY_MS} ms at most, while it has calls`, async () => {
    for (const loadMs of [LOAD_MS - 100, LOAD_MS, LOAD_MS + 100]) {
      const world = await createWorld({ ...ONE, loadMs })
      world.start('1', 'b')
      await pass(world, loadMs)
      world.start('wanted', 'c')
      await pass(world, Math.min(MAX_STAY_MS, STAY_PER_LOAD * loadMs) - 1)
      world.start('2', 'b')
      expect(callsOf(world, 'b')).toEqual(['1', '2'])
      await pass(world, 1)
      world.start('3', 'b')
      expect(callsOf(world, 'b')).toEqual(['1', '2'])
      await world.residency.close()
    }
  })

  it('goes sooner when nobody has called it for as long as its load took', async () => {
    const world = await createWorld({ ...ONE, loadMs: LOAD_MS })
    await load(world, 'b', '1')
    world.start('wanted', 'c')
    await pass(world, 10)
    world.runnerOf('b')?.finish('1')
    await pass(world, LOAD_MS - 1)
    expect(world.residences()).toEqual(['a:disk', 'b:loaded', 'c:loading'])
    await pass(world, 1)
    expect(world.residences()).toEqual(['a:disk', 'b:disk', 'c:loading'])
  })

  it('goes at once when it has been there for longer than it may stay', async () => {
    const world = await createWorld({ ...ONE, loadMs: LOAD_MS })
    await load(world, 'b', '1')
    await pass(world, MAX_STAY_MS)
    world.runnerOf('b')?.finish('1')
    world.start('wanted', 'c')
    await world.settle()
    expect(world.residences()).toEqual(['a:disk', 'b:disk', 'c:loading'])
  })

  it('goes at once when those who asked for it have left', async () => {
    const world = await createWorld({ ...ONE, loadMs: LOAD_MS })
    world.start('1', 'b')
    await world.settle()
    world.cancel('1')
    world.start('wanted', 'c')
    await pass(world, LOAD_MS)
    expect(world.residences()).toEqual(['a:disk', 'b:disk', 'c:loading'])
  })

  it(`stays shorter where many wait: ${SHARED_STAY_MS} ms for all of them together`, async () => {
    const world = await createWorld({ ...ONE, loadMs: LOAD_MS })
    await load(world, 'b', '1')
    for (const model of ['a', 'c']) world.start(model, model)
    await pass(world, SHARED_STAY_MS / 2 - 1)
    world.start('2', 'b')
    expect(callsOf(world, 'b')).toEqual(['1', '2'])
    await pass(world, 1)
    world.start('3', 'b')
    expect(callsOf(world, 'b')).toEqual(['1', '2'])
    for (const callId of ['c', '3']) world.cancel(callId)
    for (const callId of ['1', '2']) world.runnerOf('b')?.finish(callId)
    await world.settle() // it had begun to make room, so it does
    expect(world.residences()).toEqual(['a:loading', 'b:disk', 'c:loading'])
  })

  it('serves all calls of two models that come by turns with two loads', async () => {
    const world = await createWorld({
      ...ONE,
      loadMs: LOAD_MS,
      took: (runner, callId) => setTimeout(() => runner.finish(callId), 400),
    })
    for (let call = 0; call < 10; call += 1) {
      world.start(`b${call}`, 'b')
      world.start(`c${call}`, 'c')
      await pass(world, 100)
    }
    await pass(world, LOAD_WAIT_LIMIT_MS)
    expect(world.events.filter(({ type }) => type === 'call.end')).toHaveLength(20)
    expect(world.runners.map(({ id }) => id)).toEqual(['a', 'b', 'c'])
  })
})

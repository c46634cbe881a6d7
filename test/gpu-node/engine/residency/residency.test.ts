import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { LOAD_RETRY } from '../../../../gpu-node/engine/residency/residency.ts'
import { LOAD_WAIT_LIMIT_MS, MAX_LOAD_WAITERS } from '../../../../gpu-node/engine/residency/waiting-calls.ts'
import { createWorld } from './residency-world.ts'

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }))
afterEach(() => void vi.useRealTimers())

describe('Residency at the start', () => {
  it('loads the models that fit together, in their order', async () => {
    const world = await createWorld()
    expect(world.residences()).toEqual(['a:loaded', 'b:loaded', 'c:disk'])
  })

  it('loads one whatever it takes', async () => {
    const world = await createWorld({ memoryMiB: 1 })
    expect(world.residences()).toEqual(['a:loaded', 'b:disk', 'c:disk'])
  })

  it('fails in one sentence when a model cannot be loaded', async () => {
    const started = (id: string) =>
      id === 'b' ? Promise.reject(new Error('It is broken.')) : Promise.resolve()
    await expect(createWorld({ started })).rejects.toThrow('The model "b" could not be loaded: It is broken.')
  })
})

describe('a call for a model on disk', () => {
  it('loads it in the place of the one that was not asked for longest, and runs', async () => {
    const world = await createWorld()
    world.start('1', 'a')
    world.runnerOf('a')?.finish('1')
    world.start('2', 'c')
    await world.settle()
    expect(world.residences()).toEqual(['a:loaded', 'b:disk', 'c:loaded'])
    expect([...(world.runnerOf('c')?.calls ?? [])]).toEqual(['2'])
  })

  it('tells every change of where models are', async () => {
    const world = await createWorld()
    world.start('1', 'c')
    await world.settle()
    const told = world.events.flatMap((event) =>
      event.type === 'holdings' ? [event.models.map(({ residence = 'loaded' }) => residence).join()] : [],
    )
    expect(told).toEqual(['loaded,loaded,loading', 'disk,loaded,loading', 'disk,loaded,loaded'])
  })

  it('shares one load with the others that come meanwhile, in order', async () => {
    const loading = Promise.withResolvers<void>()
    const world = await createWorld({ started: (id) => (id === 'c' ? loading.promise : Promise.resolve()) })
    for (const callId of ['1', '2', '3']) world.start(callId, 'c')
    await world.settle()
    world.cancel('2')
    expect(world.outcomeOf('2')).toMatchObject({ type: 'call.end', finishReason: 'cancelled' })
    loading.resolve()
    await world.settle()
    expect(world.runners.filter(({ id }) => id === 'c')).toHaveLength(1)
    expect([...(world.runnerOf('c')?.calls ?? [])]).toEqual(['1', '3'])
  })

  it('never takes the place of a model with calls: it waits until one is idle', async () => {
    const world = await createWorld()
    world.start('1', 'a')
    world.start('2', 'b')
    world.start('3', 'c')
    await world.settle()
    expect(world.residences()).toEqual(['a:loaded', 'b:loaded', 'c:loading'])
    world.runnerOf('b')?.finish('2')
    await world.settle()
    expect(world.residences()).toEqual(['a:loaded', 'b:disk', 'c:loaded'])
  })

  it('is refused when it has waited too long, and the load is given up when nobody waits', async () => {
    const world = await createWorld()
    world.start('1', 'a')
    world.start('2', 'b')
    world.start('3', 'c')
    await world.settle()
    vi.advanceTimersByTime(LOAD_WAIT_LIMIT_MS)
    await world.settle()
    expect(world.outcomeOf('3')).toMatchObject({ type: 'call.error', code: 'no_capacity' })
    expect(world.residences()).toEqual(['a:loaded', 'b:loaded', 'c:disk'])
  })

  it('is refused when as many wait as may', async () => {
    const world = await createWorld({
      started: (id) => (id === 'c' ? new Promise(() => {}) : Promise.resolve()),
    })
    for (let call = 0; call < MAX_LOAD_WAITERS; call += 1) world.start(`${call}`, 'c')
    expect(world.events.some(({ type }) => type === 'call.error')).toBe(false)
    world.start('more', 'c')
    expect(world.outcomeOf('more')).toMatchObject({ code: 'no_capacity' })
  })

  it('fails when the load does; the next try comes only after a while', async () => {
    let isBroken = true
    const started = (id: string) =>
      id === 'c' && isBroken ? Promise.reject(new Error('broken')) : Promise.resolve()
    const world = await createWorld({ started })
    world.start('1', 'c')
    await world.settle()
    expect(world.outcomeOf('1')).toMatchObject({ code: 'node_failed' })
    isBroken = false
    world.start('2', 'c')
    expect(world.outcomeOf('2')).toMatchObject({ code: 'no_capacity' })
    vi.advanceTimersByTime(LOAD_RETRY.baseMs)
    world.start('3', 'c')
    await world.settle()
    expect(world.runnerOf('c')?.calls.has('3')).toBe(true)
  })

  it('waits for its turn: two loads never run at once', async () => {
    const loads = new Map<string, PromiseWithResolvers<void>>()
    let isRunning = false
    const world = await createWorld({
      memoryMiB: 10,
      started: async (id) => {
        if (id === 'a') return
        expect(isRunning).toBe(false)
        isRunning = true
        const load = Promise.withResolvers<void>()
        loads.set(id, load)
        await load.promise
        isRunning = false
      },
    })
    world.start('1', 'b')
    world.start('2', 'c')
    await world.settle()
    expect([...loads.keys()]).toEqual(['b'])
    loads.get('b')?.resolve()
    await world.settle()
    world.runnerOf('b')?.finish('1')
    await world.settle()
    loads.get('c')?.resolve()
    await world.settle()
    expect(world.residences()).toEqual(['a:disk', 'b:disk', 'c:loaded'])
  })

  it('is cancelled when the engine closes', async () => {
    const world = await createWorld()
    world.start('1', 'a')
    world.start('2', 'b')
    world.start('3', 'c')
    await world.settle()
    await world.residency.close()
    for (const callId of ['1', '2', '3']) expect(world.outcomeOf(callId)).toMatchObject({ type: 'call.end' })
  })
})

describe('calls after the engine was closed', () => {
  it('load nothing', async () => {
    const world = await createWorld({ memoryMiB: 10 })
    await world.residency.close()
    const before = world.runners.length
    for (const model of ['b', 'c']) world.start(model, model)
    await world.settle()
    await world.residency.close()
    expect(world.runners).toHaveLength(before)
    for (const model of ['b', 'c']) expect(world.outcomeOf(model)).toMatchObject({ type: 'call.end' })
  })
})

describe('a model that the node does not have', () => {
  it('is refused by name', async () => {
    const world = await createWorld()
    world.start('1', 'other')
    expect(world.outcomeOf('1')).toMatchObject({ code: 'model_not_found', param: 'model' })
  })
})

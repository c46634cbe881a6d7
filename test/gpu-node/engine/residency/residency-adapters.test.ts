import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { LOAD_RETRY, MAX_ADAPTER_CONTEXTS } from '../../../../gpu-node/engine/residency/residency.ts'
import { ProcessEnded } from '../../../../gpu-node/engine/residency/resident.ts'
import { LOAD_WAIT_LIMIT_MS } from '../../../../gpu-node/engine/residency/waiting-calls.ts'
import { createWorld } from './residency-world.ts'

const SEVERAL = Array.from({ length: MAX_ADAPTER_CONTEXTS + 1 }, (_, index) => `v${index}`)

type World = Awaited<ReturnType<typeof createWorld>>

/** A call from its start to its end. */
async function call(world: World, callId: string, model: string): Promise<void> {
  world.start(callId, model)
  await world.settle()
  for (const runner of world.runners) runner.finish(callId)
  await world.settle()
}
const loadedOf = (world: World) => world.adapterResidences().filter((text) => text.endsWith(':loaded'))

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }))
afterEach(() => void vi.useRealTimers())

describe('an adapter', () => {
  it('is on disk until a call names it, and then runs in the process of its model', async () => {
    const world = await createWorld({ adapters: ['x', 'y'], memoryMiB: 100 })
    expect(loadedOf(world)).toEqual([])
    world.start('1', 'a:x')
    await world.settle()
    expect(loadedOf(world)).toEqual(['a:x:loaded'])
    expect([...(world.runnerOf('a')?.open ?? [])]).toEqual(['x'])
    expect([...(world.runnerOf('a')?.calls ?? [])]).toEqual(['1'])
  })

  it('is loaded once for all calls that come meanwhile, in order, and tells every change', async () => {
    const opening = Promise.withResolvers<void>()
    const started = (id: string) => (id === 'a:x' ? opening.promise : Promise.resolve())
    const world = await createWorld({ adapters: ['x'], memoryMiB: 100, started })
    for (const callId of ['1', '2', '3']) world.start(callId, 'a:x')
    world.start('4', 'a')
    await world.settle()
    expect([...(world.runnerOf('a')?.calls ?? [])]).toEqual(['4'])
    world.cancel('2')
    expect(world.outcomeOf('2')).toMatchObject({ type: 'call.end', finishReason: 'cancelled' })
    opening.resolve()
    await world.settle()
    expect([...(world.runnerOf('a')?.calls ?? [])]).toEqual(['4', '1', '3'])
    const told = world.events.flatMap((event) =>
      event.type === 'holdings' ? [event.models[0]?.adapters?.[0]?.residence ?? 'loaded'] : [],
    )
    expect(told).toEqual(['loading', 'loaded'])
  })

  it('brings its model into memory first', async () => {
    const world = await createWorld({ adapters: ['x'] })
    world.start('1', 'c:x')
    world.start('2', 'c')
    await world.settle()
    expect(world.residences()).toContain('c:loaded')
    expect(loadedOf(world)).toEqual(['c:x:loaded'])
    expect([...(world.runnerOf('c')?.calls ?? [])]).toEqual(['2', '1'])
    expect(world.runners.filter(({ id }) => id === 'c')).toHaveLength(1)
  })

  it('fails with its model where that cannot be loaded', async () => {
    const started = (id: string) => (id === 'c' ? Promise.reject(new Error('broken')) : Promise.resolve())
    const world = await createWorld({ adapters: ['x', 'y'], started })
    for (const [index, model] of ['c:x', 'c:y', 'c'].entries()) world.start(`${index}`, model)
    await world.settle()
    for (const callId of ['0', '1', '2'])
      expect(world.outcomeOf(callId)).toMatchObject({ code: 'node_failed' })
    expect(world.runners.filter(({ id }) => id === 'c')).toHaveLength(1)
    world.start('3', 'c:x')
    expect(world.outcomeOf('3')).toMatchObject({ code: 'no_capacity' })
  })

  it('makes no embeddings', async () => {
    const world = await createWorld({ adapters: ['x'] })
    world.residency.send({
      type: 'embedding.start',
      callId: '1',
      request: { model: 'a:x', input: ['Hello'] },
    })
    expect(world.outcomeOf('1')).toMatchObject({ code: 'invalid_request', param: 'model' })
  })

  it('is unknown where its model has no such one', async () => {
    const world = await createWorld({ adapters: ['x'] })
    world.start('1', 'a:z')
    expect(world.outcomeOf('1')).toMatchObject({ code: 'model_not_found' })
  })

  it('is cancelled with the others when the engine closes', async () => {
    const world = await createWorld({
      adapters: ['x'],
      started: (id) => (id === 'a:x' ? new Promise(() => {}) : Promise.resolve()),
    })
    world.start('1', 'a:x')
    await world.settle()
    void world.residency.close()
    expect(world.outcomeOf('1')).toMatchObject({ finishReason: 'cancelled' })
  })
})

describe('room for adapters', () => {
  it(`is for ${MAX_ADAPTER_CONTEXTS} at the same time; the one that was not asked for longest goes`, async () => {
    const world = await createWorld({ adapters: SEVERAL, memoryMiB: 1_000 })
    for (const suffix of SEVERAL.slice(0, MAX_ADAPTER_CONTEXTS)) await call(world, suffix, `a:${suffix}`)
    await call(world, 'again', 'a:v0')
    expect(loadedOf(world)).toHaveLength(MAX_ADAPTER_CONTEXTS)
    await call(world, 'more', `b:v${MAX_ADAPTER_CONTEXTS}`)
    expect(loadedOf(world)).toHaveLength(MAX_ADAPTER_CONTEXTS)
    expect(loadedOf(world)).not.toContain('a:v1:loaded')
    expect(loadedOf(world)).toEqual(
      expect.arrayContaining(['a:v0:loaded', `b:v${MAX_ADAPTER_CONTEXTS}:loaded`]),
    )
    expect(world.residences()).toEqual(['a:loaded', 'b:loaded', 'c:loaded'])
  })

  it('is not made by those that have calls: the next one waits until one is idle', async () => {
    const world = await createWorld({ adapters: SEVERAL, memoryMiB: 1_000 })
    for (const suffix of SEVERAL) world.start(suffix, `a:${suffix}`)
    await world.settle()
    expect(loadedOf(world)).toHaveLength(MAX_ADAPTER_CONTEXTS)
    world.runnerOf('a')?.finish('v3')
    await world.settle()
    expect(loadedOf(world)).toHaveLength(MAX_ADAPTER_CONTEXTS)
    expect(loadedOf(world)).not.toContain('a:v3:loaded')
    expect(world.runnerOf('a')?.calls.has(`v${MAX_ADAPTER_CONTEXTS}`)).toBe(true)
  })

  it('is not waited for longer than for a model', async () => {
    const world = await createWorld({ adapters: SEVERAL, memoryMiB: 1_000 })
    for (const suffix of SEVERAL) world.start(suffix, `a:${suffix}`)
    await world.settle()
    vi.advanceTimersByTime(LOAD_WAIT_LIMIT_MS)
    await world.settle()
    expect(world.outcomeOf(`v${MAX_ADAPTER_CONTEXTS}`)).toMatchObject({ code: 'no_capacity' })
  })

  it('counts what each takes', async () => {
    const world = await createWorld({ adapters: ['x', 'y'], memoryMiB: 25 })
    await call(world, '1', 'a:x')
    expect(world.residences()).toEqual(['a:loaded', 'b:loaded', 'c:disk'])
    await call(world, '2', 'b')
    await call(world, '3', 'a:y') // 10 + 10 + 5 + 5 would be too much
    expect(loadedOf(world)).toEqual(['a:y:loaded'])
    expect(world.residences()).toEqual(['a:loaded', 'b:loaded', 'c:disk'])
  })

  it('counts what was measured where that is more', async () => {
    const world = await createWorld({ adapters: ['x'], memoryMiB: 25 })
    const runner = world.runnerOf('a')
    if (runner) runner.memory = { rssMiB: 12, vramUsedMiB: null, vramTotalMiB: null }
    await call(world, '1', 'a:x')
    expect(world.residences()).toEqual(['a:loaded', 'b:disk', 'c:disk'])
  })

  it('is made by another model as well, which takes its adapters along', async () => {
    const world = await createWorld({ adapters: ['x'], memoryMiB: 26 })
    await call(world, '1', 'b:x')
    await call(world, '2', 'a')
    world.start('3', 'a:x')
    await world.settle()
    expect(loadedOf(world)).toEqual(['a:x:loaded'])
    world.start('4', 'c')
    await world.settle()
    expect(world.residences()).toEqual(['a:loaded', 'b:disk', 'c:loaded'])
  })

  it('there is always for one adapter with its model alone', async () => {
    const world = await createWorld({ adapters: ['x', 'y'], memoryMiB: 1 })
    await call(world, '1', 'a:x')
    expect(loadedOf(world)).toEqual(['a:x:loaded'])
    await call(world, '2', 'a:y')
    expect(loadedOf(world)).toEqual(['a:y:loaded'])
    await call(world, '3', 'b:x')
    expect(loadedOf(world)).toEqual(['b:x:loaded'])
    expect(world.residences()).toEqual(['a:disk', 'b:loaded', 'c:disk'])
  })
})

describe('an adapter whose load fails', () => {
  it('fails its calls alone; the next try comes after a while', async () => {
    let isBroken = true
    const started = (id: string) =>
      id === 'a:x' && isBroken ? Promise.reject(new Error('broken')) : Promise.resolve()
    const world = await createWorld({ adapters: ['x'], memoryMiB: 100, started })
    world.start('0', 'a')
    world.start('1', 'a:x')
    await world.settle()
    expect(world.outcomeOf('1')).toMatchObject({ code: 'node_failed' })
    expect(world.runnerOf('a')?.calls.has('0')).toBe(true)
    isBroken = false
    world.start('2', 'a:x')
    expect(world.outcomeOf('2')).toMatchObject({ code: 'no_capacity' })
    vi.advanceTimersByTime(LOAD_RETRY.baseMs)
    world.start('3', 'a:x')
    await world.settle()
    expect(world.runnerOf('a')?.calls.has('3')).toBe(true)
  })

  it('rests for long when it took the process of its model along', async () => {
    let tries = 0
    const started = async (id: string) => {
      if (id !== 'a:x') return
      tries += 1
      throw new ProcessEnded('It ended.')
    }
    const world = await createWorld({ adapters: ['x'], memoryMiB: 100, started })
    await call(world, '1', 'a:x')
    vi.advanceTimersByTime(LOAD_RETRY.capMs - 1)
    await call(world, '2', 'a:x')
    expect(tries).toBe(1)
    vi.advanceTimersByTime(1)
    await call(world, '3', 'a:x')
    expect(tries).toBe(2)
  })
})

describe('a model whose process ends', () => {
  it('loses its adapters, which come back when they are asked for', async () => {
    const world = await createWorld({ adapters: ['x'], memoryMiB: 100 })
    world.start('1', 'a:x')
    await world.settle()
    world.runnerOf('a')?.crash()
    expect(world.outcomeOf('1')).toMatchObject({ code: 'node_failed' })
    expect(world.residences()).toEqual(['b:loaded', 'c:loaded'])
    world.start('2', 'a:x')
    expect(world.outcomeOf('2')).toMatchObject({ type: 'call.error' })
    world.runnerOf('a')?.recover()
    expect(world.adapterResidences()).toContain('a:x:disk')
    world.start('3', 'a:x')
    await world.settle()
    expect(world.runnerOf('a')?.calls.has('3')).toBe(true)
  })
})

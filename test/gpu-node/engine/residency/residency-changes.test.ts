import { describe, expect, it } from 'vitest'
import { createWorld } from './residency-world.ts'

const described = (suffix: string) => ({ holding: { suffix, createdAt: 0 }, needMiB: 5 })

describe('an adapter that comes while models are served', () => {
  it('is told, loaded when a call names it, and has the slots of its model', async () => {
    const world = await createWorld({ memoryMiB: 100 })
    expect(world.residency.addAdapter('a', described('x'))).toBe(true)
    expect(world.adapterResidences()).toEqual(['a:x:disk'])
    expect(world.events.at(-1)).toMatchObject({ type: 'holdings' })
    world.start('1', 'a:x')
    await world.settle()
    expect([...(world.runnerOf('a')?.open ?? [])]).toEqual(['x'])
    expect([...(world.runnerOf('a')?.calls ?? [])]).toEqual(['1'])
  })

  it('is not taken twice, nor for a model that is not here', async () => {
    const world = await createWorld({ adapters: ['x'], memoryMiB: 100 })
    expect(world.residency.addAdapter('a', described('x'))).toBe(false)
    expect(world.residency.addAdapter('z', described('y'))).toBe(false)
  })

  it('is idle while it has no calls, running or waiting', async () => {
    const opening = Promise.withResolvers<void>()
    const started = (id: string) => (id === 'a:x' ? opening.promise : Promise.resolve())
    const world = await createWorld({ adapters: ['x'], memoryMiB: 100, started })
    expect(world.residency.isIdle('a:x')).toBe(true)
    world.start('1', 'a:x')
    expect(world.residency.isIdle('a:x')).toBe(false)
    opening.resolve()
    await world.settle()
    expect(world.residency.isIdle('a:x')).toBe(false)
    world.runnerOf('a')?.finish('1')
    expect(world.residency.isIdle('a:x')).toBe(true)
  })
})

describe('an adapter that goes', () => {
  it('ends its calls once, those that run as those that wait, and leaves memory', async () => {
    const world = await createWorld({ adapters: ['x'], memoryMiB: 100 })
    world.start('1', 'a:x')
    world.start('2', 'a')
    await world.settle()
    const removed = world.residency.removeAdapter('a:x')
    expect(world.outcomeOf('1')).toMatchObject({
      type: 'call.error',
      code: 'model_not_found',
      message: 'The model "a:x" was deleted.',
    })
    await removed
    expect(world.adapterResidences()).toEqual(['b:x:disk', 'c:x:disk'])
    expect([...(world.runnerOf('a')?.open ?? [])]).toEqual([])
    expect([...(world.runnerOf('a')?.calls ?? [])]).toEqual(['2'])
    expect(world.events.filter((event) => 'callId' in event && event.callId === '1')).toHaveLength(1)
    world.start('3', 'a:x')
    expect(world.outcomeOf('3')).toMatchObject({ code: 'model_not_found' })
  })

  it('while it is being loaded leaves memory when it is there', async () => {
    const opening = Promise.withResolvers<void>()
    const started = (id: string) => (id === 'a:x' ? opening.promise : Promise.resolve())
    const world = await createWorld({ adapters: ['x'], memoryMiB: 100, started })
    world.start('1', 'a:x')
    await world.settle()
    const removed = world.residency.removeAdapter('a:x')
    expect(world.outcomeOf('1')).toMatchObject({ code: 'model_not_found' })
    opening.resolve()
    await removed
    expect([...(world.runnerOf('a')?.open ?? [])]).toEqual([])
  })

  it('takes nothing of what its process says afterwards along, and nothing of others’', async () => {
    const world = await createWorld({ adapters: ['x'], memoryMiB: 100 })
    world.start('1', 'a:x')
    world.start('2', 'a')
    await world.settle()
    const runner = world.runnerOf('a')
    // It hears of the cancel only later.
    if (runner) runner.send = () => {}
    await world.residency.removeAdapter('a:x')
    runner?.events.onEvent({ type: 'step', step: [['1', 'a', [1]]] })
    runner?.events.onEvent({
      type: 'step',
      step: [
        ['1', 'a', [1]],
        ['2', 'b', [2]],
      ],
    })
    runner?.finish('1')
    runner?.finish('2')
    expect(world.events.filter(({ type }) => type === 'step')).toEqual([
      { type: 'step', step: [['2', 'b', [2]]] },
    ])
    expect(world.events.filter((event) => 'callId' in event && event.callId === '1')).toHaveLength(1)
    expect(world.outcomeOf('2')).toMatchObject({ type: 'call.end' })
  })

  it('is nobody’s loss where it is not known', async () => {
    const world = await createWorld()
    await world.residency.removeAdapter('a:x')
    await world.residency.removeAdapter('a')
    expect(world.residences()).toContain('a:loaded')
  })
})

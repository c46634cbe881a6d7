import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Drain } from '../../gpu-node/drain.ts'
import { runNode } from '../../gpu-node/node.ts'
import { createLogger } from '../../shared/log.ts'
import { endOf, FakeEngine, startOf } from './fake-engine.ts'
import { FakeEdge } from './link/fake-edge.ts'

const log = createLogger(() => {})

describe('Drain', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }))
  afterEach(() => void vi.useRealTimers())

  const createDrain = () => {
    const drain = new Drain(log)
    let orders = 0
    drain.serve({ drain: () => (orders += 1) })
    return { drain, orders: () => orders }
  }

  it('is over at once where nothing is served', () => {
    const drain = new Drain(log)
    drain.begin(1_000)
    expect(drain.over.aborted).toBe(true)
  })

  it('waits for what is served, to its limit and not longer', () => {
    const { drain, orders } = createDrain()
    drain.begin(1_000)
    vi.advanceTimersByTime(999)
    expect({ over: drain.over.aborted, orders: orders() }).toEqual({ over: false, orders: 1 })
    vi.advanceTimersByTime(1)
    expect(drain.over.aborted).toBe(true)
  })

  it.each([
    ['shorter', 200],
    ['longer', 5_000],
  ])('holds the earlier limit when a %s one comes later', (_which, second) => {
    const { drain, orders } = createDrain()
    drain.begin(1_000)
    vi.advanceTimersByTime(100)
    drain.begin(second)
    vi.advanceTimersByTime(Math.min(900, second) - 1)
    expect(drain.over.aborted).toBe(false)
    vi.advanceTimersByTime(1)
    expect(drain.over.aborted).toBe(true)
    expect(orders()).toBe(1)
  })

  it('waits for ever rather than not at all for a limit beyond what timers can', () => {
    const { drain } = createDrain()
    drain.begin(Number.MAX_SAFE_INTEGER)
    vi.advanceTimersByTime(1_000_000)
    expect(drain.over.aborted).toBe(false)
  })

  it('is over when the link is gone, and its calls with it', () => {
    const { drain } = createDrain()
    drain.begin(1_000)
    drain.serve(undefined)
    expect(drain.over.aborted).toBe(true)
  })
})

describe('a draining node', () => {
  const cleanups: (() => unknown)[] = []
  afterEach(async () => {
    for (const clean of cleanups.splice(0).reverse()) await clean()
  })

  async function startLinked() {
    const edge = await FakeEdge.start()
    cleanups.push(() => edge.close())
    const drain = new Drain(log)
    const engine = Promise.withResolvers<FakeEngine>()
    const done = runNode(
      {
        edge: edge.origin,
        credential: 'secret',
        name: 'test',
        version: '1',
        hardware: { os: 'linux', arch: 'x64', cpu: 'test', cores: 2, memoryMiB: 1_024, gpus: [] },
        createEngine: (emit) => {
          engine.resolve(new FakeEngine(emit))
          return engine.promise
        },
        log,
        drain,
      },
      new AbortController().signal,
    )
    cleanups.push(() => drain.stop())
    const link = await edge.nextLink()
    await link.welcome()
    return { drain, done, link, engine: await engine.promise }
  }

  it('finishes what runs, takes nothing new, and closes with 1001', async () => {
    const { done, link, engine } = await startLinked()
    link.send(startOf('e-1'))
    link.send({ type: 'drain', limitMs: 60_000 })
    link.send(startOf('e-2'))
    expect(await link.next()).toEqual({ type: 'draining' })
    expect(await link.next()).toMatchObject({ type: 'call.error', callId: 'e-2', code: 'no_capacity' })
    engine.emit({ type: 'step', step: [['e-1', 'still here', [1]]] })
    engine.emit(endOf('e-1'))
    expect(await link.next()).toMatchObject({ type: 'step' })
    expect(await link.next()).toEqual(endOf('e-1'))
    expect((await link.closed()).code).toBe(1001)
    await done
    expect(engine.isClosed).toBe(true)
  })

  it('gives the edge a moment to move what exceeds its limit', async () => {
    const { done, link, engine } = await startLinked()
    link.send(startOf('e-1'))
    link.send({ type: 'drain', limitMs: 0 })
    expect(await link.next()).toEqual({ type: 'draining' })
    link.send({ type: 'call.cancel', callId: 'e-1' })
    await engine.received(2)
    engine.emit({ ...endOf('e-1'), finishReason: 'cancelled' })
    expect(await link.next()).toMatchObject({ type: 'call.end', finishReason: 'cancelled' })
    await done
  })

  it('cuts off what still runs after that, closes with 1001 and ends', async () => {
    const { drain, done, link, engine } = await startLinked()
    link.send(startOf('e-1'))
    await engine.received(1)
    drain.begin(10)
    expect(await link.next()).toEqual({ type: 'draining' })
    expect((await link.closed()).code).toBe(1001)
    await done
    expect(engine.commands.at(-1)).toEqual({ type: 'call.cancel', callId: 'e-1' })
  })
})

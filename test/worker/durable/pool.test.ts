import { evictDurableObject, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { ERROR_CODES } from '../../../shared/errors.ts'
import type { NodeGauge } from '../../../shared/node.ts'
import { LinkMetrics, MAX_COUNTED_MODELS } from '../../../worker/durable/link/link-metrics.ts'
import { modelHolding, nodeHello } from '../../support/frames.ts'
import { modelLoad, nodeView } from '../samples.ts'

const gauge: NodeGauge = { rssMiB: 100, vramUsedMiB: null, vramTotalMiB: null, tokensPerSecond: 3.5 }
const load = new Map([['starter', modelLoad(1, 2)]])

const newPool = () => env.POOL.getByName(`pool-${crypto.randomUUID()}`)
afterEach(() => vi.useRealTimers())

describe('Pool', () => {
  it('knows nobody at first', async () => {
    expect(await newPool().snapshot()).toEqual([])
  })

  it('knows a node from its hello on, and nothing of one that never said hello', async () => {
    const pool = newPool()
    await pool.report('ghost', { linked: true, load })
    await pool.report('a', { linked: true, hello: nodeHello() })
    expect(await pool.snapshot()).toEqual([
      nodeView('a', { hello: nodeHello(), everHeld: ['starter'], since: expect.any(Number) }),
    ])
  })

  it('remembers what a node held before, for it may hold it again', async () => {
    const pool = newPool()
    await pool.report('a', { linked: true, hello: nodeHello() })
    await pool.report('a', { hello: nodeHello({ models: [] }) })
    expect(await pool.snapshot()).toMatchObject([{ hello: { models: [] }, everHeld: ['starter'] }])
  })

  it('remembers the adapters of a model as well', async () => {
    const pool = newPool()
    const adapters = [{ suffix: 'x', createdAt: 0 }]
    await pool.report('a', { linked: true, hello: nodeHello({ models: [modelHolding({ adapters })] }) })
    expect(await pool.snapshot()).toMatchObject([{ everHeld: ['starter', 'starter:x'] }])
  })

  it('keeps what a report does not mention', async () => {
    const pool = newPool()
    await pool.report('a', { linked: true, hello: nodeHello() })
    await pool.report('a', { gauge, load })
    await pool.report('a', { load: new Map() })
    expect(await pool.snapshot()).toMatchObject([
      { linked: true, hello: nodeHello(), gauge, load: new Map() },
    ])
  })

  it('takes how busy a node is also from a link of an earlier version', async () => {
    const pool = newPool()
    await pool.report('a', { linked: true, hello: nodeHello(), load: Object.fromEntries(load) })
    expect(await pool.snapshot()).toMatchObject([{ load }])
  })

  it('takes new holdings in place of the old ones', async () => {
    const pool = newPool()
    await pool.report('a', { linked: true, hello: nodeHello() })
    const changed = nodeHello({ models: [modelHolding({ id: 'other' })] })
    await pool.report('a', { hello: changed })
    expect(await pool.snapshot()).toMatchObject([{ hello: changed }])
  })

  it('still knows what a node holds that is away, but not how busy it was', async () => {
    const pool = newPool()
    await pool.report('a', { linked: true, hello: nodeHello(), gauge, load, openCalls: 3 })
    expect(await pool.snapshot()).toMatchObject([{ gauge, load, openCalls: 3 }])
    await pool.report('a', { linked: false })
    expect(await pool.snapshot()).toMatchObject([
      { linked: false, hello: nodeHello(), gauge: null, load: new Map(), openCalls: 0 },
    ])
  })

  it('knows since when a node is up or down: other reports do not move it', async () => {
    const pool = newPool()
    const since = async () => (await pool.snapshot())[0]?.since
    vi.useFakeTimers({ toFake: ['Date'], now: 1_000 })
    await pool.report('a', { linked: true, hello: nodeHello() })
    vi.setSystemTime(2_000)
    await pool.report('a', { linked: true, load })
    expect(await since()).toBe(1_000)
    vi.setSystemTime(3_000)
    await pool.report('a', { linked: false })
    expect(await since()).toBe(3_000)
  })

  it('forgets a removed node for good, whatever comes of it later', async () => {
    const pool = newPool()
    await pool.report('a', { linked: true, hello: nodeHello() })
    await pool.report('b', { linked: true, hello: nodeHello() })
    await pool.remove('a')
    await pool.remove('never there')
    await pool.report('a', { linked: false })
    expect((await pool.snapshot()).map(({ nodeId }) => nodeId)).toEqual(['b'])
    await evictDurableObject(pool)
    expect((await pool.snapshot()).map(({ nodeId }) => nodeId)).toEqual(['b'])
  })

  it('survives eviction with who is linked, what each holds and measures, without loads', async () => {
    const pool = newPool()
    await pool.report('a', { linked: true, hello: nodeHello(), gauge, load })
    await pool.report('b', { linked: true, hello: nodeHello(), gauge })
    await pool.report('b', { linked: false })
    const before = await pool.snapshot()
    await evictDurableObject(pool)
    expect(await pool.snapshot()).toEqual(before.map((view) => ({ ...view, load: new Map() })))
  })

  it('survives eviction with the last gauge, and with none of a node that has none any more', async () => {
    const pool = newPool()
    await pool.report('a', { linked: true, hello: nodeHello(), gauge })
    await pool.report('a', { gauge: { ...gauge, tokensPerSecond: 0 } })
    await pool.report('b', { linked: true, hello: nodeHello(), gauge })
    await pool.report('b', { gauge: null })
    await pool.report('c', { linked: true, hello: nodeHello(), gauge })
    await pool.report('c', { linked: false })
    await pool.report('c', { linked: true })
    await evictDurableObject(pool)
    const idle = { gauge: { ...gauge, tokensPerSecond: 0 } }
    expect(await pool.snapshot()).toMatchObject([idle, { gauge: null }, { linked: true, gauge: null }])
  })

  it('survives eviction with the last hour of each node, and with none of one that was removed', async () => {
    const pool = newPool()
    await pool.report('a', { linked: true, hello: nodeHello(), gauge })
    await pool.report('b', { linked: true, hello: nodeHello(), gauge })
    await pool.remove('b')
    const before = await pool.history()
    expect([...before.keys()]).toEqual(['a'])
    await evictDurableObject(pool)
    expect(await pool.history()).toEqual(before)
  })

  it('writes a gauge down when it changes, and not with each report', async () => {
    const pool = newPool()
    const written = () =>
      runInDurableObject(pool, (_instance, { storage }) => {
        const put = vi.spyOn(storage, 'put')
        return { put, restore: () => put.mockRestore() }
      })
    await pool.report('a', { linked: true, hello: nodeHello(), gauge })
    const { put, restore } = await written()
    await pool.report('a', { gauge: { ...gauge }, load })
    expect(put).not.toHaveBeenCalled()
    await pool.report('a', { gauge: { ...gauge, rssMiB: 101 } })
    expect(put).toHaveBeenCalledTimes(1)
    restore()
  })

  it('survives eviction with what was counted, of as many models with as long names as a link counts', async () => {
    const pool = newPool()
    const counted = new LinkMetrics()
    const life = { arrival: 'first', hasRun: true, hasBegun: true, resumedTokens: 0 } as const
    for (let index = 0; index < MAX_COUNTED_MODELS; index += 1) {
      const model = `${'Ж'.repeat(260)}${index}`
      counted.began(model, 'first', 1_234)
      for (const code of ERROR_CODES) counted.ended(model, { type: 'error', code, message: '' }, life)
    }
    await pool.report('a', { linked: true, hello: nodeHello(), metrics: counted.models })
    await evictDurableObject(pool)
    expect(await pool.snapshot()).toMatchObject([{ nodeId: 'a', metrics: counted.models }])
    await pool.remove('a')
    await evictDurableObject(pool)
    await pool.report('a', { linked: true, hello: nodeHello() })
    expect(await pool.snapshot()).toMatchObject([{ metrics: {} }])
  })
})

import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import type { CallEvent } from '../../../../shared/generation.ts'
import { DEFAULT_REGION } from '../../../../shared/node.ts'
import {
  BUSY_HEARTBEAT_MS,
  BUSY_SILENCE_LIMIT_MS,
  CloseCode,
  HEARTBEAT_MS,
  type NodeEvent,
  SILENCE_LIMIT_MS,
} from '../../../../shared/wire.ts'
import { readEvents } from '../../../../worker/services/inference/event-lines.ts'
import type { ModelLoad } from '../../../../worker/services/pool/node-view.ts'
import { createStubs } from '../../../../worker/services/stubs.ts'
import { eventually } from '../../../support/eventually.ts'
import { modelHolding, nodeHello } from '../../../support/frames.ts'
import { endOf, generate, heardOf, stepOf } from '../../link-calls.ts'
import { firstTry, generationRequest, taken, usage } from '../../samples.ts'
import { createWorld, type TestNode, type World } from '../../world.ts'

const stubs = createStubs(env)
const objectOf = (node: TestNode) => env.NODE_LINK.getByName(node.id)

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterEach(() => vi.useRealTimers())

/** A node that has dialled in and said nothing yet. */
async function dialled(): Promise<TestNode> {
  const { id, credential } = await world.join()
  return world.dial(id, credential)
}

/** A node that is ready for calls of the model `m`. */
async function linked(slots = 2): Promise<TestNode> {
  const node = await dialled()
  await node.greet(nodeHello({ models: [modelHolding({ id: 'm', slots })] }))
  return node
}
/** The directory's view of a node, … */
const viewOf = async ({ id }: TestNode) =>
  (await stubs.pool(DEFAULT_REGION).snapshot()).find(({ nodeId }) => nodeId === id)
/** As the directory tells it of the model `m`. */
const loadOf = (load: ModelLoad) => new Map([['m', load]])
const TIME = expect.any(Number)
/** … and of what was counted of the model `m` on its link. */
const countedOf = async (node: TestNode) => (await viewOf(node))?.metrics.m

/** Runs a generation to its end. */
async function complete(node: TestNode): Promise<void> {
  const { callId, events } = await generate(node)
  node.send(stepOf(callId, 'x'))
  node.send(endOf(callId))
  await heardOf(events)
}

const delta = (text: string): CallEvent => ({ type: 'delta', text, tokens: [1] })
const lost = { type: 'error', code: 'node_failed', message: 'The node that ran this request was lost.' }

describe('a link opens', () => {
  it('with hello, which is answered by welcome: who the node is and how often to ping', async () => {
    const node = await dialled()
    expect(await node.greet(nodeHello())).toEqual({
      type: 'welcome',
      nodeId: node.id,
      heartbeatMs: HEARTBEAT_MS,
      silenceMs: SILENCE_LIMIT_MS,
      busyHeartbeatMs: BUSY_HEARTBEAT_MS,
      busySilenceMs: BUSY_SILENCE_LIMIT_MS,
      training: true,
      tasks: true,
      errands: true,
    })
  })

  it('for calls only after hello', async () => {
    const node = await dialled()
    await expect(generate(node)).rejects.toMatchObject({ code: 'no_capacity' })
    await node.greet(nodeHello())
    await expect(generate(node)).resolves.toMatchObject({ callId: expect.any(String) })
  })

  it('not for a dial that the Worker let in just before the node was revoked', async () => {
    const { id } = await world.join()
    await world.request(`/v1/nodes/${id}`, { method: 'DELETE' })
    const late = new Request('http://edge/nodes/link', { headers: { upgrade: 'websocket', 'x-node-id': id } })
    const response = await stubs.nodeLink(id).fetch(late)
    expect(response.status).not.toBe(101)
  })

  it.each<[name: string, event: NodeEvent]>([
    [
      'a gauge',
      { type: 'gauge', gauge: { rssMiB: 1, vramUsedMiB: null, vramTotalMiB: null, tokensPerSecond: 0 } },
    ],
    ['holdings', { type: 'holdings', models: [] }],
    ['a step', stepOf('0a1b2c3d-1', 'x')],
    ['an end', endOf('0a1b2c3d-1')],
  ])('not with %s', async (_name, event) => {
    const node = await dialled()
    node.send(event)
    expect(await node.closed).toEqual({ code: CloseCode.badFrame, reason: 'expected hello first' })
  })

  it('with one hello: a second closes it', async () => {
    const node = await linked()
    node.send({ type: 'hello', hello: nodeHello() })
    expect(await node.closed).toEqual({ code: CloseCode.badFrame, reason: 'a second hello' })
  })

  it('within ten seconds: the alarm closes one that says nothing, and nothing else', async () => {
    const silent = await dialled()
    expect(await runDurableObjectAlarm(objectOf(silent))).toBe(true)
    expect(await silent.closed).toEqual({ code: CloseCode.silent, reason: 'no hello in time' })
    const speaking = await linked()
    expect(await runDurableObjectAlarm(objectOf(speaking))).toBe(true)
    await expect(generate(speaking)).resolves.toBeDefined()
  })
})

describe('a link closes', () => {
  it('when a newer one of the same node takes over, and its calls fail at once', async () => {
    const old = await linked()
    const { events } = await generate(old)
    const { callId } = await old.next('generation.start')
    old.send(stepOf(callId, 'half'))
    const newer = await world.dial(old.id, old.credential)
    expect(await old.closed).toEqual({
      code: CloseCode.replaced,
      reason: 'a newer link of this node took over',
    })
    expect(await heardOf(events)).toEqual([delta('half'), lost])
    await newer.greet(nodeHello())
    const { events: fresh } = await generate(newer)
    const start = await newer.next('generation.start')
    newer.send(stepOf(callId, 'of the old link')) // its end crossed the new link on the way
    newer.send(stepOf(start.callId, 'new'))
    newer.send(endOf(start.callId))
    expect(await heardOf(fresh)).toEqual([delta('new'), expect.objectContaining({ type: 'end' })])
  })

  it('when the node goes, and its calls fail at once, those that wait too', async () => {
    const node = await linked(1)
    const [running, waiting] = [await generate(node), await generate(node)]
    node.close()
    expect(await heardOf(running.events)).toEqual([lost])
    expect(await heardOf(waiting.events)).toMatchObject([{ type: 'error', code: 'no_capacity' }])
    await expect(generate(node)).rejects.toMatchObject({ code: 'no_capacity' })
  })

  it('with its failures counted, though its object may rest for good after it', async () => {
    const node = await linked()
    const { events } = await generate(node)
    node.close()
    expect(await heardOf(events)).toEqual([lost])
    const failed = { errors: { node_failed: 1 } }
    await eventually(async () => expect(await countedOf(node)).toMatchObject(failed))
    await evictDurableObject(objectOf(node))
    const again = await world.dial(node.id, node.credential)
    await again.greet(nodeHello({ models: [modelHolding({ id: 'm' })] }))
    await complete(again)
    const both = { ...failed, calls: { first: 2 } }
    await eventually(async () => expect(await countedOf(again)).toMatchObject(both))
  })

  it('for good when its node is revoked: nothing counted is kept', async () => {
    const node = await linked()
    await generate(node)
    await world.request(`/v1/nodes/${node.id}`, { method: 'DELETE' })
    const kept = await runInDurableObject(objectOf(node), (_instance, state) => state.storage.list())
    expect([...kept.keys()]).toEqual(['revoked'])
  })

  it('at once when the node is revoked, which cannot dial again', async () => {
    const node = await linked()
    const { events } = await generate(node)
    expect((await world.request(`/v1/nodes/${node.id}`, { method: 'DELETE' })).status).toBe(200)
    expect(await node.closed).toEqual({ code: CloseCode.revoked, reason: 'the credential was revoked' })
    expect(await heardOf(events)).toEqual([lost])
    await expect(world.dial(node.id, node.credential)).rejects.toThrow('401')
  })

  it('after 45 seconds without a frame, and not before', async () => {
    const node = await linked()
    const opened = Date.now()
    vi.useFakeTimers({ toFake: ['Date'], now: opened + SILENCE_LIMIT_MS - 1_000 })
    await runDurableObjectAlarm(objectOf(node))
    await expect(generate(node)).resolves.toBeDefined()
    vi.setSystemTime(opened + SILENCE_LIMIT_MS + 1_000)
    await runDurableObjectAlarm(objectOf(node))
    expect(await node.closed).toEqual({ code: CloseCode.silent, reason: 'silence' })
  })

  it('not while frames come: each is a sign of life', async () => {
    const node = await linked()
    const opened = Date.now()
    vi.useFakeTimers({ toFake: ['Date'], now: opened + SILENCE_LIMIT_MS - 1_000 })
    const { events } = await generate(node)
    const { callId } = await node.next('generation.start')
    node.send(endOf(callId))
    await heardOf(events)
    vi.setSystemTime(opened + SILENCE_LIMIT_MS + 1_000)
    await runDurableObjectAlarm(objectOf(node))
    await expect(generate(node)).resolves.toBeDefined()
  })
})

describe('a heartbeat', () => {
  it('is answered without waking the object', async () => {
    const node = await linked()
    await evictDurableObject(objectOf(node))
    await node.ping()
    await expect(evictDurableObject(objectOf(node))).rejects.toThrow() // it does not run
  })

  it('is a sign of life', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() - SILENCE_LIMIT_MS - 5_000 })
    const node = await linked() // as if it had dialled and spoken last 50 seconds ago
    vi.useRealTimers()
    await node.ping()
    await runDurableObjectAlarm(objectOf(node))
    await expect(generate(node)).resolves.toBeDefined()
  })
})

describe('an object that was evicted', () => {
  it('still has its link, with a new epoch of call ids', async () => {
    const node = await linked()
    const before = await generate(node)
    node.send(endOf((await node.next('generation.start')).callId))
    await heardOf(before.events)
    await evictDurableObject(objectOf(node))
    const after = await generate(node)
    const { callId } = await node.next('generation.start')
    expect(callId).toBe(after.callId)
    expect(callId.split('-')[0]).not.toBe(before.callId.split('-')[0])
    node.send(stepOf(before.callId, 'of the life before'))
    expect((await node.next('call.cancel')).callId).toBe(before.callId)
    node.send(stepOf(callId, 'x'))
    node.send(endOf(callId))
    expect(await heardOf(after.events)).toEqual([delta('x'), expect.objectContaining({ type: 'end' })])
  })

  it('still knows how many slots its node has', async () => {
    const node = await linked(1)
    await evictDurableObject(objectOf(node))
    await generate(node)
    await generate(node)
    await node.next('generation.start')
    await node.ping()
    expect(node.unread).toBe(0) // the second waits
  })

  it('still knows what its node measured last, which says so only when it changes', async () => {
    const node = await linked()
    const gauge = { rssMiB: 512, vramUsedMiB: null, vramTotalMiB: null, tokensPerSecond: 0 }
    const shown = async () => (await viewOf(node))?.gauge
    node.send({ type: 'gauge', gauge })
    await eventually(async () => expect(await shown()).toEqual(gauge))
    await evictDurableObject(objectOf(node))
    await evictDurableObject(env.POOL.getByName(DEFAULT_REGION))
    expect(await shown()).toEqual(gauge)
    await complete(node)
    const counted = { gauge, metrics: { m: { calls: { first: 1 } } } }
    await eventually(async () => expect(await viewOf(node)).toMatchObject(counted))
    node.close()
    await eventually(async () => expect(await shown()).toBeNull())
  })

  it('goes on counting where it was', async () => {
    const node = await linked()
    await complete(node)
    const once = { calls: { first: 1 }, completionTokens: usage().completionTokens }
    await eventually(async () => expect(await countedOf(node)).toMatchObject(once))
    await evictDurableObject(objectOf(node))
    await complete(node)
    const twice = { calls: { first: 2 }, completionTokens: 2 * usage().completionTokens }
    await eventually(async () => expect(await countedOf(node)).toMatchObject(twice))
    const { counts = [] } = (await countedOf(node))?.firstTokenSeconds ?? {}
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(2)
  })

  it('still refuses a second hello', async () => {
    const node = await linked()
    await evictDurableObject(objectOf(node))
    node.send({ type: 'hello', hello: nodeHello() })
    expect((await node.closed).code).toBe(CloseCode.badFrame)
  })

  it('knows that its node is gone', async () => {
    const node = await linked()
    await evictDurableObject(objectOf(node), { webSockets: 'close' })
    await expect(generate(node)).rejects.toMatchObject({ code: 'no_capacity' })
  })
})

describe('the calls of a link', () => {
  it('drop answers that come after a cancel, and tell the canceller what was used', async () => {
    const node = await linked()
    const { callId, events } = await generate(node)
    await node.next('generation.start')
    node.send(stepOf(callId, 'before'))
    const reader = readEvents(events)
    expect((await reader.next()).value).toEqual([delta('before')])
    const cancelled = stubs.nodeLink(node.id).cancel(callId)
    expect((await node.next('call.cancel')).callId).toBe(callId)
    node.send(stepOf(callId, 'after'))
    node.send(endOf(callId, 'cancelled'))
    expect(await cancelled).toEqual(usage())
    const rest: CallEvent[] = []
    for await (const arrived of reader) rest.push(...arrived)
    expect(rest).toEqual([{ type: 'end', finishReason: 'cancelled', usage: usage() }])
  })

  it('drop what comes after their end, and the link goes on', async () => {
    const node = await linked()
    const first = await generate(node)
    node.send(endOf(first.callId))
    node.send(stepOf(first.callId, 'late'))
    node.send(endOf(first.callId))
    expect(await heardOf(first.events)).toEqual([expect.objectContaining({ type: 'end' })])
    const second = await generate(node)
    node.send(endOf(second.callId))
    expect(await heardOf(second.events)).toHaveLength(1)
  })

  it('are out of reach of another node, which is told to stop', async () => {
    const [mine, other] = [await linked(), await linked()]
    const { callId, events } = await generate(mine)
    await generate(other)
    other.send(stepOf(callId, 'forged'))
    expect((await other.next('call.cancel')).callId).toBe(callId)
    other.send(endOf(callId))
    expect((await other.next('call.cancel')).callId).toBe(callId)
    mine.send(stepOf(callId, 'true'))
    mine.send(endOf(callId))
    expect(await heardOf(events)).toEqual([delta('true'), expect.objectContaining({ type: 'end' })])
  })

  it('leave nothing behind: the directory counts none when all are over', async () => {
    const node = await linked(1)
    const calls = [await generate(node), await generate(node), await generate(node)]
    const busy = { openCalls: 3, load: loadOf({ active: 1, queued: 2, queue: [TIME, TIME] }) }
    await eventually(async () => expect(await viewOf(node)).toMatchObject(busy))
    await calls[2]?.events.cancel()
    for (const { callId, events } of calls.slice(0, 2)) {
      node.send(endOf(callId))
      await heardOf(events)
    }
    const idle = { openCalls: 0, load: loadOf({ active: 0, queued: 0, queue: [] }) }
    await eventually(async () => expect(await viewOf(node)).toMatchObject(idle))
  })

  it('that go on with an answer of another node run before those that wait', async () => {
    const node = await linked(1)
    const [running, waiting] = [await generate(node), await generate(node)]
    const resumed = generationRequest({ resume: [1, 2] })
    const { callId } = taken(await stubs.nodeLink(node.id).generate(resumed, { ...firstTry, attempt: 1 }))
    for (const expected of [running.callId, callId, waiting.callId]) {
      expect((await node.next('generation.start')).callId).toBe(expected)
      node.send(endOf(expected))
    }
  })

  it('fail to cancel where there is nothing to cancel', async () => {
    const node = await linked()
    expect(await stubs.nodeLink(node.id).cancel('0a1b2c3d-1')).toBeNull()
    expect(await stubs.nodeLink('a-node-that-never-was').cancel('0a1b2c3d-1')).toBeNull()
  })

  it('wait while their model is being loaded, for the directory', async () => {
    const node = await dialled()
    const holding = modelHolding({ id: 'm', slots: 2 })
    await node.greet(nodeHello({ models: [{ ...holding, residence: 'disk' }] }))
    await generate(node)
    const waiting = { load: loadOf({ active: 0, queued: 1, queue: [TIME] }) }
    await eventually(async () => expect(await viewOf(node)).toMatchObject(waiting))
    node.send({ type: 'holdings', models: [{ ...holding, residence: 'loading' }] })
    await eventually(async () => {
      const loading = { ...waiting, hello: { models: [{ residence: 'loading' }] } }
      expect(await viewOf(node)).toMatchObject(loading)
    })
    node.send({ type: 'holdings', models: [holding] })
    const running = { load: loadOf({ active: 1, queued: 0, queue: [] }) }
    await eventually(async () => expect(await viewOf(node)).toMatchObject(running))
  })

  it('follow what the node holds: more slots start those that wait', async () => {
    const node = await linked(1)
    await generate(node)
    const waiting = await generate(node)
    await node.next('generation.start')
    node.send({ type: 'holdings', models: [modelHolding({ id: 'm', slots: 2 })] })
    expect((await node.next('generation.start')).callId).toBe(waiting.callId)
  })
})

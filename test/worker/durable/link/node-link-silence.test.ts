import { evictDurableObject, runDurableObjectAlarm } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import type { CallEvent } from '../../../../shared/generation.ts'
import { DEFAULT_REGION } from '../../../../shared/node.ts'
import { BUSY_SILENCE_LIMIT_MS, SUSPECT_AFTER_MS } from '../../../../shared/wire.ts'
import { KEEP_ALIVE_MS, readEvents } from '../../../../worker/services/inference/event-lines.ts'
import { createStubs } from '../../../../worker/services/stubs.ts'
import { eventually } from '../../../support/eventually.ts'
import { modelHolding, nodeHello } from '../../../support/frames.ts'
import { endOf, generate, stepOf } from '../../link-calls.ts'
import { firstTry, generationRequest } from '../../samples.ts'
import { createWorld, type TestNode, type World } from '../../world.ts'

const stubs = createStubs(env)
const ask = (node: TestNode) => stubs.nodeLink(node.id).generate(generationRequest(), firstTry)
const isLinked = async (node: TestNode) =>
  (await stubs.pool(DEFAULT_REGION).snapshot()).find(({ nodeId }) => nodeId === node.id)?.linked
const untilLinked = (node: TestNode, linked: boolean) =>
  eventually(async () => expect(await isLinked(node)).toBe(linked))

let world: World
beforeAll(async () => {
  world = await createWorld()
})
/** In time to come, so that no ping by the real clock is newer. */
const LEAD_MS = 3_600_000
const START = Date.now() + LEAD_MS
beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'], now: START }))
afterEach(() => vi.useRealTimers())

async function linked({ busyHeartbeat = true } = {}): Promise<TestNode> {
  const { id, credential } = await world.join()
  const node = await world.dial(id, credential)
  await node.greet(nodeHello({ models: [modelHolding({ id: 'm', slots: 2 })] }), { busyHeartbeat })
  return node
}

/** The events of a call, as they come; its signs of life show that the object has looked around. */
function watch(stream: ReadableStream<Uint8Array>) {
  const reader = readEvents(stream)
  return {
    /** The next events, over any signs of life. */
    async next(): Promise<CallEvent[] | undefined> {
      for (;;) {
        const { value, done } = await reader.next()
        if (done) return undefined
        if (value.length > 0) return value
      }
    },
    /** Resolves when the object has looked so many times at its links from now on. */
    async looks(count: number): Promise<void> {
      for (let look = 0; look < count; look += 1) expect((await reader.next()).value).toEqual([])
    },
  }
}

const silentFor = (milliseconds: number) => vi.setSystemTime(START + milliseconds)
const silent = {
  type: 'error',
  code: 'node_failed',
  message: 'The node that ran this request does not answer.',
}

describe(`a node with calls that is silent (looked at every ${KEEP_ALIVE_MS} ms)`, () => {
  it(`for less than ${SUSPECT_AFTER_MS} ms gets further calls`, async () => {
    const node = await linked()
    const { looks } = watch((await generate(node)).events)
    silentFor(SUSPECT_AFTER_MS - 1)
    await looks(2)
    await expect(ask(node)).resolves.toMatchObject({ callId: expect.any(String) })
  })

  it(`for ${SUSPECT_AFTER_MS} ms gets none, and is away for the directory, until it is heard`, async () => {
    const node = await linked()
    const first = await generate(node)
    const { next, looks } = watch(first.events)
    silentFor(SUSPECT_AFTER_MS)
    await looks(2)
    expect(await ask(node)).toEqual({ refused: 'away' })
    await untilLinked(node, false)
    node.send(stepOf(first.callId, 'here'))
    expect(await next()).toEqual([{ type: 'delta', text: 'here', tokens: [1] }])
    await untilLinked(node, true)
    await expect(ask(node)).resolves.toMatchObject({ callId: expect.any(String) })
  })

  it(`for less than ${BUSY_SILENCE_LIMIT_MS} ms keeps its calls`, async () => {
    const node = await linked()
    const { callId, events } = await generate(node)
    const { next, looks } = watch(events)
    silentFor(BUSY_SILENCE_LIMIT_MS - 1)
    await looks(3)
    node.send(endOf(callId))
    expect(await next()).toMatchObject([{ type: 'end' }])
  })

  it(`for ${BUSY_SILENCE_LIMIT_MS} ms is told to stop them, and they end for their readers`, async () => {
    const node = await linked()
    const running = [await generate(node), await generate(node)]
    const waiting = await generate(node)
    silentFor(BUSY_SILENCE_LIMIT_MS)
    for (const { events } of running) expect(await watch(events).next()).toEqual([silent])
    expect(await watch(waiting.events).next()).toMatchObject([{ code: 'no_capacity' }])
    const cancelled = [await node.next('call.cancel'), await node.next('call.cancel')]
    expect(cancelled.map(({ callId }) => callId)).toEqual(running.map(({ callId }) => callId))
    expect(await ask(node)).toEqual({ refused: 'away' })
  })

  it('and thaws is in use again; what it says of calls that were given up is dropped', async () => {
    const node = await linked()
    const old = await generate(node)
    silentFor(BUSY_SILENCE_LIMIT_MS)
    expect(await watch(old.events).next()).toEqual([silent])
    node.send(stepOf(old.callId, 'late'))
    node.send(endOf(old.callId))
    await untilLinked(node, true)
    const { callId, events } = await generate(node)
    node.send(endOf(callId))
    expect(await watch(events).next()).toMatchObject([{ type: 'end' }])
  })

  it('stays away for an object that was evicted meanwhile, until it is heard', async () => {
    const node = await linked()
    const { callId, events } = await generate(node)
    silentFor(BUSY_SILENCE_LIMIT_MS)
    expect(await watch(events).next()).toEqual([silent])
    await evictDurableObject(env.NODE_LINK.getByName(node.id))
    expect(await ask(node)).toEqual({ refused: 'away' })
    node.send(endOf(callId)) // of another epoch by now
    await untilLinked(node, true)
    await expect(ask(node)).resolves.toMatchObject({ callId: expect.any(String) })
  })

  it('is heard by its pings', async () => {
    const past = START - 2 * LEAD_MS // the runtime stamps pings by the real clock, which is ahead then
    vi.setSystemTime(past)
    const node = await linked()
    const { looks } = watch((await generate(node)).events)
    vi.setSystemTime(past + SUSPECT_AFTER_MS)
    await looks(2)
    await untilLinked(node, false)
    await node.ping()
    await untilLinked(node, true)
  })

  it('and made no promise keeps its calls: it may be computing', async () => {
    const node = await linked({ busyHeartbeat: false })
    const { callId, events } = await generate(node)
    const { next, looks } = watch(events)
    silentFor(BUSY_SILENCE_LIMIT_MS * 2)
    await looks(3)
    node.send(endOf(callId))
    expect(await next()).toMatchObject([{ type: 'end' }])
  })
})

describe('a node without calls that is silent', () => {
  it('is not suspected: the clock starts with the next call', async () => {
    const node = await linked()
    silentFor(BUSY_SILENCE_LIMIT_MS * 2)
    await runDurableObjectAlarm(env.NODE_LINK.getByName(node.id))
    const { callId, events } = await generate(node)
    const { next, looks } = watch(events)
    silentFor(BUSY_SILENCE_LIMIT_MS * 2 + SUSPECT_AFTER_MS - 1)
    await looks(2)
    expect(await isLinked(node)).toBe(true)
    node.send(endOf(callId))
    expect(await next()).toMatchObject([{ type: 'end' }])
  })
})

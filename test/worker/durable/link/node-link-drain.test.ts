import { evictDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { readEvents } from '../../../../worker/services/inference/event-lines.ts'
import { createStubs } from '../../../../worker/services/stubs.ts'
import { modelHolding, nodeHello } from '../../../support/frames.ts'
import { endOf, generate, heardOf } from '../../link-calls.ts'
import { firstTry, generationRequest } from '../../samples.ts'
import { createWorld, type TestNode, type World } from '../../world.ts'

const stubs = createStubs(env)
const LIMIT_MS = 5_000
const drained = { type: 'error', code: 'no_capacity', message: 'The node is being drained.' }

let world: World
beforeAll(async () => {
  world = await createWorld()
})
const START = Date.now()
beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'], now: START }))
afterEach(() => vi.useRealTimers())
const at = (milliseconds: number) => vi.setSystemTime(START + milliseconds)

async function linked(): Promise<TestNode> {
  const { id, credential } = await world.join()
  const node = await world.dial(id, credential)
  await node.greet(nodeHello({ models: [modelHolding({ id: 'm', slots: 1 })] }))
  return node
}

/** Resolves when the object has looked twice at its calls from now on: each look at a silent one is a sign of life. */
async function looks(reader: ReturnType<typeof readEvents>): Promise<void> {
  for (let look = 0; look < 2; look += 1) expect((await reader.next()).value).toEqual([])
}

describe('a node that is being drained', () => {
  it('is told its limit, gets no new calls, and those that wait go elsewhere at once', async () => {
    const node = await linked()
    const [running, waiting] = [await generate(node), await generate(node)]
    expect(await stubs.nodeLink(node.id).drain(LIMIT_MS)).toBe(true)
    expect(await node.next('drain')).toEqual({ type: 'drain', limitMs: LIMIT_MS })
    expect(await heardOf(waiting.events)).toEqual([drained])
    const asked = await stubs.nodeLink(node.id).generate(generationRequest(), firstTry)
    expect(asked).toEqual({ refused: 'draining' })
    node.send(endOf(running.callId))
    expect(await heardOf(running.events)).toMatchObject([{ type: 'end' }])
  })

  it('keeps what runs before its limit; at it the call goes elsewhere, and the node is told to stop it', async () => {
    const node = await linked()
    const { callId, events } = await generate(node)
    await stubs.nodeLink(node.id).drain(LIMIT_MS)
    const reader = readEvents(events)
    at(LIMIT_MS - 1)
    await looks(reader)
    await node.ping()
    expect(node.unread).toBe(2) // generation.start and drain
    at(LIMIT_MS)
    for (let heard = await reader.next(); ; heard = await reader.next()) {
      if (heard.value?.length === 0) continue
      expect(heard.value).toEqual([drained])
      break
    }
    expect((await node.next('call.cancel')).callId).toBe(callId)
    node.send(endOf(callId, 'cancelled')) // of a call that was given up: dropped
    await node.ping()
  })

  it('at once, hands over at once', async () => {
    const node = await linked()
    const { events } = await generate(node)
    await stubs.nodeLink(node.id).drain(0)
    expect(await heardOf(events)).toEqual([drained])
  })

  it('twice, keeps to the earlier limit', async () => {
    const node = await linked()
    const { events } = await generate(node)
    await stubs.nodeLink(node.id).drain(LIMIT_MS)
    await stubs.nodeLink(node.id).drain(10 * LIMIT_MS)
    at(LIMIT_MS)
    expect(await heardOf(events)).toEqual([drained])
  })

  it('by a signal and then by the edge, keeps to the limit of the edge', async () => {
    const node = await linked()
    const { events } = await generate(node)
    node.send({ type: 'draining' })
    await node.ping()
    await stubs.nodeLink(node.id).drain(LIMIT_MS)
    at(LIMIT_MS)
    expect(await heardOf(events)).toEqual([drained])
  })

  it('is so after its object was evicted, and the next link of the node is not', async () => {
    const node = await linked()
    await stubs.nodeLink(node.id).drain(LIMIT_MS)
    await evictDurableObject(env.NODE_LINK.getByName(node.id))
    at(LIMIT_MS)
    const asked = await stubs.nodeLink(node.id).generate(generationRequest(), firstTry)
    expect(asked).toEqual({ refused: 'draining' })
    const again = await world.dial(node.id, node.credential)
    await again.greet(nodeHello({ models: [modelHolding({ id: 'm' })] }))
    const { callId, events } = await generate(again)
    again.send(endOf(callId))
    expect(await heardOf(events)).toMatchObject([{ type: 'end' }])
  })
})

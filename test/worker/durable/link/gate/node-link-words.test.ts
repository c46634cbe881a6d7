import { beforeAll, describe, expect, it } from 'vitest'
import { CloseCode, decodeFrame, MAX_EVENT_LENGTH, NodeEvent } from '../../../../../shared/wire.ts'
import { goodEvents, modelHolding, nodeHello } from '../../../../support/frames.ts'
import { wordedFrames } from '../../../../support/object-words.ts'
import { SEED, timesOf } from '../../../../support/property-runs.ts'
import { generate } from '../../../link-calls.ts'
import { uniqueModel } from '../../../samples.ts'
import { createWorld, type TestNode, type World } from '../../../world.ts'

const well = uniqueModel()
let world: World
let healthy: TestNode
let credentials: { id: string; credential: string }
beforeAll(async () => {
  world = await createWorld()
  healthy = await world.addNode({ models: [well.holding] })
  credentials = await world.join()
})

const LISTS = ['/v1/nodes', '/v1/metrics', '/v1/models', '/health']

/** Of the cases every so many are tried, other ones with each commit: each needs a link of its own. */
const EVERY = timesOf(4, 1)

/** Frames that the schema takes: the others are refused before anything looks at them. */
const takenOf = (frame: unknown) =>
  wordedFrames(frame)
    .filter((text) => decodeFrame(NodeEvent, text, MAX_EVENT_LENGTH).ok)
    .filter((_, index) => (index + SEED) % EVERY === 0)

const short = goodEvents.filter(([, frame]) => JSON.stringify(frame).length < 4_000)

describe('a node whose frames hold names that every object has', () => {
  it.each(short)('leaves every list, and every other node, as they are: %s', async (name, frame) => {
    for (const text of takenOf(frame)) {
      const node = await world.dial(credentials.id, credentials.credential)
      if (!name.startsWith('hello')) {
        await node.greet(nodeHello({ models: [modelHolding({ id: 'm' })] }))
        const { callId } = await generate(node)
        node.sendRaw(text.replaceAll('0a1b2c3d-1', callId))
      } else node.sendRaw(text)
      const end = await Promise.race([node.closed, node.ping()])
      if (end) expect([text, CloseCode.badFrame, CloseCode.refused]).toContain(end.code)
      node.close()
    }
    for (const path of LISTS) expect([path, (await world.request(path)).status]).toEqual([path, 200])
    const answered = healthy.answer(['still here'])
    const response = await world.request('/v1/completions', { body: { model: well.id, prompt: 'Hi' } })
    expect(response.status).toBe(200)
    await answered
  })
})

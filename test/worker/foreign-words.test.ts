import { beforeAll, describe, expect, it } from 'vitest'
import { modelHolding } from '../support/frames.ts'
import { createWorld, type TestNode, type World } from './world.ts'

/** Names that every plain object has without being given them. */
const WORDS = ['constructor', 'toString', 'hasOwnProperty', 'valueOf']

let world: World
beforeAll(async () => {
  world = await createWorld()
})

describe('a node whose models and adapters are called as what every object has', () => {
  let node: TestNode
  beforeAll(async () => {
    const models = WORDS.map((id) =>
      modelHolding({ id, adapters: WORDS.map((suffix) => ({ suffix, createdAt: 0 })) }),
    )
    node = await world.addNode({ models })
  })

  it.each(['/v1/nodes', '/v1/metrics', '/v1/models', '/health'])('leaves %s as it is', async (path) => {
    expect((await world.request(path)).status).toBe(200)
  })

  it.each(WORDS)('serves its model %s', async (model) => {
    const answer = world.request('/v1/completions', { body: { model, prompt: 'Hi' } })
    await node.answer(['Hello'])
    expect((await answer).status).toBe(200)
    expect((await world.request(`/v1/models/${model}`)).status).toBe(200)
  })
})

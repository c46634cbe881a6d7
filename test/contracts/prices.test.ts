import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { MAX_PRICE_PER_1K_TOKENS } from '../../shared/node.ts'
import { uniqueModel } from '../worker/samples.ts'
import { createWorld, type World } from '../worker/world.ts'
import { contractClient, newAccount, newAdmin, read } from './contract-client.ts'

const { call } = contractClient('rajora')

let world: World
let admin: Awaited<ReturnType<typeof newAdmin>>
let ada: Awaited<ReturnType<typeof newAccount>>
let set: string[] = []
beforeAll(async () => {
  world = await createWorld()
  admin = await newAdmin()
  ada = await newAccount({ plan: 'enterprise' })
})
afterEach(async () => {
  await admin.configure({ cost_per_1k_tokens: Object.fromEntries(set.map((model) => [model, null])) })
  set = []
})

async function setPrice(model: string, price: number): Promise<void> {
  set.push(model)
  await admin.configure({ cost_per_1k_tokens: { [model]: price } })
}
const shownPrice = async (model: string) => {
  const response = await call(`/api/models/${encodeURIComponent(model)}`, { token: ada.token })
  return ((await response.json()) as { cost_per_1k_tokens: number }).cost_per_1k_tokens
}

describe('a model’s price', () => {
  it('is what its node names, until an administrator sets one, and after that is taken away', async () => {
    const { id, holding } = uniqueModel({ pricePer1kTokens: 0.25 })
    await world.addNode({ models: [holding] })
    expect(await shownPrice(id)).toBe(0.25)
    await setPrice(id, 0.0008)
    expect(await shownPrice(id)).toBe(0.0008)
    await admin.configure({ cost_per_1k_tokens: { [id]: null } })
    expect(await shownPrice(id)).toBe(0.25)
  })

  it('is what a run of it costs, and a later one changes nothing of that', async () => {
    const { id, holding } = uniqueModel()
    const node = await world.addNode({ models: [holding] })
    await setPrice(id, 2)
    const asked = world.request('/v1/completions', { body: { model: id, prompt: 'Hi' }, key: ada.token })
    await node.answer(['a', 'b', 'c'])
    expect((await asked).status).toBe(200)
    const usage = async () => (await world.request(`/v1/usage?model=${id}`, { key: ada.token })).json()
    // Five tokens of the prompt, and three of the answer.
    const spent = { data: [{ prompt_tokens: 5, completion_tokens: 3, cost: 0.016 }], total_cost: 0.016 }
    await expect.poll(usage).toMatchObject(spent)
    await setPrice(id, 9)
    expect(await usage()).toMatchObject(spent)
  })

  it.each([0, MAX_PRICE_PER_1K_TOKENS])('may be %d', async (price) => {
    await setPrice('some-model', price)
    const config = await (await call('/api/admin/config', { token: admin.token })).json()
    expect(config).toMatchObject({ cost_per_1k_tokens: { 'some-model': price } })
  })

  it.each<[name: string, prices: object, detail: string]>([
    ['below 0', { m: -1 }, 'cost_per_1k_tokens.m: '],
    ['above the highest', { m: MAX_PRICE_PER_1K_TOKENS + 1 }, 'cost_per_1k_tokens.m: '],
    ['text', { m: '1' }, 'cost_per_1k_tokens.m: '],
    ['of what is no model', { 'a#b': 1 }, 'cost_per_1k_tokens.a#b: '],
  ])('may not be %s', async (_name, cost_per_1k_tokens, detail) => {
    const response = await call('/api/admin/config', { token: admin.token, body: { cost_per_1k_tokens } })
    expect(await read(response)).toEqual([422, { detail: expect.stringContaining(detail), status_code: 422 }])
  })
})

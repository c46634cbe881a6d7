import { beforeAll, describe, expect, it } from 'vitest'
import { newAccount } from '../../../../contracts/contract-client.ts'
import { uniqueModel } from '../../../samples.ts'
import { createWorld, type World } from '../../../world.ts'

const plain = uniqueModel({ contextTokens: 1_024, createdAt: 1_700_000_000_999 })
const slashed = { id: `org/${uniqueModel().id}:Q4 K` }
let world: World

beforeAll(async () => {
  world = await createWorld()
  const adapters = [{ suffix: 'pirate', createdAt: 1_700_000_001_000, residence: 'disk' as const }]
  await world.addNode({ models: [plain.holding, { ...plain.holding, ...slashed, adapters }] })
})

const asListed = (id: string) => ({
  id,
  object: 'model',
  created: 1_700_000_000,
  owned_by: 'switchyard',
  context_length: 1_024,
})

describe('the minute of a guest', () => {
  it('is for calls that run a model; all others have one of 300', async () => {
    const { token } = await newAccount()
    const minuteOf = async (path: string, body?: object) => {
      const response = await world.request(path, { key: token, ...(body && { body }) })
      return /"minute";q=(\d+);w=60/.exec(response.headers.get('ratelimit-policy') ?? '')?.[1]
    }
    for (const path of ['chat/completions', 'completions', 'embeddings', 'responses', 'agents/runs'])
      expect(await minuteOf(`/v1/${path}`, {}), path).toBe('20')
    for (const path of ['models', 'keys', 'files', 'usage', 'conversations', 'fine_tuning/jobs'])
      expect(await minuteOf(`/v1/${path}`), path).toBe('300')
  })
})

describe('GET /v1/models', () => {
  it('lists what linked nodes hold', async () => {
    const response = await world.request('/v1/models')
    expect(response.status).toBe(200)
    const { object, data } = (await response.json()) as { object: string; data: unknown[] }
    expect(object).toBe('list')
    expect(data).toEqual(expect.arrayContaining([asListed(plain.id), asListed(slashed.id)]))
  })

  it('lists a model with an adapter as a model of its own, and says of which', async () => {
    const id = `${slashed.id}:pirate`
    const { data } = (await (await world.request('/v1/models')).json()) as { data: unknown[] }
    const expected = { ...asListed(id), created: 1_700_000_001, parent: slashed.id }
    expect(data).toContainEqual(expected)
    const response = await world.request(`/v1/models/${encodeURIComponent(id)}`)
    expect(await response.json()).toEqual(expected)
    const unknown = await world.request(`/v1/models/${encodeURIComponent(`${slashed.id}:parrot`)}`)
    expect(unknown.status).toBe(404)
  })

  it('lists a model of two nodes once, with the larger context', async () => {
    const shared = uniqueModel({ contextTokens: 512 })
    await world.addNode({ models: [shared.holding] })
    const larger = uniqueModel()
    await world.addNode({ models: [larger.holding, { ...shared.holding, contextTokens: 4_096 }] })
    const { data } = (await (await world.request('/v1/models')).json()) as {
      data: { id: string; context_length: number }[]
    }
    expect(data.filter(({ id }) => id === shared.id).map((model) => model.context_length)).toEqual([4_096])
  })

  it('is for every account', async () => {
    expect((await world.request('/v1/models', { key: world.viewerKey })).status).toBe(200)
  })
})

describe('GET /v1/models/{model}', () => {
  it.each([plain.id, encodeURIComponent(slashed.id)])('answers with one: %s', async (path) => {
    const response = await world.request(`/v1/models/${path}`)
    expect(response.status).toBe(200)
    expect(await response.json()).toEqual(asListed(decodeURIComponent(path)))
  })

  it.each(['gpt-9', 'gpt%2F9', '%F0%9F%A6%99', '%', '..%2Fnodes', '__proto__'])(
    'answers 404 model_not_found to one that nobody holds: %s',
    async (path) => {
      const response = await world.request(`/v1/models/${path}`)
      expect(response.status).toBe(404)
      expect(await response.json()).toMatchObject({ error: { code: 'model_not_found', param: 'model' } })
    },
  )
})

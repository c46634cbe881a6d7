import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'
import { createDb, newId } from '../../../../worker/db/client.ts'
import { modelRecords } from '../../../../worker/db/tables/accounts.ts'
import type { Account } from '../../../../worker/services/accounts/accounts.ts'
import { modelFor, namedFor } from '../../../../worker/services/models/model-binding.ts'
import { uniqueModel } from '../../samples.ts'
import { createWorld, freshAccounts, type TestNode, type World } from '../../world.ts'

const base = uniqueModel()
const other = uniqueModel()
const NAME = 'my tutor'
const modelId = newId()
let world: World
let node: TestNode
let key: string

beforeAll(async () => {
  world = await createWorld()
  node = await world.addNode({ models: [base.holding, other.holding] })
  const { accounts, keys } = freshAccounts()
  const { id: accountId } = await accounts.authenticate(world.adminKey)
  const row = { id: modelId, accountId, name: NAME, baseModel: base.id, version: '1.0', status: 'ready' }
  await createDb(env.DB)
    .insert(modelRecords)
    .values({ ...row, createdAt: 1 })
  key = (await keys.create({ accountId, name: 'bound', modelId })).secret
})

/** Every route that runs a model, with what it takes besides. */
const ROUTES = [
  ['/v1/chat/completions', { messages: [{ role: 'user', content: 'Hi' }] }],
  ['/v1/completions', { prompt: 'Hi' }],
  ['/v1/embeddings', { input: 'Hi' }],
] as const

describe('a key that is bound to a model', () => {
  it.each([NAME, modelId])('runs it as %s, and is answered in that name', async (model) => {
    for (const [path, body] of ROUTES.slice(0, 2)) {
      const response = world.request(path, { key, body: { ...body, model } })
      const { request } = await node.answer(['Hello'])
      expect(request.model).toBe(base.id)
      expect(await (await response).json()).toMatchObject({ model })
    }
  })

  it('streams in that name too', async () => {
    const [path, body] = ROUTES[0]
    const response = world.request(path, { key, body: { ...body, model: NAME, stream: true } })
    await node.answer(['Hello'])
    const text = await (await response).text()
    expect(text).toContain(`"model":"${NAME}"`)
    expect(text).not.toContain(base.id)
  })

  it('embeds with it', async () => {
    const response = world.request('/v1/embeddings', { key, body: { input: 'Hi', model: NAME } })
    const { callId, request } = await node.next('embedding.start')
    expect(request.model).toBe(base.id)
    node.send({ type: 'call.vectors', callId, start: 0, vectors: [btoa('\0\0\0\0')] })
    const usage = { promptTokens: 1, cachedPromptTokens: 0, completionTokens: 0 }
    node.send({ type: 'call.end', callId, finishReason: 'stop', usage })
    expect(await (await response).json()).toMatchObject({ model: NAME, data: [{ embedding: [0] }] })
  })

  it.each(ROUTES)('runs no other model on %s, not even the one behind it', async (path, body) => {
    for (const model of [base.id, other.id, 'a model that nobody holds']) {
      const response = await world.request(path, { key, body: { ...body, model } })
      expect(response.status, model).toBe(403)
      expect(await response.json()).toMatchObject({
        error: { type: 'permission_error', code: 'forbidden', param: 'model' },
      })
    }
    expect(node.unread).toBe(0)
  })

  it('sees no other model', async () => {
    const { data } = (await (await world.request('/v1/models', { key })).json()) as { data: object[] }
    expect(data).toMatchObject([{ id: NAME, object: 'model' }])
    for (const id of [NAME, modelId]) {
      const response = await world.request(`/v1/models/${encodeURIComponent(id)}`, { key })
      expect(response.status).toBe(200)
      expect(await response.json()).toMatchObject({ id, object: 'model' })
    }
    expect((await world.request(`/v1/models/${base.id}`, { key })).status).toBe(403)
  })

  it('makes no keys', async () => {
    const response = await world.request('/v1/keys', { key, body: { name: 'child' } })
    expect(response.status).toBe(403)
    expect(await response.json()).toMatchObject({
      error: { message: "This API key lacks the scope 'account'." },
    })
  })
})

describe('an account without such a key', () => {
  const account = {} as Account // of which only its key is looked at

  it('names the pool’s models as they are', () => {
    expect(modelFor(account, 'm')).toBe('m')
    expect(namedFor(account, [{ id: 'm' }, { id: 'n' }])).toEqual([{ id: 'm' }, { id: 'n' }])
  })
})

import { SELF } from 'cloudflare:test'
import { beforeAll, describe, expect, it } from 'vitest'
import { newAccount } from '../contracts/contract-client.ts'

/** A request of an account's, to any surface. */
async function send(token: string, operation: string, body?: unknown): Promise<Response> {
  const [method = '', path = ''] = operation.split(' ')
  const isForm = body instanceof FormData
  return SELF.fetch(`http://localhost${path}`, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body === undefined || isForm ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: isForm ? body : JSON.stringify(body) }),
  })
}

/** Makes a thing, and answers with one of its fields. */
async function make(token: string, operation: string, body: unknown, field: string): Promise<string> {
  const response = await send(token, operation, body)
  expect(response.status, operation).toBe(201)
  return String(((await response.json()) as Record<string, unknown>)[field])
}

function csv(): FormData {
  const form = new FormData()
  form.set('file', new File(['city,people\nRome,3\n'], 'cities.csv', { type: 'text/csv' }))
  return form
}

/** One of everything that an account can own. */
async function possessionsOf(token: string) {
  const model = { name: 'Mine', base_model: 'starter', version: '1.0.0' }
  const modelId = await make(token, 'POST /dualquery/api/models', model, '_id')
  const chatId = await make(token, 'POST /dualquery/api/chats', { title: 'Mine' }, '_id')
  const message = { chat_id: chatId, role: 'user', content: 'Mine' }
  const profileId = await make(token, 'POST /sira/api/profiles', { profile_name: 'Mine' }, 'id')
  return {
    key: await make(token, 'POST /v1/keys', { name: 'mine' }, 'id'),
    model: modelId,
    apiKey: await make(token, 'POST /dualquery/api/apikeys', { model_id: modelId, name: 'mine' }, '_id'),
    chat: chatId,
    message: await make(token, 'POST /dualquery/api/messages', message, '_id'),
    dataset: await make(token, 'POST /dualquery/api/datasets/upload', csv(), '_id'),
    profile: profileId,
    session: await make(
      token,
      'POST /sira/api/conversations',
      { profile_id: profileId, title: 'Mine' },
      'session_id',
    ),
  }
}

let ada: string
let bob: string
let of: Awaited<ReturnType<typeof possessionsOf>>
beforeAll(async () => {
  ada = (await newAccount({ plan: 'enterprise' })).token
  bob = (await newAccount({ plan: 'enterprise' })).token
  of = await possessionsOf(ada)
})

/** Every operation that names a thing, with the status that its owner gets. Those that delete come last. */
const OPERATIONS: [operation: () => string, owner: number, body?: () => unknown][] = [
  [() => `GET /dualquery/api/models/${of.model}`, 200],
  [() => 'POST /dualquery/api/apikeys', 201, () => ({ model_id: of.model, name: 'another' })],
  [() => `GET /dualquery/api/chats/${of.chat}`, 200],
  [() => `PATCH /dualquery/api/chats/${of.chat}`, 200, () => ({ title: 'Changed' })],
  [() => 'POST /dualquery/api/messages', 201, () => ({ chat_id: of.chat, role: 'user', content: 'x' })],
  [() => `GET /dualquery/api/messages/chat/${of.chat}`, 200],
  [() => `GET /dualquery/api/messages/${of.message}`, 200],
  [() => `GET /dualquery/api/datasets/${of.dataset}`, 200],
  [() => 'POST /dualquery/api/chats', 201, () => ({ title: 'x', dataset_id: of.dataset })],
  [() => 'POST /dualquery/api/chats', 201, () => ({ title: 'x', model_id: of.model })],
  [() => `GET /sira/api/profiles/${of.profile}`, 200],
  [() => `PATCH /sira/api/profiles/${of.profile}`, 200, () => ({ profile_name: 'Changed' })],
  [() => `PATCH /sira/api/profiles/${of.profile}/status`, 200, () => ({ status: 'active' })],
  [() => 'POST /sira/api/conversations', 201, () => ({ profile_id: of.profile, title: 'x' })],
  [() => `DELETE /v1/keys/${of.key}`, 200],
  [() => `DELETE /dualquery/api/apikeys/${of.apiKey}`, 204],
  [() => `DELETE /dualquery/api/chats/${of.chat}`, 204],
  [() => `DELETE /dualquery/api/datasets/${of.dataset}`, 204],
  [() => `DELETE /sira/api/profiles/${of.profile}`, 204],
]

describe('what belongs to another account', () => {
  it('does not exist, whatever is done with it, and stays as it was', async () => {
    for (const [operation, , body] of OPERATIONS) {
      const response = await send(bob, operation(), body?.())
      await response.body?.cancel()
      expect(response.status, operation()).toBe(404)
    }
    const stream = `GET /sira/api/conversations/stream?session_id=${of.session}&message=Hi`
    expect((await send(bob, stream)).status).toBe(404)
  })

  it('exists for its owner', async () => {
    for (const [operation, status, body] of OPERATIONS) {
      const response = await send(ada, operation(), body?.())
      await response.body?.cancel()
      expect(response.status, operation()).toBe(status)
    }
  })

  it('is in nobody else’s lists', async () => {
    for (const list of ['models', 'apikeys', 'chats', 'datasets']) {
      expect(await (await send(bob, `GET /dualquery/api/${list}`)).json(), list).toEqual([])
    }
    expect(await (await send(bob, 'GET /sira/api/profiles')).json()).toEqual([])
    expect(await (await send(bob, 'GET /rajora/api/chat/conversations')).json()).toEqual([])
    expect(await (await send(bob, 'GET /v1/keys')).json()).toMatchObject({ data: [] })
  })
})

import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'
import {
  MAX_CHARTS_LENGTH,
  MAX_CONTENT_LENGTH,
  MAX_ROLE_LENGTH,
} from '../../worker/surfaces/dualquery/chat-schemas.ts'
import { MAX_NAME_LENGTH, MAX_PAGE_LENGTH, MAX_WORD_LENGTH } from '../../worker/surfaces/dualquery/schemas.ts'
import { type Call, contractClient, expiredToken, forgeries, newAccount, read } from './contract-client.ts'

const { call, callByHost, raw } = contractClient('dualquery')

const OBJECT_ID = /^[0-9a-f]{24}$/
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/
const NOBODY = '507f1f77bcf86cd799439011'

interface Thing {
  _id: string
}

let ada: Awaited<ReturnType<typeof newAccount>>
let eve: Awaited<ReturnType<typeof newAccount>>
let modelId: string
let datasetId: string
beforeAll(async () => {
  ada = await newAccount()
  eve = await newAccount({ roles: ['admin'] })
  modelId = (await created('/api/models', { body: { name: 'm', base_model: 'b', version: '1' } }))._id
  const form = new FormData()
  form.set('file', new File(['a,b\n1,2\n'], 'a.csv', { type: 'text/csv' }))
  const headers = { authorization: `Bearer ${ada.token}` }
  const uploaded = await raw('/api/datasets/upload', { method: 'POST', headers, body: form })
  datasetId = ((await uploaded.json()) as Thing)._id
})
const byAda = (path: string, request: Call = {}) => call(path, { token: ada.token, ...request })
const byEve = (path: string, request: Call = {}) => call(path, { token: eve.token, ...request })

async function created(path: string, request: Call): Promise<Thing> {
  const response = await byAda(path, request)
  expect(response.status).toBe(201)
  return (await response.json()) as Thing
}
const newChat = (over: object = {}) => created('/api/chats', { body: { title: 'My First Chat', ...over } })
const say = (chatId: string, over: object = {}) =>
  created('/api/messages', { body: { chat_id: chatId, role: 'user', content: 'Hello', ...over } })

const noChat = [404, { detail: 'Chat not found' }]
const queriesUsed = async () =>
  ((await (await byAda('/api/auth/me')).json()) as { queries_used: number }).queries_used

describe('POST /api/chats', () => {
  it('answers the page’s example with 201, and the same again by its id', async () => {
    const body = { title: 'My First Chat', model_id: modelId, dataset_id: datasetId }
    const response = await byAda('/api/chats', { body })
    const chat = (await response.json()) as Thing
    expect([response.status, chat]).toEqual([
      201,
      {
        _id: expect.stringMatching(OBJECT_ID),
        user_id: ada.account.id,
        ...body,
        last_updated: expect.stringMatching(TIME),
      },
    ])
    expect(await read(await byAda(`/api/chats/${chat._id}`))).toEqual([200, chat])
    const byHost = await callByHost(`/api/chats/${chat._id.toUpperCase()}`, { token: ada.token })
    expect(await read(byHost)).toEqual([200, chat])
  })

  it.each([{}, { model_id: null, dataset_id: null }])('needs a title alone: %j', async (rest) => {
    expect(await newChat(rest)).toMatchObject({ model_id: null, dataset_id: null })
  })

  it.each([
    ['no title', { title: undefined }, 'title'],
    ['an empty title', { title: ' ' }, 'title'],
    ['a title of another type', { title: 7 }, 'title'],
    ['a title past its limit', { title: 'x'.repeat(MAX_NAME_LENGTH + 1) }, 'title'],
    ['a model id that is none', { model_id: 'nope' }, 'model_id'],
    ['a model id of another type', { model_id: 7 }, 'model_id'],
    ['a dataset id that is none', { dataset_id: `${NOBODY}0` }, 'dataset_id'],
  ])('answers 422 to %s', async (_case, over, field) => {
    const [status, body] = await read(await byAda('/api/chats', { body: { title: 'A', ...over } }))
    expect([status, body]).toMatchObject([422, { detail: [{ loc: ['body', field] }] }])
  })

  it('takes a title at its limit', async () => {
    expect(await newChat({ title: 'x'.repeat(MAX_NAME_LENGTH) })).toHaveProperty('_id')
  })

  it.each([
    ['model', () => ({ model_id: modelId }), 'Model not found'],
    ['dataset', () => ({ dataset_id: datasetId }), 'Dataset not found'],
  ])('knows no %s of another account', async (_case, named, message) => {
    const body = { title: 'A', ...named() }
    expect(await read(await byEve('/api/chats', { body }))).toEqual([404, { detail: message }])
    const [field = ''] = Object.keys(named())
    const nobodys = { title: 'A', [field]: NOBODY }
    expect(await read(await byAda('/api/chats', { body: nobodys }))).toEqual([404, { detail: message }])
  })
})

describe('GET /api/chats', () => {
  it('lists the account’s own, the newest activity first, in pages', async () => {
    const { token } = await newAccount()
    const ids: string[] = []
    for (const title of ['one', 'two', 'three']) {
      const response = await call('/api/chats', { token, body: { title } })
      ids.push(((await response.json()) as Thing)._id)
      await env.DB.prepare('UPDATE conversations SET updated_at = ? WHERE id = ?')
        .bind(ids.length, ids.at(-1))
        .run()
    }
    const page = async (query: string) =>
      ((await (await call(`/api/chats${query}`, { token })).json()) as Thing[]).map(({ _id }) => _id)
    expect(await page('')).toEqual([ids[2], ids[1], ids[0]])
    expect(await page('?limit=2')).toEqual([ids[2], ids[1]])
    expect(await page('?limit=2&offset=2')).toEqual([ids[0]])
    const body = { chat_id: ids[0], role: 'user', content: 'Hello' }
    expect((await call('/api/messages', { token, body })).status).toBe(201)
    expect(await page('')).toEqual([ids[0], ids[2], ids[1]])
  })

  it.each([
    ['limit=0', 'limit'],
    [`limit=${MAX_PAGE_LENGTH + 1}`, 'limit'],
    ['limit=x', 'limit'],
    ['offset=-1', 'offset'],
    ['offset=1.5', 'offset'],
  ])('answers 422 to ?%s', async (query, field) => {
    for (const path of ['/api/chats', `/api/messages/chat/${NOBODY}`]) {
      const [status, body] = await read(await byAda(`${path}?${query}`))
      expect([status, body]).toMatchObject([422, { detail: [{ loc: ['query', field] }] }])
    }
  })
})

describe('PATCH /api/chats/{chat_id}', () => {
  it('changes what is named and nothing else', async () => {
    const { _id: id } = await newChat({ model_id: modelId, dataset_id: datasetId })
    const patch = (body: object) => byAda(`/api/chats/${id}`, { method: 'PATCH', body })
    const renamed = await patch({ title: 'Updated Chat Title' })
    expect(await read(renamed)).toMatchObject([
      200,
      { _id: id, title: 'Updated Chat Title', model_id: modelId, dataset_id: datasetId },
    ])
    expect(await read(await patch({ model_id: null }))).toMatchObject([
      200,
      { title: 'Updated Chat Title', model_id: null, dataset_id: datasetId },
    ])
    expect(await read(await patch({ dataset_id: null, model_id: modelId }))).toMatchObject([
      200,
      { model_id: modelId, dataset_id: null },
    ])
  })

  it.each([{}, { unknown: 1 }])('answers 400 when there is nothing to change: %j', async (body) => {
    const { _id: id } = await newChat()
    const response = await byAda(`/api/chats/${id}`, { method: 'PATCH', body })
    expect(await read(response)).toEqual([400, { detail: 'No fields to update' }])
  })

  it.each([
    ['title', null],
    ['title', ''],
    ['title', 'x'.repeat(MAX_NAME_LENGTH + 1)],
    ['model_id', 'nope'],
    ['dataset_id', 7],
  ])('answers 422 to a bad %s', async (field, value) => {
    const { _id: id } = await newChat()
    const response = await byAda(`/api/chats/${id}`, { method: 'PATCH', body: { [field]: value } })
    expect(await read(response)).toMatchObject([422, { detail: [{ loc: ['body', field] }] }])
  })

  it.each([
    ['model_id', 'Model not found'],
    ['dataset_id', 'Dataset not found'],
  ])('knows no %s that the account does not have', async (field, message) => {
    const { _id: id } = await newChat()
    const response = await byAda(`/api/chats/${id}`, { method: 'PATCH', body: { [field]: NOBODY } })
    expect(await read(response)).toEqual([404, { detail: message }])
  })
})

describe('DELETE /api/chats/{chat_id}', () => {
  it('deletes the chat with its messages', async () => {
    const { _id: id } = await newChat()
    const message = await say(id)
    const response = await byAda(`/api/chats/${id}`, { method: 'DELETE' })
    expect([response.status, await response.text()]).toEqual([204, ''])
    expect(await read(await byAda(`/api/chats/${id}`))).toEqual(noChat)
    expect(await read(await byAda(`/api/messages/${message._id}`))).toEqual([
      404,
      { detail: 'Message not found' },
    ])
    expect(await read(await byAda(`/api/chats/${id}`, { method: 'DELETE' }))).toEqual(noChat)
  })
})

describe('a chat of another account', () => {
  it.each([
    ['GET', (id: string) => `/api/chats/${id}`, undefined],
    ['PATCH', (id: string) => `/api/chats/${id}`, { title: 'mine now' }],
    ['DELETE', (id: string) => `/api/chats/${id}`, undefined],
    ['GET', (id: string) => `/api/messages/chat/${id}`, undefined],
    ['POST', (id: string) => `/api/chats/${id}/reply`, { content: 'Hello' }],
    ['POST', () => '/api/messages', { role: 'user', content: 'Hello' }],
  ])('does not exist: %s', async (method, pathOf, body) => {
    const { _id: id } = await newChat()
    for (const wanted of [id, NOBODY]) {
      const request = { method, ...(body && { body: { chat_id: wanted, ...body } }) }
      expect(await read(await byEve(pathOf(wanted), request))).toEqual(noChat)
    }
    expect(await (await byAda(`/api/chats/${id}`)).json()).toMatchObject({ title: 'My First Chat' })
  })

  it('has no messages', async () => {
    const { _id: id } = await newChat()
    const message = await say(id)
    for (const wanted of [message._id, NOBODY]) {
      expect(await read(await byEve(`/api/messages/${wanted}`))).toEqual([
        404,
        { detail: 'Message not found' },
      ])
    }
  })

  it.each([
    ['GET', '/api/chats/nope', 'chat_id'],
    ['PATCH', '/api/chats/nope', 'chat_id'],
    ['DELETE', '/api/chats/nope', 'chat_id'],
    ['GET', '/api/messages/chat/nope', 'chat_id'],
    ['GET', '/api/messages/nope', 'message_id'],
    ['POST', '/api/chats/nope/reply', 'chat_id'],
  ])('%s %s names no id: 422', async (method, path, field) => {
    const request = { method, ...(method === 'GET' || method === 'DELETE' ? {} : { body: { title: 'a' } }) }
    expect(await read(await byAda(path, request))).toMatchObject([
      422,
      { detail: [{ loc: ['path', field] }] },
    ])
  })
})

describe('POST /api/messages', () => {
  it('answers the page’s example with 201, and the same again by its id', async () => {
    const { _id: id } = await newChat()
    const body = {
      chat_id: id,
      role: 'user',
      content: 'What is the average sales for Q3?',
      query_type: 'analytics',
      charts: null,
    }
    const response = await byAda('/api/messages', { body })
    const message = (await response.json()) as Thing
    expect([response.status, message]).toEqual([
      201,
      { _id: expect.stringMatching(OBJECT_ID), ...body, timestamp: expect.stringMatching(TIME) },
    ])
    expect(await read(await byAda(`/api/messages/${message._id}`))).toEqual([200, message])
  })

  it('keeps any JSON as charts', async () => {
    const { _id: id } = await newChat()
    for (const charts of [{ type: 'bar', data: [100000, 125000] }, [1, [2]], 'x', 7, false]) {
      const message = await say(id, { role: 'assistant', charts })
      expect(await (await byAda(`/api/messages/${message._id}`)).json()).toMatchObject({ charts })
    }
  })

  it('counts a user’s messages as queries, and no others', async () => {
    const { _id: id } = await newChat()
    const before = await queriesUsed()
    await say(id)
    await say(id, { role: 'assistant' })
    await say(id, { role: 'system' })
    expect(await queriesUsed()).toBe(before + 1)
  })

  it.each([
    ['no chat', { chat_id: undefined }, 'chat_id'],
    ['a chat id that is none', { chat_id: 'nope' }, 'chat_id'],
    ['no role', { role: undefined }, 'role'],
    ['a role with capitals', { role: 'User' }, 'role'],
    ['an empty role', { role: '' }, 'role'],
    ['a role past its limit', { role: 'x'.repeat(MAX_ROLE_LENGTH + 1) }, 'role'],
    ['no content', { content: undefined }, 'content'],
    ['empty content', { content: '' }, 'content'],
    ['content of another type', { content: ['Hello'] }, 'content'],
    ['content past its limit', { content: 'x'.repeat(MAX_CONTENT_LENGTH + 1) }, 'content'],
    ['a query type of another type', { query_type: 7 }, 'query_type'],
    ['a query type past its limit', { query_type: 'x'.repeat(MAX_WORD_LENGTH + 1) }, 'query_type'],
    ['charts past their limit', { charts: 'x'.repeat(MAX_CHARTS_LENGTH - 1) }, 'charts'],
  ])('answers 422 to %s', async (_case, over, field) => {
    const body = { chat_id: NOBODY, role: 'user', content: 'Hello', ...over }
    expect(await read(await byAda('/api/messages', { body }))).toMatchObject([
      422,
      { detail: [{ loc: ['body', field] }] },
    ])
  })

  it('takes every field at its limit', async () => {
    const { _id: id } = await newChat()
    const message = await say(id, {
      role: 'x'.repeat(MAX_ROLE_LENGTH),
      content: 'é'.repeat(MAX_CONTENT_LENGTH),
      query_type: 'x'.repeat(MAX_WORD_LENGTH),
      charts: 'x'.repeat(MAX_CHARTS_LENGTH - 2),
    })
    expect(message).toHaveProperty('_id')
  })
})

describe('GET /api/messages/chat/{chat_id}', () => {
  it('lists the messages in the order in which they were said, in pages', async () => {
    const { _id: id } = await newChat()
    const ids: string[] = []
    for (const content of ['one', 'two', 'three']) ids.push((await say(id, { content }))._id)
    const page = async (query: string) =>
      ((await (await byAda(`/api/messages/chat/${id}${query}`)).json()) as Thing[]).map(({ _id }) => _id)
    expect(await page('')).toEqual(ids)
    expect(await page('?limit=2')).toEqual(ids.slice(0, 2))
    expect(await page('?limit=2&offset=2')).toEqual(ids.slice(2))
  })
})

describe.each([
  ['POST', '/api/chats'],
  ['GET', '/api/chats'],
  ['POST', '/api/messages'],
  ['POST', `/api/chats/${NOBODY}/reply`],
])('%s %s', (method, path) => {
  const body = method === 'POST' ? { title: 'A' } : undefined
  const ask = (token?: string) => call(path, { method, ...(token && { token }), ...(body && { body }) })

  it('answers 401 without a token, with an expired one, and with forged ones', async () => {
    const refused = [401, { detail: 'Could not validate credentials' }]
    expect(await read(await ask())).toEqual(refused)
    expect(await read(await ask(await expiredToken(ada.account.id)))).toEqual(refused)
    for (const [, forge] of forgeries)
      expect(await read(await ask(await forge(ada.account.id)))).toEqual(refused)
  })
})

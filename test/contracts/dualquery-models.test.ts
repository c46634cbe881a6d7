import { SELF } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'
import { createDb } from '../../worker/db/client.ts'
import { MAX_KEYS_PER_ACCOUNT } from '../../worker/services/accounts/keys.ts'
import { createModelRecords } from '../../worker/services/models/model-records.ts'
import { prefixOf } from '../../worker/services/secrets/secrets.ts'
import {
  MAX_BASE_MODEL_LENGTH,
  MAX_NAME_LENGTH,
  MAX_OFFSET,
  MAX_PAGE_LENGTH,
  MAX_WORD_LENGTH,
} from '../../worker/surfaces/dualquery/schemas.ts'
import { freshAccounts } from '../worker/world.ts'
import { type Call, contractClient, newAccount, read } from './contract-client.ts'

const { call } = contractClient('dualquery')

const OBJECT_ID = /^[0-9a-f]{24}$/
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/
const NOBODY = '507f1f77bcf86cd799439011'

const detail = (loc: unknown[], msg: unknown, type: string) => ({ detail: [{ loc, msg, type }] })

interface Thing {
  _id: string
  key: string
  name: string
}
const created = async (path: string, request: Call) => (await (await call(path, request)).json()) as Thing

/** The page's example, without the dataset: there are none. */
const model = (over: object = {}) => ({
  name: 'My Fine-tuned Model',
  base_model: 'gpt-3.5-turbo',
  version: '1.0.0',
  accuracy: '0.95',
  f1_score: '0.92',
  loss: '0.05',
  status: 'ready',
  ...over,
})

let ada: Awaited<ReturnType<typeof newAccount>>
let eve: Awaited<ReturnType<typeof newAccount>>
beforeAll(async () => {
  ada = await newAccount()
  eve = await newAccount({ roles: ['admin'] })
})
const byAda = (path: string, request: Call = {}) => call(path, { token: ada.token, ...request })
const byEve = (path: string, request: Call = {}) => call(path, { token: eve.token, ...request })

describe('POST /api/models', () => {
  it('answers the page’s example with 201, and the same again by its id', async () => {
    const response = await byAda('/api/models', { body: model() })
    const body = (await response.json()) as Thing
    expect([response.status, body]).toEqual([
      201,
      {
        _id: expect.stringMatching(OBJECT_ID),
        user_id: ada.account.id,
        ...model(),
        dataset_id: null,
        created_at: expect.stringMatching(TIME),
      },
    ])
    for (const id of [body._id, body._id.toUpperCase()]) {
      expect(await read(await byAda(`/api/models/${id}`))).toEqual([200, body])
    }
  })

  it('does without what is optional', async () => {
    for (const absent of [undefined, null]) {
      const optional = { accuracy: absent, f1_score: absent, loss: absent, dataset_id: absent }
      const response = await byAda('/api/models', { body: model({ ...optional, status: undefined }) })
      expect(await read(response)).toMatchObject([
        201,
        { accuracy: null, f1_score: null, loss: null, status: 'ready', dataset_id: null },
      ])
    }
  })

  it('answers 404 to a dataset that does not exist', async () => {
    const response = await byAda('/api/models', { body: model({ dataset_id: NOBODY }) })
    expect(await read(response)).toEqual([404, { detail: 'Dataset not found' }])
  })

  const long = (length: number) => 'x'.repeat(length + 1)
  it.each<[field: string, value: unknown, type: string]>([
    ['name', undefined, 'value_error.missing'],
    ['name', '', 'value_error.any_str.min_length'],
    ['name', long(MAX_NAME_LENGTH), 'value_error.any_str.max_length'],
    ['name', 7, 'type_error.str'],
    ['base_model', undefined, 'value_error.missing'],
    ['base_model', ' ', 'value_error.any_str.min_length'],
    ['base_model', long(MAX_BASE_MODEL_LENGTH), 'value_error.any_str.max_length'],
    ['version', undefined, 'value_error.missing'],
    ['version', 1.5, 'type_error.str'],
    ['version', long(MAX_WORD_LENGTH), 'value_error.any_str.max_length'],
    ['accuracy', 0.95, 'type_error.str'],
    ['accuracy', long(MAX_WORD_LENGTH), 'value_error.any_str.max_length'],
    ['f1_score', {}, 'type_error.str'],
    ['loss', [], 'type_error.str'],
    ['status', null, 'type_error.str'],
    ['status', '', 'value_error.any_str.min_length'],
    ['status', long(MAX_WORD_LENGTH), 'value_error.any_str.max_length'],
    ['dataset_id', 'sales', 'value_error'],
    ['dataset_id', NOBODY.slice(1), 'value_error'],
    ['dataset_id', 30, 'type_error.str'],
  ])('answers 422 to a %s of %j', async (field, value, type) => {
    const response = await byAda('/api/models', { body: model({ [field]: value }) })
    expect(await read(response)).toEqual([422, detail(['body', field], expect.any(String), type)])
  })

  it('makes one record of a request that is sent twice with the same key', async () => {
    const { token } = await newAccount()
    const send = () => call('/api/models', { token, body: model(), headers: { 'idempotency-key': 'once' } })
    const first = await read(await send())
    expect(await read(await send())).toEqual(first)
    expect(await (await call('/api/models', { token })).json()).toHaveLength(1)
  })
})

describe('GET /api/models', () => {
  it('lists the account’s own, newest first, by pages', async () => {
    const { account, token } = await newAccount()
    const given = { accountId: account.id, baseModel: 'm', version: '1', status: 'ready', datasetId: null }
    const all: string[] = []
    // A minute apart and out of order: what counts is the time.
    for (const minute of [2, 1, 3]) {
      const records = createModelRecords(createDb(env.DB), () => Date.UTC(2026, 0, 1, 0, minute))
      const metrics = { accuracy: null, f1Score: null, loss: null }
      all[3 - minute] = (await records.create({ ...given, ...metrics, name: `minute ${minute}` })).id
    }
    const list = async (query: string) =>
      ((await (await call(`/api/models${query}`, { token })).json()) as Thing[]).map(({ _id }) => _id)
    expect(await list('')).toEqual(all)
    expect(await list('?limit=2')).toEqual(all.slice(0, 2))
    expect(await list('?limit=2&offset=2')).toEqual(all.slice(2))
    expect(await list(`?limit=${MAX_PAGE_LENGTH}&offset=${MAX_OFFSET}`)).toEqual([])
  })

  it.each<[query: string, field: string, type: string]>([
    ['limit=0', 'limit', 'value_error.number.not_ge'],
    [`limit=${MAX_PAGE_LENGTH + 1}`, 'limit', 'value_error.number.not_le'],
    ['limit=ten', 'limit', 'type_error.number'],
    ['limit=1.5', 'limit', 'type_error.integer'],
    ['offset=-1', 'offset', 'value_error.number.not_ge'],
    [`offset=${MAX_OFFSET + 1}`, 'offset', 'value_error.number.not_le'],
    ['offset=NaN', 'offset', 'type_error.number'],
  ])('answers 422 to %s, on both lists', async (query, field, type) => {
    for (const path of ['/api/models', '/api/apikeys']) {
      expect(await read(await byAda(`${path}?${query}`))).toEqual([
        422,
        detail(['query', field], expect.any(String), type),
      ])
    }
  })
})

describe('another account’s things', () => {
  it('do not exist, not even for an administrator', async () => {
    const { _id: modelId } = await created('/api/models', { token: ada.token, body: model() })
    const body = { model_id: modelId, name: 'k' }
    const { _id: keyId } = await created('/api/apikeys', { token: ada.token, body })
    const missing = { detail: 'Model not found' }
    for (const id of [modelId, NOBODY]) {
      expect(await read(await byEve(`/api/models/${id}`))).toEqual([404, missing])
      const key = await byEve('/api/apikeys', { body: { model_id: id, name: 'mine' } })
      expect(await read(key)).toEqual([404, missing])
    }
    for (const id of [keyId, NOBODY]) {
      const response = await byEve(`/api/apikeys/${id}`, { method: 'DELETE' })
      expect(await read(response)).toEqual([404, { detail: 'API key not found' }])
    }
    expect(await read(await byEve('/api/models'))).toEqual([200, []])
    expect(await read(await byEve('/api/apikeys'))).toEqual([200, []])
  })

  it.each(['GET /api/models/', 'DELETE /api/apikeys/'])(
    '%s and something that is no id is 422',
    async (route) => {
      const [method = '', path = ''] = route.split(' ')
      for (const id of ['x', NOBODY.slice(1), `${NOBODY}0`, `${NOBODY.slice(1)}g`]) {
        const response = await byAda(path + id, { method })
        expect(await read(response)).toEqual([
          422,
          detail(['path', expect.any(String)], 'value is not a valid ObjectId', 'value_error'),
        ])
      }
    },
  )
})

describe('API keys', () => {
  const bound = async (token: string) => (await created('/api/models', { token, body: model() }))._id

  it('are shown once, work for their model alone, and end at once', async () => {
    const { account, token } = await newAccount()
    const modelId = await bound(token)
    const body = { model_id: modelId, name: 'Production API Key' }
    const response = await call('/api/apikeys', { token, body })
    const key = (await response.json()) as Thing
    const described = {
      _id: expect.stringMatching(OBJECT_ID),
      user_id: account.id,
      model_id: modelId,
      name: 'Production API Key',
      created_at: expect.stringMatching(TIME),
    }
    expect([response.status, key]).toEqual([
      201,
      { ...described, key: expect.stringMatching(/^sk-[\w-]{43}$/) },
    ])
    const masked = { ...key, key: `${prefixOf(key.key)}…` }
    expect(await read(await call('/api/apikeys', { token }))).toEqual([200, [masked]])
    expect((await freshAccounts().accounts.authenticate(key.key)).key?.model?.id).toBe(modelId)

    const deleted = await call(`/api/apikeys/${key._id}`, { token, method: 'DELETE' })
    expect([deleted.status, await deleted.text()]).toEqual([204, ''])
    const again = await call(`/api/apikeys/${key._id}`, { token, method: 'DELETE' })
    expect(await read(again)).toEqual([404, { detail: 'API key not found' }])
    expect(await read(await call('/api/apikeys', { token }))).toEqual([200, []])
    await expect(freshAccounts().accounts.authenticate(key.key)).rejects.toMatchObject({
      code: 'unauthenticated',
    })
  })

  it('runs its model and nothing else: what its account is and has is closed to it', async () => {
    const { token } = await newAccount()
    const { key, _id: id } = await created('/api/apikeys', {
      token,
      body: { model_id: await bound(token), name: 'for a partner' },
    })
    for (const [method, path] of [
      ['GET', '/v1/keys'],
      ['POST', '/v1/keys'],
      ['DELETE', `/v1/keys/${id}`],
      ['GET', '/v1/usage'],
      ['GET', '/v1/accounts/me'],
      ['GET', '/v1/nodes'],
    ] as const) {
      const response = await SELF.fetch(`http://localhost${path}`, {
        method,
        headers: { authorization: `Bearer ${key}` },
      })
      expect(response.status, `${method} ${path}`).toBe(403)
    }
    const models = await SELF.fetch('http://localhost/v1/models', {
      headers: { authorization: `Bearer ${key}` },
    })
    expect(models.status).toBe(200)
  })

  it('are listed by pages, newest first', async () => {
    const { token } = await newAccount()
    const modelId = await bound(token)
    for (const name of ['a', 'b', 'c'])
      await created('/api/apikeys', { token, body: { model_id: modelId, name } })
    const list = async (query: string) =>
      ((await (await call(`/api/apikeys${query}`, { token })).json()) as Thing[]).map(({ _id }) => _id)
    const all = await list('')
    expect(all).toHaveLength(3)
    expect(await list('?limit=2')).toEqual(all.slice(0, 2))
    expect(await list('?limit=2&offset=2')).toEqual(all.slice(2))
    expect(await list('?offset=3')).toEqual([])
  })

  it('that are bound to no model belong to other contracts', async () => {
    const { account, token } = await newAccount()
    const { keys } = freshAccounts()
    const { key } = await keys.create({ accountId: account.id, name: 'free' })
    expect(await read(await call('/api/apikeys', { token }))).toEqual([200, []])
    const response = await call(`/api/apikeys/${key.id}`, { token, method: 'DELETE' })
    expect(response.status).toBe(404)
    expect(await keys.list(account.id)).toHaveLength(1)
  })

  it('are limited in number', async () => {
    const { account, token } = await newAccount()
    const modelId = await bound(token)
    const { keys } = freshAccounts()
    const others = Array.from({ length: MAX_KEYS_PER_ACCOUNT - 1 }, (_, index) => `key ${index}`)
    await Promise.all(others.map((name) => keys.create({ accountId: account.id, name })))
    const body = { model_id: modelId, name: 'the last' }
    expect((await call('/api/apikeys', { token, body })).status).toBe(201)
    expect(await read(await call('/api/apikeys', { token, body }))).toEqual([
      409,
      { detail: expect.stringContaining(String(MAX_KEYS_PER_ACCOUNT)) },
    ])
  })

  it.each<[field: string, value: unknown, type: string]>([
    ['model_id', undefined, 'value_error.missing'],
    ['model_id', 'm', 'value_error'],
    ['model_id', 40, 'type_error.str'],
    ['name', undefined, 'value_error.missing'],
    ['name', '', 'value_error.any_str.min_length'],
    ['name', 'x'.repeat(MAX_NAME_LENGTH + 1), 'value_error.any_str.max_length'],
    ['name', null, 'type_error.str'],
  ])('answer 422 to a %s of %j', async (field, value, type) => {
    const body = { model_id: NOBODY, name: 'Production API Key', [field]: value }
    expect(await read(await byAda('/api/apikeys', { body }))).toEqual([
      422,
      detail(['body', field], expect.any(String), type),
    ])
  })
})

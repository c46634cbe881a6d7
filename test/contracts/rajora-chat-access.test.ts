import { beforeAll, describe, expect, it } from 'vitest'
import { freshAccounts } from '../worker/world.ts'
import { contractClient, forgeries, newAccount, unique } from './contract-client.ts'

const { call, callByHost } = contractClient('rajora')
const question = { messages: [{ role: 'user', content: 'Hi' }], model: 'starter', conversation_id: null }

let accountId: string
beforeAll(async () => {
  accountId = (await newAccount()).account.id
})

describe('who may chat', () => {
  const routes: [method: string, path: string, body?: object][] = [
    ['POST', '/api/chat/completions', question],
    ['POST', '/api/chat/stream', question],
    ['GET', '/api/chat/conversations'],
    ['GET', '/api/models/list'],
    ['GET', '/api/models/x'],
    ['GET', '/api/models/x/benchmarks'],
  ]
  it.each(routes)('%s %s asks for a token or a key that may', async (method, path, body) => {
    for (const response of [await call(path, { method, body }), await callByHost(path, { method, body })]) {
      expect(response.status).toBe(401)
    }
    for (const [name, forge] of forgeries) {
      const response = await call(path, { method, body, token: await forge(accountId) })
      expect(response.status, name).toBe(401)
    }
    const { secret } = await freshAccounts().keys.create({
      accountId,
      kind: 'raj_',
      name: unique('k'),
      scopes: ['account'],
    })
    expect((await call(path, { method, body, headers: { 'x-api-key': secret } })).status).toBe(403)
  })
})

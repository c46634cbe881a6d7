import { beforeAll, describe, expect, it } from 'vitest'
import { createWorld, freshAccounts, type World } from '../worker/world.ts'
import { contractClient, newAccount } from './contract-client.ts'

let world: World
let key: string
let token: string
beforeAll(async () => {
  world = await createWorld()
  const ada = await newAccount({ roles: ['admin'] })
  token = ada.token
  key = (await freshAccounts().keys.create({ accountId: ada.account.id, name: 'k' })).secret
})

const TAKEN =
  /An API key is not taken here: log in, and send the access token|Authorization takes an access token/

describe('a credential of another kind', () => {
  it.each([
    ['dualquery', '/api/auth/me'],
    ['agentic', '/api/auth/me'],
    ['sira', '/api/profiles'],
    ['clara', '/api/datasets'],
    ['rajora', '/api/auth/me'],
  ] as const)('is refused by %s with what is taken there', async (surface, path) => {
    // One that exists and one that does not: the form alone is looked at.
    for (const other of [key, `sk-${'x'.repeat(43)}`]) {
      const refused = await contractClient(surface).call(path, { token: other })
      expect([refused.status, await refused.text()]).toEqual([401, expect.stringMatching(TAKEN)])
    }
    expect((await contractClient(surface).call(path, { token })).status).toBe(200)
  })

  it('is refused by SIRA’s stream too, where a token stands in the address', async () => {
    const path = `/api/conversations/stream?session_id=x&message=x&token=${key}`
    const refused = await contractClient('sira').call(path)
    expect([refused.status, await refused.text()]).toEqual([
      401,
      expect.stringMatching(/An API key is not taken here/),
    ])
  })

  it('is refused on /v1 where it is a node’s, and by the link of nodes where it is an account’s', async () => {
    for (const mine of ['swj_x', 'swn_x']) {
      const refused = await world.request('/v1/models', { key: mine })
      expect([refused.status, await refused.text()]).toEqual([
        401,
        expect.stringMatching(/send an API key \(sk-/),
      ])
    }
    const link = await world.request('/nodes/link', { key })
    expect([link.status, await link.text()]).toEqual([
      401,
      expect.stringMatching(/credential that it gets for a join token/),
    ])
  })
})

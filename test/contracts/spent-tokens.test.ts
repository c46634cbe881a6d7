import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { configOf } from '../../worker/env.ts'
import { createServices } from '../../worker/wiring.ts'
import { contractClient, newAccount } from './contract-client.ts'

const services = createServices(env, configOf(env))

const newSpender = async () => {
  const { account, token } = await newAccount()
  await services.limiter.spend(`account:${account.id}`, 'tokens', 10_000)
  return token
}

describe('an account that has spent the day’s tokens', () => {
  it.each([
    ['agentic', '/v1/chat/completions', { body: {} }],
    ['dualquery', '/api/chats/507f1f77bcf86cd799439011/reply', { body: {} }],
    ['rajora', '/api/chat/completions', { body: {} }],
    ['rajora', '/api/chat/stream', { body: {} }],
    ['sira', '/api/conversations/stream', {}],
  ] as const)('is answered 429 by %s at %s', async (surface, path, rest) => {
    const { call } = contractClient(surface)
    const [token, { token: thrifty }] = await Promise.all([newSpender(), newAccount()])
    const response = await call(path, { token, ...rest })
    expect(response.status).toBe(429)
    expect(await response.text()).toContain('10000 tokens per day')
    expect((await call(path, { token: thrifty, ...rest })).status).not.toBe(429)
  })

  it.each([
    ['agentic', '/api/auth/me'],
    ['dualquery', '/api/chats'],
    ['rajora', '/api/auth/me'],
  ] as const)('still reads on %s', async (surface, path) => {
    const response = await contractClient(surface).call(path, { token: await newSpender() })
    expect(response.status).toBe(200)
  })
})

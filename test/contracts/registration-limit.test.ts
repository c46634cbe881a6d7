import { describe, expect, it } from 'vitest'
import { REGISTRATIONS_WINDOW } from '../../worker/http/limit-policy.ts'
import { contractClient } from './contract-client.ts'

const clients = { dualquery: contractClient('dualquery'), rajora: contractClient('rajora') }

/** A registration that its schema refuses: what counts is the attempt, before any password is hashed. */
const register = (surface: keyof typeof clients, address: string) =>
  clients[surface].call('/api/auth/register', { body: {}, headers: { 'cf-connecting-ip': address } })

describe('registrations', () => {
  it('are so many an hour from one address on all surfaces together, and one more is 429', async () => {
    const address = '203.0.113.77'
    for (let taken = 0; taken < REGISTRATIONS_WINDOW.limit; taken += 1) {
      const response = await register(taken % 2 === 0 ? 'dualquery' : 'rajora', address)
      expect(response.status).toBe(422)
    }
    for (const surface of ['dualquery', 'rajora'] as const) {
      const refused = await register(surface, address)
      expect(refused.status).toBe(429)
      expect(await refused.json()).toMatchObject({
        detail: `Rate limit exceeded: ${REGISTRATIONS_WINDOW.limit} requests per hour`,
      })
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
      expect((await register(surface, '203.0.113.78')).status).toBe(422)
    }
  })
})

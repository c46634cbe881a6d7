import { beforeAll, describe, expect, it } from 'vitest'
import { eventually } from '../support/eventually.ts'
import { uniqueModel } from '../worker/samples.ts'
import { createWorld, freshAccounts, type World } from '../worker/world.ts'
import { contractClient, newAccount, newAdmin } from './contract-client.ts'

const { call } = contractClient('rajora')

let world: World
let admin: Awaited<ReturnType<typeof newAdmin>>
beforeAll(async () => {
  world = await createWorld()
  admin = await newAdmin()
  // This file asks more often in a minute than any plan may.
  await admin.configure({ rate_limits: { tiers: { enterprise: { requests_per_minute: 100_000 } } } })
})

describe('GET /api/admin/stats', () => {
  interface Statistics {
    users: { total: number; active: number; admins: number }
    api: { total_calls: number; calls_today: number; total_tokens: number }
    models: { active: number; total_requests: number }
  }
  const stats = async () =>
    (await (await call('/api/admin/stats', { token: admin.token })).json()) as Statistics

  it('has the page’s figures, each a whole number', async () => {
    const figure = expect.toSatisfy(Number.isInteger)
    expect(await stats()).toEqual({
      users: { total: figure, active: figure, admins: figure },
      api: { total_calls: figure, calls_today: figure, total_tokens: figure },
      models: { active: figure, total_requests: figure },
    })
  })

  it('counts accounts, those that are active, and their administrators', async () => {
    const { users: before } = await stats()
    const [user, second] = [await newAccount(), await newAccount({ roles: ['viewer', 'admin'] })]
    const { accounts } = freshAccounts()
    expect((await stats()).users).toEqual({
      total: before.total + 2,
      active: before.active + 2,
      admins: before.admins + 1,
    })
    for (const { account } of [user, second]) {
      await accounts.update(account.id, { active: false }, admin.account.id)
    }
    expect((await stats()).users).toEqual({ ...before, total: before.total + 2 })
  })

  it('counts requests, a second late', async () => {
    const { api: before } = await stats()
    for (let asked = 0; asked < 3; asked += 1) await call('/health')
    await eventually(async () => {
      const { api } = await stats()
      expect(api.total_calls).toBeGreaterThanOrEqual(before.total_calls + 3)
      expect(api.calls_today - before.calls_today).toBe(api.total_calls - before.total_calls)
    })
  })

  it('counts models, their runs and the tokens of those, on any surface', async () => {
    const before = await stats()
    const { id: model, holding } = uniqueModel()
    const node = await world.addNode({ models: [holding] })
    const answered = node.answer(['a', 'b', 'c'])
    const response = await world.request('/v1/completions', { body: { model, prompt: 'Hi' } })
    const { usage } = (await response.json()) as { usage: { total_tokens: number } }
    await answered
    await eventually(async () => {
      const { api, models } = await stats()
      expect(models).toEqual({ active: 1, total_requests: before.models.total_requests + 1 })
      expect(api.total_tokens).toBe(before.api.total_tokens + usage.total_tokens)
    })
    expect(usage.total_tokens).toBe(8)
    expect(await (await call('/health')).json()).toEqual({
      status: 'healthy',
      nodes: { online: 1, known: expect.any(Number) },
    })
    node.close()
    await node.closed
    await eventually(async () => {
      expect((await stats()).models.active).toBe(0)
      expect(await (await call('/health')).json()).toMatchObject({
        status: 'degraded',
        nodes: { online: 0 },
      })
    })
  })
})

import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'
import { DAY_MS } from '../../shared/units.ts'
import { CALLS_KEPT_DAYS } from '../../worker/services/metering/usage.ts'
import { modelHolding } from '../support/frames.ts'
import { uniqueModel } from '../worker/samples.ts'
import { createWorld, type World } from '../worker/world.ts'
import { contractClient, newAccount, unique } from './contract-client.ts'

const { call } = contractClient('rajora')
// A model's id may hold what an address has a meaning for.
const id = `hub/${unique('llama')}:q4`
const holding = modelHolding({ id, adapters: [{ suffix: 'tuned', createdAt: 0 }] })

let world: World
let me: Awaited<ReturnType<typeof newAccount>>
beforeAll(async () => {
  world = await createWorld()
  await world.addNode({ models: [holding] })
  me = await newAccount({ plan: 'enterprise' })
})

describe('models', () => {
  const get = (path: string) => call(`/api/models/${path}`, { token: me.token })
  const encoded = encodeURIComponent

  it('are listed and shown as the page does, without figures that nobody measured', async () => {
    const shown = {
      id: `${id}:tuned`,
      name: `${id}:tuned`,
      description: `LoRA adapter of ${id}`,
      context_length: holding.contextTokens,
      cost_per_1k_tokens: 0,
      latency_p50_ms: null,
      latency_p99_ms: null,
      available: true,
      provider: 'switchyard',
    }
    expect(await (await get('list')).json()).toEqual(expect.arrayContaining([shown]))
    expect(await (await get(encoded(shown.id))).json()).toEqual(shown)
    expect(await (await get(`${encoded(shown.id)}/benchmarks`)).json()).toEqual({
      model_id: shown.id,
      benchmarks: {},
      performance: { avg_latency_ms: null, tokens_per_second: null },
    })
  })

  it('carry what was measured in the last day', async () => {
    const measured = uniqueModel()
    await world.addNode({ models: [measured.holding] })
    const insert = env.DB.prepare(
      `INSERT INTO calls (id, account_id, model, kind, outcome, attempts, first_ms, total_ms, created_at,
         prompt_tokens, cached_prompt_tokens, completion_tokens) VALUES (?, ?, ?, 'generate', ?, 1, 100, ?, ?, 5, 0, 11)`,
    )
    const now = Date.now()
    const row = (outcome: string, totalMs: number, at: number) =>
      insert.bind(unique('call'), me.account.id, measured.id, outcome, totalMs, at)
    expect(CALLS_KEPT_DAYS).toBeGreaterThan(1)
    await env.DB.batch([
      row('stop', 200, now),
      row('length', 300, now),
      row('stop', 9_000, now - DAY_MS - 1),
      row('cancelled', 9_000, now),
    ])
    expect(await (await get(measured.id)).json()).toMatchObject({ latency_p50_ms: 200, latency_p99_ms: 300 })
    expect(await (await get(`${measured.id}/benchmarks`)).json()).toMatchObject({
      // 10 tokens each behind the first, in 100 and in 200 ms.
      performance: { avg_latency_ms: 250, tokens_per_second: 66.7 },
    })
  })

  it('that a node held and may hold again are listed as not available', async () => {
    const away = uniqueModel()
    const leaving = await world.addNode({ models: [away.holding] })
    leaving.close()
    await expect
      .poll(async () => (await (await get(encoded(away.id))).json()) as object)
      .toMatchObject({ available: false })
  })

  it.each(['unknown', 'unknown/benchmarks', 'hub%2Funknown'])('answers 404 for %s', async (path) => {
    const response = await get(path)
    expect([response.status, await response.json()]).toEqual([
      404,
      { detail: expect.stringContaining('does not exist'), status_code: 404 },
    ])
  })
})

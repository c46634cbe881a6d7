import { env } from 'cloudflare:workers'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createLogger } from '../../../../../shared/log.ts'
import { DAY_MS } from '../../../../../shared/units.ts'
import { createDb } from '../../../../../worker/db/client.ts'
import { usage as table } from '../../../../../worker/db/tables/metering.ts'
import { configOf } from '../../../../../worker/env.ts'
import { bearerOf } from '../../../../../worker/http/auth.ts'
import { openaiErrorBody } from '../../../../../worker/http/openai-errors.ts'
import { createSurface } from '../../../../../worker/http/surface.ts'
import { PLAN_STORAGE } from '../../../../../worker/services/administration/storage-limits.ts'
import { dayOf } from '../../../../../worker/services/metering/call-rows.ts'
import {
  MAX_USAGE_PAGE,
  USAGE_DAYS,
  USAGE_PAGE,
  usageRoutes,
} from '../../../../../worker/surfaces/openai/routes/usage.ts'
import { createServices } from '../../../../../worker/wiring.ts'
import { eventually } from '../../../../support/eventually.ts'
import { uniqueModel } from '../../../samples.ts'
import { createWorld, type World } from '../../../world.ts'

const db = createDb(env.DB)
const services = createServices(env, configOf(env))
const app = createSurface({
  name: 'openai',
  basePath: '/v1',
  title: 'Usage',
  version: '1.0.0',
  errorBody: openaiErrorBody,
  authenticate: (c) => services.accounts.authenticate(bearerOf(c)),
  publicRoutes: ['GET /v1/openapi.json'],
  securitySchemes: {},
  traffic: { ...services.traffic, note: () => {} },
  log: createLogger(() => {}),
  isDevelopment: false,
})
usageRoutes(app, services.usage, services.quota)

const NOW = Date.parse('2026-11-22T10:00:00Z')
const day = (back: number) => dayOf(Date.now() - back * DAY_MS)

let world: World
let admin: string
let viewer: string
beforeAll(async () => {
  world = await createWorld()
  admin = (await services.accounts.authenticate(world.adminKey)).id
  viewer = (await services.accounts.authenticate(world.viewerKey)).id
})
beforeEach(() => db.delete(table))

const insert = (accountId: string, days: string[], model = 'm') =>
  Promise.all(
    days.map((on) =>
      db.insert(table).values({
        day: on,
        accountId,
        model,
        kind: 'generate',
        requests: 2,
        promptTokens: 10,
        cachedPromptTokens: 4,
        completionTokens: 7,
        cost: 0.1 + 0.2,
      }),
    ),
  )

interface Page {
  storage: object
  data: { day: string; account_id: string; model: string }[]
  has_more: boolean
  next: string | null
}
const get = (query = '', key = world.adminKey) =>
  app.request(`/v1/usage${query}`, { headers: { authorization: `Bearer ${key}` } })
const pageOf = async (query = '', key?: string) => (await get(query, key)).json() as Promise<Page>

describe('GET /v1/usage', () => {
  it('lists what was used per day, model and account', async () => {
    await insert(viewer, [day(0)])
    const response = await get('', world.viewerKey)
    expect(response.status).toBe(200)
    expect(await response.json()).toEqual({
      object: 'list',
      data: [
        {
          object: 'usage',
          day: day(0),
          account_id: viewer,
          model: 'm',
          kind: 'generate',
          requests: 2,
          prompt_tokens: 10,
          cached_prompt_tokens: 4,
          completion_tokens: 7,
          cost: 0.3,
        },
      ],
      total_cost: 0.3,
      storage: {
        bytes: 0,
        files: 0,
        limit_bytes: PLAN_STORAGE.free.bytes,
        limit_files: PLAN_STORAGE.free.files,
      },
      has_more: false,
      next: null,
    })
  })

  it('shows what is stored: of oneself, of whom an administrator asks for, or of all', async () => {
    const room = await services.quota.reserve(viewer, { bytes: 7, files: 1 })
    const storageOf = async (query = '', key?: string) => (await pageOf(query, key)).storage
    const { bytes: limit_bytes, files: limit_files } = PLAN_STORAGE.free
    const own = { bytes: 7, files: 1, limit_bytes, limit_files }
    expect(await storageOf('', world.viewerKey)).toEqual(own)
    expect(await storageOf(`?account_id=${viewer}`)).toEqual(own)
    const unlimited = { limit_bytes: null, limit_files: null }
    expect(await storageOf(`?account_id=${admin}`)).toEqual({ bytes: 0, files: 0, ...unlimited })
    expect(await storageOf()).toEqual({ bytes: 7, files: 1, ...unlimited })
    await room.release()
  })

  it('shows administrators everybody, or whom they ask for, and everybody else themselves', async () => {
    await Promise.all([insert(admin, [day(0)]), insert(viewer, [day(0)])])
    const accountsOf = async (query: string, key: string) =>
      (await pageOf(query, key)).data.map(({ account_id }) => account_id).toSorted()
    expect(await accountsOf('', world.adminKey)).toEqual([admin, viewer].toSorted())
    expect(await accountsOf(`?account_id=${viewer}`, world.adminKey)).toEqual([viewer])
    expect(await accountsOf('', world.viewerKey)).toEqual([viewer])
    expect(await accountsOf(`?account_id=${viewer}`, world.viewerKey)).toEqual([viewer])
    const foreign = await get(`?account_id=${admin}`, world.viewerKey)
    expect(foreign.status).toBe(403)
    expect(await foreign.json()).toMatchObject({ error: { param: 'account_id', code: 'forbidden' } })
  })

  it('shows an administrator’s key without the scope `admin` the account’s own alone', async () => {
    await Promise.all([insert(admin, [day(0)]), insert(viewer, [day(0)])])
    const { secret } = await services.keys.create({ accountId: admin, name: 'narrow', scopes: ['account'] })
    expect((await pageOf('', secret)).data.map(({ account_id }) => account_id)).toEqual([admin])
    expect((await get(`?account_id=${viewer}`, secret)).status).toBe(403)
    expect((await get(`?account_id=${admin}`, secret)).status).toBe(200)
  })

  it('shows the last days when none are named, and else those between the two', async () => {
    await insert(viewer, [day(0), day(USAGE_DAYS - 1), day(USAGE_DAYS), '2020-02-29'])
    const daysOf = async (query: string) => (await pageOf(query)).data.map((row) => row.day)
    expect(await daysOf('')).toEqual([day(0), day(USAGE_DAYS - 1)])
    expect(await daysOf(`?to=${day(1)}`)).toEqual([day(USAGE_DAYS - 1), day(USAGE_DAYS)])
    expect(await daysOf('?from=2020-01-01')).toHaveLength(4)
    expect(await daysOf('?from=2020-02-29&to=2020-02-29')).toEqual(['2020-02-29'])
    expect(await daysOf('?from=2020-02-28&to=2020-02-28')).toEqual([])
  })

  it('of one model', async () => {
    await Promise.all([insert(viewer, [day(0)]), insert(viewer, [day(0)], 'größer / m')])
    const { data } = await pageOf(`?model=${encodeURIComponent('größer / m')}`)
    expect(data.map(({ model }) => model)).toEqual(['größer / m'])
  })

  it('in pages that follow each other', async () => {
    await insert(viewer, [day(0), day(1), day(2)])
    const first = await pageOf('?limit=2')
    expect([first.data.map((row) => row.day), first.has_more]).toEqual([[day(0), day(1)], true])
    const second = await pageOf(`?limit=2&after=${first.next}`)
    expect([second.data.map((row) => row.day), second.has_more, second.next]).toEqual([[day(2)], false, null])
  })

  it(`has ${USAGE_PAGE} rows a page when nothing is said`, async () => {
    const days = Array.from({ length: USAGE_PAGE + 1 }, (_, back) => dayOf(NOW - back * DAY_MS))
    await insert(viewer, days)
    const { data, has_more } = await pageOf('?from=2020-01-01')
    expect([data.length, has_more]).toEqual([USAGE_PAGE, true])
  })

  it.each(['limit=1', `limit=${MAX_USAGE_PAGE}`, 'from=2024-02-29', `model=${'m'.repeat(256)}`])(
    'takes %s',
    async (query) => expect((await get(`?${query}`)).status).toBe(200),
  )

  it.each([
    ['from', 'from=yesterday'],
    ['from', 'from=2026-02-30'],
    ['from', 'from=2026-1-1'],
    ['from', 'from='],
    ['from', 'from=2026-01-02&to=2026-01-01'],
    ['to', 'to=2026-13-01'],
    ['to', 'to=20260101'],
    ['model', 'model='],
    ['model', `model=${'m'.repeat(257)}`],
    ['account_id', 'account_id=ada'],
    ['account_id', 'account_id='],
    ['limit', 'limit=0'],
    ['limit', `limit=${MAX_USAGE_PAGE + 1}`],
    ['limit', 'limit=1e3'],
    ['limit', 'limit=-1'],
    ['limit', 'limit=1.5'],
    ['limit', 'limit='],
    ['after', 'after='],
    ['after', 'after=x'],
    ['after', `after=${'x'.repeat(2_001)}`],
    ['day', 'day=2026-01-01'],
    ['from', 'from=2026-01-01&from=2026-01-02'],
  ])('refuses a wrong %s by its name: %s', async (param, query) => {
    const response = await get(`?${query}`)
    expect(response.status).toBe(400)
    const { error } = (await response.json()) as { error: { message: string; param: string } }
    expect(error).toMatchObject({ type: 'invalid_request_error', param })
    expect(error.message).toContain(param)
  })

  it('asks for an account', async () => {
    expect((await app.request('/v1/usage')).status).toBe(401)
  })

  it('counts a completion that a node has answered, and measures it', async () => {
    const { id, holding } = uniqueModel()
    const node = await world.addNode({ models: [holding] })
    const asked = world.request('/v1/completions', {
      body: { model: id, prompt: 'Hi' },
      key: world.viewerKey,
    })
    await node.answer(['a', 'b', 'c'])
    expect((await asked).status).toBe(200)
    await eventually(async () => {
      const { data } = await pageOf(`?model=${id}`, world.viewerKey)
      expect(data).toEqual([
        expect.objectContaining({ account_id: viewer, requests: 1, prompt_tokens: 5, completion_tokens: 3 }),
      ])
    })
    expect(await services.usage.latencies(id, 0)).toMatchObject({ calls: 1 })
    node.close()
  })

  it.each([
    [
      '/v1/chat/completions',
      { messages: [{ role: 'user', content: 'Hi' }], n: 3 },
      { prompts: 1, choices: 3 },
    ],
    ['/v1/completions', { prompt: ['Hi', 'Ho'], n: 2 }, { prompts: 2, choices: 4 }],
  ])(
    'counts of %s with several choices what its answer says: each prompt once',
    async (path, body, { prompts, choices }) => {
      const { id, holding } = uniqueModel({ slots: 4 })
      const node = await world.addNode({ models: [holding] })
      const asked = world.request(path, { body: { model: id, ...body }, key: world.viewerKey })
      for (let choice = 0; choice < choices; choice += 1) await node.answer(['a', 'b'])
      const { usage } = (await (await asked).json()) as {
        usage: { prompt_tokens: number; completion_tokens: number }
      }
      expect(usage).toMatchObject({ prompt_tokens: 5 * prompts, completion_tokens: 2 * choices })
      const { prompt_tokens, completion_tokens } = usage
      await eventually(async () => {
        const { data } = await pageOf(`?model=${id}`, world.viewerKey)
        expect(data).toMatchObject([{ requests: prompts, prompt_tokens, completion_tokens }])
      })
      node.close()
    },
  )
})

import { env } from 'cloudflare:workers'
import { sql } from 'drizzle-orm'
import { beforeAll, describe, expect, it } from 'vitest'
import { MAX_MODELS } from '../../../../../../shared/node.ts'
import { CloseCode, JOIN_PATH } from '../../../../../../shared/wire.ts'
import { createDb, newId } from '../../../../../../worker/db/client.ts'
import { MAX_JOIN_TOKEN_LIFETIME_SECONDS } from '../../../../../../worker/services/pool/nodes.ts'
import { eventually } from '../../../../../support/eventually.ts'
import { nodeHello } from '../../../../../support/frames.ts'
import { uniqueModel, usage } from '../../../../samples.ts'
import { createWorld, freshAccounts, type TestNode, type World } from '../../../../world.ts'

const db = createDb(env.DB)
const model = uniqueModel({ slots: 2 })
let world: World
let node: TestNode

beforeAll(async () => {
  world = await createWorld()
  node = await world.addNode({ models: [model.holding] })
})

const described = async (id: string) => (await world.request(`/v1/nodes/${id}`)).json()
const joinToken = (over: Record<string, unknown> = {}, key?: string) =>
  world.request('/v1/nodes/join-tokens', {
    body: { name: 'attic', ...over },
    ...(key === undefined ? {} : { key }),
  })
const join = (body: object) => world.request(JOIN_PATH, { key: '', body })

describe('GET /v1/nodes', () => {
  it('shows what each node is and holds', async () => {
    const { data, object } = (await (await world.request('/v1/nodes')).json()) as {
      object: string
      data: { id: string }[]
    }
    expect(object).toBe('list')
    const expected = {
      id: node.id,
      object: 'node',
      name: 'attic',
      created: expect.any(Number),
      status: 'online',
      region: 'default',
      since: expect.any(Number),
      version: '0.1.0',
      hardware: nodeHello().hardware,
      gauge: null,
      models: [
        expect.objectContaining({
          id: model.id,
          capabilities: ['generate', 'embed'],
          context_length: 1_024,
          slots: 2,
          size_bytes: 2_743_008,
          architecture: 'llama',
          sha256: null,
          active: 0,
          queued: 0,
          waited_ms: 0,
          queue: [],
          prompt_tokens: 0,
          cached_prompt_tokens: 0,
          adapters: [],
        }),
      ],
      jobs: [],
      allowed_models: null,
    }
    expect(data.find(({ id }) => id === node.id)).toEqual(expected)
    expect(await described(node.id)).toEqual(expected)
  })

  it('shows how busy a node is while generations run and wait, and that it is free after them', async () => {
    const answers = Array.from({ length: 3 }, () =>
      world.request('/v1/completions', { body: { model: model.id, prompt: 'x' } }),
    )
    const queue = [{ capability: 'generate', position: 1, waited_ms: expect.any(Number) }]
    const busy = { models: [{ active: 2, queued: 1, queue }] }
    await eventually(async () => expect(await described(node.id)).toMatchObject(busy))
    for (let count = 0; count < 3; count += 1) await node.answer(['x'])
    for (const answer of answers) expect((await answer).status).toBe(200)
    const free = { models: [{ active: 0, queued: 0, prompt_tokens: 15, cached_prompt_tokens: 0 }] }
    await eventually(async () => expect(await described(node.id)).toMatchObject(free))
  })

  it('shows the adapters of a model, whose generations are the model’s', async () => {
    const adapters = [
      { suffix: 'x', createdAt: 0 },
      { suffix: 'y', createdAt: 0, residence: 'disk' as const },
    ]
    const tuned = uniqueModel({ slots: 1, adapters })
    const holder = await world.addNode({ models: [tuned.holding] })
    const ask = (id: string) => world.request('/v1/completions', { body: { model: id, prompt: 'x' } })
    const answers = [ask(`${tuned.id}:x`), ask(tuned.id), ask(`${tuned.id}:y`)]
    const shown = [
      { id: `${tuned.id}:x`, residence: 'loaded', sha256: null },
      { id: `${tuned.id}:y`, residence: 'disk' },
    ]
    const busy = { models: [{ active: 1, queued: 2, adapters: shown }] }
    await eventually(async () => expect(await described(holder.id)).toMatchObject(busy))
    const asked = []
    for (const _answer of answers) asked.push((await holder.answer(['x'])).request.model)
    expect(asked.toSorted()).toEqual([tuned.id, `${tuned.id}:x`, `${tuned.id}:y`])
    for (const answer of answers) expect((await answer).status).toBe(200)
    const unknown = await ask(`${tuned.id}:z`)
    expect(unknown.status).toBe(404)
    expect(await unknown.json()).toMatchObject({ error: { code: 'model_not_found', param: 'model' } })
    const embedding = await world.request('/v1/embeddings', { body: { model: `${tuned.id}:x`, input: 'x' } })
    expect(embedding.status).toBe(404)
  })

  it('shows how long a call has waited now, not when its node was last heard of it', async () => {
    const slow = uniqueModel({ slots: 1 })
    const holder = await world.addNode({ models: [slow.holding] })
    const answers = [1, 2].map(() =>
      world.request('/v1/completions', { body: { model: slow.id, prompt: 'x' } }),
    )
    const waitedMs = async () => {
      const { models } = (await described(holder.id)) as { models: { queued: number; waited_ms: number }[] }
      return models[0]?.queued === 1 ? models[0].waited_ms : undefined
    }
    await eventually(async () => expect(await waitedMs()).toBeDefined())
    const [before = 0, askedAt] = [await waitedMs(), Date.now()]
    await eventually(() => expect(Date.now()).toBeGreaterThan(askedAt))
    expect(await waitedMs()).toBeGreaterThan(before)
    for (const _answer of answers) await holder.answer(['x'])
    await Promise.all(answers)
  })

  it('shows a call that waits for its model to be loaded as one that waits', async () => {
    const cold = uniqueModel({ slots: 1, residence: 'disk' })
    const holder = await world.addNode({ models: [cold.holding] })
    const answer = world.request('/v1/completions', { body: { model: cold.id, prompt: 'x' } })
    const queue = [{ capability: 'generate', position: 1, waited_ms: expect.any(Number) }]
    const waiting = { models: [{ active: 0, queued: 1, queue, residence: 'disk' }] }
    await eventually(async () => expect(await described(holder.id)).toMatchObject(waiting))
    const text = await (await world.request('/v1/metrics')).text()
    const labels = `{node="${holder.id}",model="${cold.id}"}`
    expect(text).toContain(`switchyard_queue_length${labels} 1\n`)
    expect(text).toContain(`switchyard_slots_busy${labels} 0\n`)
    holder.send({ type: 'holdings', models: [{ ...cold.holding, residence: 'loaded' }] })
    const running = { models: [{ active: 1, queued: 0, queue: [], residence: 'loaded' }] }
    await eventually(async () => expect(await described(holder.id)).toMatchObject(running))
    await holder.answer(['x'])
    expect((await answer).status).toBe(200)
  })

  it('shows how busy a node is with embeddings', async () => {
    const answer = world.request('/v1/embeddings', { body: { model: model.id, input: 'x' } })
    const { callId } = await node.next('embedding.start')
    const busy = { models: [{ active: 1, queued: 0 }] }
    try {
      await eventually(async () => expect(await described(node.id)).toMatchObject(busy))
    } finally {
      node.send({ type: 'call.vectors', callId, start: 0, vectors: ['AACAPw=='] })
      node.send({ type: 'call.end', callId, finishReason: 'stop', usage: usage() })
      await answer
    }
  })

  it('shows what a node measures, what it holds now, and when it goes', async () => {
    const other = uniqueModel()
    const moving = await world.addNode({ models: [uniqueModel().holding] })
    const gauge = { rssMiB: 512, vramUsedMiB: null, vramTotalMiB: null, tokensPerSecond: 12.5 }
    moving.send({ type: 'gauge', gauge })
    moving.send({ type: 'holdings', models: [other.holding] })
    await eventually(async () =>
      expect(await described(moving.id)).toMatchObject({ gauge, models: [{ id: other.id }] }),
    )
    moving.close()
    await eventually(async () =>
      expect(await described(moving.id)).toMatchObject({ status: 'offline', gauge: null }),
    )
    expect(await described(moving.id)).toMatchObject({ models: [{ id: other.id }] })
  })

  it('shows the training jobs that a node holds, and no other', async () => {
    const admin = await freshAccounts().accounts.authenticate(world.adminKey)
    const holder = await world.join('trainer')
    const job = (id: string, state: string) =>
      db.run(sql`insert into training_jobs
        (id, account_id, surface, state, priority, plan, tags, node_id, created_at, updated_at)
        values (${id}, ${admin.id}, 'openai', ${state}, 5, '{}', '[]', ${holder.id}, 1, 1)`)
    const [held, over] = [newId(), newId()]
    await job(held, 'running')
    await job(over, 'completed')
    expect(await described(holder.id)).toMatchObject({ jobs: [{ id: `ftjob-${held}`, state: 'running' }] })
    await db.run(sql`delete from training_jobs where id in (${held}, ${over})`)
  })

  it('shows a node that has joined and never dialled', async () => {
    const { id } = await world.join('cellar')
    expect(await described(id)).toEqual({
      id,
      object: 'node',
      name: 'cellar',
      created: expect.any(Number),
      status: 'offline',
      region: null,
      since: null,
      version: null,
      hardware: null,
      gauge: null,
      models: [],
      jobs: [],
      allowed_models: null,
    })
  })

  it('shows no secret of a node', async () => {
    const text = await (await world.request('/v1/nodes')).text()
    expect(text).toContain(node.id)
    expect(text).not.toContain(node.credential.slice(0, 12))
    expect(text).not.toMatch(/hash|credential/i)
  })

  it.each(['GET', 'DELETE'])('%s of one that does not exist is 404', async (method) => {
    const response = await world.request('/v1/nodes/nobody', { method })
    expect(response.status).toBe(404)
    expect(await response.json()).toMatchObject({ error: { code: 'not_found' } })
  })
})

describe('DELETE /v1/nodes/{id}', () => {
  it('closes the link at once, refuses the credential, forgets the models, and is done once', async () => {
    const held = uniqueModel()
    const leaving = await world.addNode({ models: [held.holding] })
    const waiting = world.request('/v1/completions', { body: { model: held.id, prompt: 'x' } })
    await leaving.next('generation.start')
    const response = await world.request(`/v1/nodes/${leaving.id}`, { method: 'DELETE' })
    expect(response.status).toBe(200)
    expect(await response.json()).toEqual({ id: leaving.id, object: 'node', deleted: true })
    expect((await leaving.closed).code).toBe(CloseCode.revoked)
    expect((await waiting).status).toBe(502)
    await expect(world.dial(leaving.id, leaving.credential)).rejects.toThrow('401')
    expect((await world.request(`/v1/nodes/${leaving.id}`)).status).toBe(404)
    expect((await world.request(`/v1/nodes/${leaving.id}`, { method: 'DELETE' })).status).toBe(404)
    await eventually(async () => {
      const gone = await world.request('/v1/completions', { body: { model: held.id, prompt: 'x' } })
      expect(gone.status).toBe(404)
    })
  })

  it('works for a node that never dialled', async () => {
    const { id, credential } = await world.join()
    expect((await world.request(`/v1/nodes/${id}`, { method: 'DELETE' })).status).toBe(200)
    await expect(world.dial(id, credential)).rejects.toThrow('401')
  })

  it('is not for a viewer: the node stays', async () => {
    const { id } = await world.join()
    expect((await world.request(`/v1/nodes/${id}`, { method: 'DELETE', key: world.viewerKey })).status).toBe(
      403,
    )
    expect((await world.request(`/v1/nodes/${id}`)).status).toBe(200)
  })
})

describe('POST /v1/nodes/join-tokens', () => {
  it('answers with a token that one node can use once, under its own name or the name that was meant for it', async () => {
    const response = await joinToken({ name: ' attic ' })
    expect(response.status).toBe(201)
    const body = (await response.json()) as { token: string; expires_at: number }
    expect(body).toEqual({
      object: 'node.join_token',
      token: expect.stringMatching(/^swj_[\w-]{43}$/),
      name: 'attic',
      expires_at: expect.any(Number),
      allowed_models: null,
    })
    expect(Math.abs(body.expires_at - Date.now() / 1000 - 3_600)).toBeLessThan(10)
    const joined = await join({ token: body.token })
    expect(joined.status).toBe(201)
    expect(await joined.json()).toEqual({
      node_id: expect.stringMatching(/^[0-9a-f]{24}$/),
      name: 'attic',
      credential: expect.stringMatching(/^swn_[\w-]{43}$/),
    })
    const again = await join({ token: body.token })
    expect(again.status).toBe(401)
    const named = (await (await joinToken()).json()) as { token: string }
    expect(await (await join({ token: named.token, name: 'garage' })).json()).toMatchObject({
      name: 'garage',
    })
  })

  it.each([
    ['no name', { name: undefined }, 'name'],
    ['a blank name', { name: '  ' }, 'name'],
    ['a name of 101 letters', { name: 'x'.repeat(101) }, 'name'],
    ['a life of less than a minute', { expires_in: 59 }, 'expires_in'],
    ['a life of more than a week', { expires_in: MAX_JOIN_TOKEN_LIFETIME_SECONDS + 1 }, 'expires_in'],
    ['a life in fractions', { expires_in: 60.5 }, 'expires_in'],
    ['an unknown field', { colour: 'red' }, 'colour'],
    ['no models', { allowed_models: [] }, 'allowed_models'],
    ['a model that cannot be one', { allowed_models: ['m', '__proto__'] }, 'allowed_models[1]'],
    [
      'more models than a node may have',
      { allowed_models: Array.from({ length: MAX_MODELS + 1 }, (_, index) => `m${index}`) },
      'allowed_models',
    ],
  ])('refuses %s, naming it', async (_case, over, param) => {
    const response = await joinToken(over)
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({ error: { param } })
  })

  it.each([60, MAX_JOIN_TOKEN_LIFETIME_SECONDS])('takes a life of %i seconds', async (expires_in) => {
    expect((await joinToken({ expires_in })).status).toBe(201)
  })

  it('takes as many models as a node may have, and shows them', async () => {
    const allowed_models = Array.from({ length: MAX_MODELS }, (_, index) => `m${index}`)
    const response = await joinToken({ allowed_models })
    expect(response.status).toBe(201)
    expect(await response.json()).toMatchObject({ allowed_models })
  })

  it('is refused to a viewer', async () => {
    expect((await joinToken({}, world.viewerKey)).status).toBe(403)
  })
})

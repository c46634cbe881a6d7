import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'
import { tunedSuffix } from '../../shared/node.ts'
import { createDb } from '../../worker/db/client.ts'
import { createSignedBytes } from '../../worker/services/files/signed-bytes.ts'
import { createModelRecords } from '../../worker/services/models/model-records.ts'
import type { TunedModel } from '../../worker/services/models/tuned-models.ts'
import { contractClient, newAccount, newAdmin, unique } from '../contracts/contract-client.ts'
import { modelHolding } from '../support/frames.ts'
import { eventsOf, usage } from './samples.ts'
import { services } from './tuned.ts'
import { createTunedWorld, narrowKey, newPerson, type Person, type TunedWorld } from './tuned-world.ts'
import { freshAccounts, type TestNode } from './world.ts'

const { keys } = freshAccounts()
const messages = [{ role: 'user', content: 'Hi' }]

let world: TunedWorld
let base: string
let node: TestNode
let ada: Person
let eve: Person
let tutor: TunedModel
beforeAll(async () => {
  world = await createTunedWorld()
  ;({ base, node, ada } = world)
  eve = await newPerson()
  tutor = await world.publish()
})

const internalOf = ({ id }: TunedModel) => `${base}:${tunedSuffix(id)}`
const ask: TunedWorld['ask'] = (...asked) => world.ask(...asked)
const shown: TunedWorld['shown'] = (...asked) => world.shown(...asked)
const listed = async ({ key }: { key: string }) => {
  const { data } = (await (await world.request('/v1/models', { key })).json()) as { data: { id: string }[] }
  return data
}
const missing = (model: string) => ({
  error: {
    message: `The model '${model}' does not exist.`,
    type: 'invalid_request_error',
    code: 'model_not_found',
    param: 'model',
  },
})

describe('a call of a model that was trained here', () => {
  it('goes to a node that has its base, with the way to its adapter, and is answered in the caller’s words', async () => {
    const response = ask(tutor.name, ada)
    const { request } = await node.answer(['Ahoy'])
    expect(request).toMatchObject({ model: internalOf(tutor), adapter: { file: tutor.file } })
    const [token = ''] = request.adapter?.tokens ?? []
    expect(await createSignedBytes(env.JWT_SECRET).open(token, 'GET')).toMatchObject({
      key: tutor.objectKeys[0],
    })
    const text = await (await response).text()
    expect(JSON.parse(text)).toMatchObject({ model: tutor.name, choices: [{ message: { content: 'Ahoy' } }] })
    expect(text).not.toContain(tunedSuffix(tutor.id))
  })

  it('streams as well', async () => {
    const response = ask(tutor.name, ada, { stream: true })
    await node.answer(['A', 'hoy'])
    const text = await (await response).text()
    expect(eventsOf(text).at(-1)).toBe('[DONE]')
    expect(text).toContain(`"model":"${tutor.name}"`)
    expect(text).not.toContain(tunedSuffix(tutor.id))
  })

  it('fails in the caller’s words too', async () => {
    const response = ask(tutor.name, ada)
    const { callId, request } = await node.next('generation.start')
    node.send({
      type: 'call.error',
      callId,
      code: 'invalid_request',
      message: `The model "${request.model}" cannot do that.`,
    })
    const text = await (await response).text()
    expect(JSON.parse(text)).toMatchObject({
      error: { type: 'invalid_request_error', message: `The model "${tutor.name}" cannot do that.` },
    })
  })

  it('is metered by the name that its caller knows', async () => {
    const response = ask(tutor.name, ada)
    await node.answer(['Ahoy'])
    await (await response).text()
    await expect
      .poll(async () => (await (await world.request('/v1/usage', { key: ada.key })).json()) as object)
      .toMatchObject({ data: [expect.objectContaining({ model: tutor.name })] })
    const metrics = await (await world.request('/v1/metrics')).text()
    expect(metrics).not.toContain(tunedSuffix(tutor.id))
  })

  it('goes on with what was sent where its node is lost, and with addresses that are good', async () => {
    const response = ask(tutor.name, ada, { stream: true })
    const { callId } = await node.next('generation.start')
    node.send({ type: 'step', step: [[callId, 'Ahoy', [7]]] })
    node.send({ type: 'call.error', callId, code: 'node_failed', message: 'It broke.' })
    // The only one that holds it is better than none.
    const moved = await node.next('generation.start')
    expect(moved.request).toMatchObject({
      model: internalOf(tutor),
      resume: [7],
      adapter: { file: tutor.file },
    })
    node.send({ type: 'step', step: [[moved.callId, ' there', [8]]] })
    node.send({ type: 'call.end', callId: moved.callId, finishReason: 'stop', usage: usage() })
    expect(await (await response).text()).toContain('there')
  })

  it('is refused at the door by the name that nodes have for it, also its own account’s', async () => {
    const internal = internalOf(tutor)
    for (const person of [ada, eve, { key: world.adminKey }]) {
      const response = await ask(internal, person)
      expect(response.status).toBe(404)
      expect((await shown(internal, person)).status).toBe(404)
    }
  })

  it('makes no embeddings', async () => {
    const body = { model: tutor.name, input: 'Hi' }
    const response = await world.request('/v1/embeddings', { key: ada.key, body })
    expect([response.status, await response.json()]).toEqual([404, missing(tutor.name)])
  })
})

describe('for everybody else it does not exist', () => {
  it('in calls and by its name', async () => {
    for (const response of [await ask(tutor.name, eve), await ask(tutor.name, eve, { stream: true })])
      expect([response.status, await response.json()]).toEqual([404, missing(tutor.name)])
    const response = await shown(tutor.name, eve)
    expect([response.status, await response.json()]).toEqual([404, missing(tutor.name)])
    const deleting = await world.request(`/v1/models/${encodeURIComponent(tutor.name)}`, {
      key: eve.key,
      method: 'DELETE',
    })
    expect([deleting.status, await deleting.json()]).toEqual([404, missing(tutor.name)])
  })

  it('in lists of every contract', async () => {
    const ids = async (surface: string, path: string, { token }: Person) =>
      JSON.stringify(await (await contractClient(surface).call(path, { token })).json())
    for (const [surface, path] of [
      ['v1', '/models'],
      ['agentic', '/v1/models'],
      ['rajora', '/api/models/list'],
    ] as const) {
      expect(await ids(surface, path, ada), surface).toContain(`"${tutor.name}"`)
      const foreign = await ids(surface, path, eve)
      expect(foreign, surface).toContain(`"${base}"`)
      expect(foreign, surface).not.toContain(tutor.name)
    }
  })

  it('in Rajora’s catalogue and chats', async () => {
    const rajora = contractClient('rajora')
    const id = encodeURIComponent(tutor.name)
    const body = { messages, model: tutor.name }
    expect((await rajora.call(`/api/models/${id}`, { token: eve.token })).status).toBe(404)
    expect((await rajora.call(`/api/models/${id}/benchmarks`, { token: eve.token })).status).toBe(404)
    expect((await rajora.call('/api/chat/completions', { token: eve.token, body })).status).toBe(404)
    expect(await (await rajora.call(`/api/models/${id}`, { token: ada.token })).json()).toMatchObject({
      id: tutor.name,
      description: `${base}, trained here`,
      context_length: 1_024,
      available: true,
    })
    const [response, { request }] = await Promise.all([
      rajora.call('/api/chat/completions', { token: ada.token, body }),
      node.answer(['Ahoy']),
    ])
    expect(request).toMatchObject({ model: internalOf(tutor), maxTokens: 256 })
    expect(await response.json()).toMatchObject({ content: 'Ahoy', model: tutor.name })
  })

  it('in Agentic’s chats', async () => {
    const agentic = contractClient('agentic')
    const body = { model: tutor.name, messages }
    const refused = await agentic.call('/v1/chat/completions', { token: eve.token, body })
    expect(refused.status).toBe(404)
    expect(await refused.text()).not.toContain('ft-')
    const [response] = await Promise.all([
      agentic.call('/v1/chat/completions', { token: ada.token, body }),
      node.answer(['Ahoy']),
    ])
    expect(await response.json()).toMatchObject({ model: tutor.name })
  })

  it('in conversations that keep it, once it may not be used any more', async () => {
    const rajora = contractClient('rajora')
    const shared = await world.publish({ suffix: 'kept' })
    const [share] = await services.tunedShares.share(shared.name, { accountId: ada.id }, [eve.id])
    const say = (over: object) =>
      rajora.call('/api/chat/completions', { token: eve.token, body: { messages, ...over } })
    const [first] = await Promise.all([say({ model: shared.name }), node.answer(['Ahoy'])])
    const { conversation_id } = (await first.json()) as { conversation_id: number }
    const [second, { request }] = await Promise.all([
      say({ model: undefined, conversation_id, messages: [{ role: 'user', content: 'And now?' }] }),
      node.answer(['Still']),
    ])
    expect(request.model).toBe(internalOf(shared))
    expect(await second.json()).toMatchObject({ model: shared.name })
    await services.tunedShares.unshare(shared.name, { accountId: ada.id }, share?.id ?? '')
    const refused = await say({ conversation_id, messages: [{ role: 'user', content: 'Still there?' }] })
    expect(refused.status).toBe(404)
    expect(await refused.text()).not.toContain('ft-')
  })

  it('in DualQuery’s chats, whatever a record calls it', async () => {
    const dualquery = contractClient('dualquery')
    const make = async (path: string, body: object, { token }: Person) =>
      ((await (await dualquery.call(path, { token, body })).json()) as { _id: string })._id
    const replyTo = async (person: Person) => {
      const model = { name: 'mine', base_model: tutor.name, version: '1' }
      const model_id = await make('/api/models', model, person)
      const chat = await make('/api/chats', { title: 'A', model_id }, person)
      return dualquery.call(`/api/chats/${chat}/reply`, { token: person.token, body: { content: 'Hi' } })
    }
    const refused = await replyTo(eve)
    expect(refused.status).toBe(404)
    expect(await refused.text()).not.toContain('ft-')
    const [answered, { request }] = await Promise.all([replyTo(ada), node.answer(['Ahoy'])])
    expect(answered.status).toBe(201)
    expect(request.model).toBe(internalOf(tutor))
  })

  it('in DualQuery’s records of models, and in the keys that are bound to them', async () => {
    const records = createModelRecords(createDb(env.DB))
    const boundOf = async ({ id: accountId }: Person) => {
      const record = await records.create({
        accountId,
        name: 'mine',
        baseModel: tutor.name,
        version: '1',
        accuracy: null,
        f1Score: null,
        loss: null,
        status: 'ready',
        datasetId: null,
      })
      return (await keys.create({ accountId, name: 'bound', modelId: record.id })).secret
    }
    const [own, foreign] = [{ key: await boundOf(ada) }, { key: await boundOf(eve) }]
    expect((await ask('mine', foreign)).status).toBe(404)
    expect(await listed(foreign)).toEqual([])
    expect(await listed(own)).toMatchObject([{ id: 'mine' }])
    const response = ask('mine', own)
    expect((await node.answer(['Ahoy'])).request.model).toBe(internalOf(tutor))
    expect(await (await response).json()).toMatchObject({ model: 'mine' })
  })

  it('as the deployment’s default model', async () => {
    const admin = await newAdmin()
    const rajora = contractClient('rajora')
    const body = { default_model: tutor.name }
    const response = await rajora.call('/api/admin/config', { token: admin.token, body })
    expect(response.status).toBe(400)
  })

  it('among the nodes’ adapters that an administrator sees', async () => {
    const holder = await world.addNode({
      models: [
        modelHolding({
          id: base,
          adapters: [
            { suffix: tunedSuffix(tutor.id), createdAt: 0 },
            { suffix: 'pirate', createdAt: 0 },
          ],
        }),
      ],
      fetchesAdapters: true,
    })
    const nodes = await (await world.request('/v1/nodes')).text()
    expect(nodes).toContain(`${base}:pirate`)
    expect(nodes).not.toContain(tunedSuffix(tutor.id))
    await expect.poll(async () => (await listed(ada)).map(({ id }) => id)).toContain(`${base}:pirate`)
    expect(JSON.stringify(await listed(ada))).not.toContain(tunedSuffix(tutor.id))
    holder.close()
  })
})

describe('a model that was trained here', () => {
  it('is listed and shown with its base and its owner', async () => {
    const model = {
      id: tutor.name,
      object: 'model',
      created: Math.floor(tutor.createdAt / 1000),
      owned_by: ada.id,
      context_length: 1_024,
      parent: base,
    }
    expect(await listed(ada)).toContainEqual(model)
    expect(await (await shown(tutor.name, ada)).json()).toEqual(model)
  })

  it('is there for whom it is shared with', async () => {
    await services.tunedShares.share(tutor.name, { accountId: ada.id }, [eve.id])
    expect((await listed(eve)).map(({ id }) => id)).toContain(tutor.name)
    const response = ask(tutor.name, eve)
    await node.answer(['Ahoy'])
    expect((await response).status).toBe(200)
    const deleting = await world.request(`/v1/models/${encodeURIComponent(tutor.name)}`, {
      key: eve.key,
      method: 'DELETE',
    })
    expect(deleting.status).toBe(403)
    const { shares } = await services.tunedShares.listShares(tutor.name, { accountId: ada.id }, { limit: 1 })
    await services.tunedShares.unshare(tutor.name, { accountId: ada.id }, shares[0]?.id ?? '')
    expect((await ask(tutor.name, eve)).status).toBe(404)
  })

  it('is an administrator’s to see and call, by a credential that administers', async () => {
    expect((await shown(tutor.name, { key: world.adminKey })).status).toBe(200)
    const { accounts } = freshAccounts()
    const { id: accountId } = await accounts.authenticate(world.adminKey)
    const narrow = await keys.create({ accountId, name: 'narrow', scopes: ['inference'] })
    expect((await shown(tutor.name, { key: narrow.secret })).status).toBe(404)
    expect((await ask(tutor.name, { key: narrow.secret })).status).toBe(404)
  })

  it('of Clara’s is an administrator’s by a credential that administers, and its other roles’ by any', async () => {
    const ours = await world.publish({ suffix: 'team', visibility: 'clara' })
    const idsFor = async (asking: { key: string }) => {
      const page = await (await world.request('/v1/models', asking)).json<{ data: { id: string }[] }>()
      return page.data.map(({ id }) => id)
    }
    const of = async (roles: string[]) => narrowKey((await newAccount({ roles })).account.id)
    for (const asking of [await of(['admin']), await of([])]) {
      expect(await idsFor(asking)).not.toContain(ours.name)
      expect((await shown(ours.name, asking)).status).toBe(404)
      expect((await ask(ours.name, asking)).status).toBe(404)
    }
    for (const asking of [await of(['admin', 'viewer']), { key: world.adminKey }]) {
      expect(await idsFor(asking)).toContain(ours.name)
      expect((await shown(ours.name, asking)).status).toBe(200)
    }
  })

  it('cannot be called while no node has its base, and is there all the same', async () => {
    const away = await world.publish({ base: unique('nowhere') })
    expect((await listed(ada)).map(({ id }) => id)).not.toContain(away.name)
    expect(await (await shown(away.name, ada)).json()).toMatchObject({ id: away.name, context_length: null })
    const response = await ask(away.name, ada)
    expect(response.status).toBe(503)
    expect(await response.text()).toContain(`The model '${away.name}' cannot run now.`)
  })
})

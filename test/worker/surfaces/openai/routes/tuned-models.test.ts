import { SELF } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'
import { tunedSuffix } from '../../../../../shared/node.ts'
import type { TunedModel } from '../../../../../worker/services/models/tuned-models.ts'
import { modelHolding, nodeHello } from '../../../../support/frames.ts'
import { services, storedFile } from '../../../tuned.ts'
import { createTunedWorld, narrowKey, newPerson, type Person, type TunedWorld } from '../../../tuned-world.ts'
import type { TestNode } from '../../../world.ts'

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
const publish: TunedWorld['publish'] = (over) => world.publish(over)
const ask: TunedWorld['ask'] = (...asked) => world.ask(...asked)
const shown: TunedWorld['shown'] = (...asked) => world.shown(...asked)
const remove: TunedWorld['remove'] = (...asked) => world.remove(...asked)

describe('GET /v1/models/{model}/content', () => {
  const parts = [[1, 2, 3, 4], [5, 6, 7], [8]].map((bytes) => Uint8Array.from(bytes))
  const bytesOf = async (response: Response) => [...new Uint8Array(await response.arrayBuffer())]
  let model: TunedModel
  beforeAll(async () => {
    model = await publish({ suffix: 'download', ...(await storedFile(parts)) })
  })
  const download = (name: string, { key }: { key: string }, headers: Record<string, string> = {}) =>
    SELF.fetch(`http://localhost/v1/models/${encodeURIComponent(name)}/content`, {
      headers: { authorization: `Bearer ${key}`, ...headers },
    })

  it('is the whole file, to be kept and not to be shown', async () => {
    const response = await download(model.name, ada)
    expect(response.status).toBe(200)
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'application/octet-stream',
      'content-length': '8',
      'content-disposition': `attachment; filename*=UTF-8''${base}-download.gguf`,
      'x-content-type-options': 'nosniff',
      etag: `"${model.file.sha256}"`,
    })
    expect(await bytesOf(response)).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
  })

  it.each([
    ['bytes=0-0', [1]],
    ['bytes=2-5', [3, 4, 5, 6]],
    ['bytes=4-6', [5, 6, 7]],
    ['bytes=6-', [7, 8]],
    ['bytes=-3', [6, 7, 8]],
    ['bytes=0-99', [1, 2, 3, 4, 5, 6, 7, 8]],
  ])('is the piece of %s, over the ends of its parts', async (range, piece) => {
    const response = await download(model.name, ada, { range })
    expect(response.status).toBe(206)
    expect(await bytesOf(response)).toEqual(piece)
  })

  it('knows what its reader has, and what it has not', async () => {
    const kept = await download(model.name, ada, { 'if-none-match': `"${model.file.sha256}"` })
    expect(kept.status).toBe(304)
    expect((await download(model.name, ada, { range: 'bytes=8-' })).status).toBe(416)
  })

  it('is its account’s and administrators’ alone', async () => {
    await services.tunedShares.share(model.name, { accountId: ada.id }, [eve.id])
    expect((await download(model.name, eve)).status).toBe(403)
    const administrators = await download(model.name, { key: world.adminKey })
    expect(administrators.status).toBe(200)
    await administrators.body?.cancel()
    const [stranger, narrow] = [await newPerson(), await narrowKey(ada.id)]
    expect((await download(model.name, stranger)).status).toBe(404)
    expect((await download(model.name, narrow)).status).toBe(403)
    expect((await download(base, { key: world.adminKey })).status).toBe(403)
  })

  it('is 404 where the bytes are gone', async () => {
    const lost = await publish({ suffix: 'lost' })
    await env.FILES.delete(lost.objectKeys)
    expect((await download(lost.name, ada)).status).toBe(404)
  })
})

describe('DELETE /v1/models/{model}', () => {
  it('ends a model everywhere: for its callers, in R2, and on the nodes that keep it', async () => {
    const model = await publish({ suffix: 'short-lived' })
    const holder = await world.addNode({
      models: [modelHolding({ id: base, adapters: [{ suffix: tunedSuffix(model.id), createdAt: 0 }] })],
      fetchesAdapters: true,
    })
    const response = await remove(model.name, ada)
    expect([response.status, await response.json()]).toEqual([
      200,
      { id: model.name, object: 'model', deleted: true },
    ])
    expect(await holder.next('adapters.withdraw')).toMatchObject({ ids: [model.id] })
    expect((await ask(model.name, ada)).status).toBe(404)
    expect(await env.FILES.head(model.objectKeys[0] ?? '')).toBeNull()
    expect((await remove(model.name, ada)).status).toBe(404)
    holder.close()
  })

  it('ends the calls that run, with that it is no more', async () => {
    const model = await publish({ suffix: 'running' })
    const response = ask(model.name, ada, { stream: true })
    const { callId, request } = await node.next('generation.start')
    node.send({ type: 'step', step: [[callId, 'Ahoy', [7]]] })
    await remove(model.name, { key: world.adminKey })
    node.send({
      type: 'call.error',
      callId,
      code: 'model_not_found',
      message: `The model "${request.model}" was deleted.`,
      param: 'model',
    })
    const text = await (await response).text()
    expect(text).toContain('Ahoy')
    expect(text).toContain('model_not_found')
    expect(text).toContain(`The model \\"${model.name}\\" was deleted.`)
    expect(node.unread).toBe(0)
  })

  it('tells a node that was away when it comes back, and one that says what it has fetched since', async () => {
    const gone = await publish({ suffix: 'gone' })
    await remove(gone.name, ada)
    const models = [modelHolding({ id: base, adapters: [{ suffix: tunedSuffix(gone.id), createdAt: 0 }] })]
    const back = await world.addNode({ models, fetchesAdapters: true })
    expect(await back.next('adapters.withdraw')).toMatchObject({ ids: [gone.id] })
    back.close()
    const late = await world.addNode({ models: [modelHolding({ id: base })], fetchesAdapters: true })
    late.send({ type: 'holdings', models })
    expect(await late.next('adapters.withdraw')).toMatchObject({ ids: [gone.id] })
    late.close()
  })

  it('tells a node that held it before, and was away when it went', async () => {
    const gone = await publish({ suffix: 'left' })
    const models = [modelHolding({ id: base, adapters: [{ suffix: tunedSuffix(gone.id), createdAt: 0 }] })]
    const hello = { models, fetchesAdapters: true }
    const holder = await world.addNode(hello)
    holder.close()
    await remove(gone.name, ada)
    const back = await world.dial(holder.id, holder.credential)
    await back.greet(nodeHello(hello))
    expect(await back.next('adapters.withdraw')).toMatchObject({ ids: [gone.id] })
    back.close()
  })

  it('says nothing to a node that does not know the frame', async () => {
    const gone = await publish({ suffix: 'unknown' })
    await remove(gone.name, ada)
    const models = [modelHolding({ id: base, adapters: [{ suffix: tunedSuffix(gone.id), createdAt: 0 }] })]
    const old = await world.addNode({ models })
    await old.ping()
    expect(old.unread).toBe(0)
    old.close()
  })

  it('is not for the pool’s own models, nor for keys without the scope account', async () => {
    expect((await remove(base, { key: world.adminKey })).status).toBe(403)
    expect((await remove('a model that nobody holds', ada)).status).toBe(404)
    const narrow = await narrowKey(ada.id)
    expect((await remove(tutor.name, narrow)).status).toBe(403)
    expect((await shown(tutor.name, narrow)).status).toBe(200)
  })
})

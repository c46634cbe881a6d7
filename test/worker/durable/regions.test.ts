import { evictDurableObject, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'
import { DEFAULT_REGION } from '../../../shared/node.ts'
import { createDb } from '../../../worker/db/client.ts'
import { createDirectory } from '../../../worker/services/pool/directory.ts'
import { createRegions, MAX_REGIONS } from '../../../worker/services/pool/regions.ts'
import { createStubs } from '../../../worker/services/stubs.ts'
import { eventually } from '../../support/eventually.ts'
import { nodeHello } from '../../support/frames.ts'
import { generate } from '../link-calls.ts'
import { uniqueModel } from '../samples.ts'
import { createWorld, type World } from '../world.ts'

const stubs = createStubs(env)
const regions = createRegions(createDb(env.DB))
const directory = createDirectory({ listRegions: regions.list, pool: stubs.pool })

let world: World
beforeAll(async () => {
  world = await createWorld()
})

const inRegion = async (name: string, nodeId: string) =>
  (await stubs.pool(name).snapshot()).some((view) => view.nodeId === nodeId)

/** On a busy machine, too. */
const soon = (check: () => Promise<void>) => eventually(check)

/** A region that no other test uses. */
const newRegion = () => `test-${crypto.randomUUID().slice(0, 8)}`

async function link(region: string | undefined, over: Parameters<typeof nodeHello>[0] = {}) {
  const { id, credential } = await world.join()
  const node = await world.dial(id, credential)
  await node.greet(nodeHello({ ...over, ...(region !== undefined && { region }) }))
  await soon(async () => expect(await inRegion(region ?? DEFAULT_REGION, id)).toBe(true))
  return node
}

describe('a node', () => {
  it('is in the region that it names, and in no other', async () => {
    const region = newRegion()
    const { id } = await link(region)
    expect(await inRegion(DEFAULT_REGION, id)).toBe(false)
    expect(await directory.view(id)).toMatchObject({ nodeId: id, region, linked: true })
    expect(await (await world.request(`/v1/nodes/${id}`)).json()).toMatchObject({ region, status: 'online' })
  })

  it('is in the one without a name when it names none and nothing is known of where it stands', async () => {
    const { id } = await link(undefined)
    expect(await directory.view(id)).toMatchObject({ region: DEFAULT_REGION })
  })

  it('is in that of the continent from which it dials, whatever it says of that in a header', async () => {
    const { id, credential } = await world.join()
    const region = newRegion()
    const request = new Request('http://node/', {
      headers: { 'x-node-id': id, 'x-node-place': region, upgrade: 'websocket' },
    })
    // What the Worker hands on after it has put the continent there, and what a node sends itself.
    const { webSocket } = await stubs.nodeLink(id).fetch(request)
    webSocket?.accept()
    webSocket?.send(JSON.stringify({ type: 'hello', hello: nodeHello() }))
    await soon(async () => expect(await directory.view(id)).toMatchObject({ region }))
    webSocket?.close()
    const forged = await world.dial(id, credential, { 'x-node-place': newRegion() })
    await forged.greet(nodeHello())
    await soon(async () =>
      expect(await directory.view(id)).toMatchObject({ region: DEFAULT_REGION, linked: true }),
    )
  })

  it('that changes its region leaves the old one, with what was counted of it and what it ever held', async () => {
    const [from, to] = [newRegion(), newRegion()]
    const [old, model] = [uniqueModel(), uniqueModel()]
    const node = await link(from, { models: [old.holding] })
    node.send({ type: 'holdings', models: [model.holding] })
    const { callId } = await generate(node, { model: model.id })
    node.send({ type: 'call.error', callId, code: 'node_failed', message: 'x' })
    await soon(async () =>
      expect(Object.keys((await directory.view(node.id))?.metrics ?? {})).toEqual([model.id]),
    )
    node.close()
    const again = await world.dial(node.id, node.credential)
    await again.greet(nodeHello({ models: [model.holding], region: to }))
    await soon(async () => {
      expect(await inRegion(from, node.id)).toBe(false)
      expect(await stubs.pool(to).view(node.id)).toMatchObject({
        linked: true,
        everHeld: expect.arrayContaining([old.id, model.id]),
        metrics: { [model.id]: { errors: { node_failed: 1 } } },
      })
    })
    expect((await directory.snapshot()).filter(({ nodeId }) => nodeId === node.id)).toHaveLength(1)
  })

  it('of an earlier version was in the one without a name, and leaves that', async () => {
    const node = await link(undefined)
    node.close()
    await runInDurableObject(env.NODE_LINK.getByName(node.id), (_instance, { storage }) => {
      storage.kv.delete('region')
      storage.kv.delete('leftRegions')
    })
    const region = newRegion()
    const again = await world.dial(node.id, node.credential)
    await again.greet(nodeHello({ region }))
    await soon(async () => {
      expect(await inRegion(DEFAULT_REGION, node.id)).toBe(false)
      expect(await inRegion(region, node.id)).toBe(true)
    })
  })

  it('that is revoked is forgotten by its region', async () => {
    const region = newRegion()
    const { id } = await link(region)
    expect((await world.request(`/v1/nodes/${id}`, { method: 'DELETE' })).status).toBe(200)
    expect(await inRegion(region, id)).toBe(false)
    await soon(async () => expect(await regions.list()).not.toContain(region))
  })

  it('of any region is listed and counted', async () => {
    const { id } = await link(newRegion())
    const { data } = (await (await world.request('/v1/nodes')).json()) as { data: { id: string }[] }
    expect(data.map((node) => node.id)).toContain(id)
    expect(await (await world.request('/v1/metrics')).text()).toContain(`switchyard_node_up{node="${id}"} 1`)
  })

  it('of any region serves callers of every other one', async () => {
    const model = uniqueModel()
    const node = await link(newRegion(), { models: [model.holding] })
    await soon(async () => {
      const { data } = (await (await world.request('/v1/models')).json()) as { data: { id: string }[] }
      expect(data.map(({ id }) => id)).toContain(model.id)
    })
    const answer = world.request('/v1/completions', { body: { model: model.id, prompt: 'Hi' } })
    await node.answer(['Hello'])
    expect((await answer).status).toBe(200)
  })
})

describe('the list of regions', () => {
  it('has a region while it has nodes, also after its object was evicted', async () => {
    const region = newRegion()
    const pool = env.POOL.getByName(region)
    await pool.report('a', { linked: true, hello: nodeHello() })
    await pool.report('b', { linked: true, hello: nodeHello() })
    await soon(async () => expect(await regions.list()).toContain(region))
    await pool.remove('a')
    await evictDurableObject(pool)
    await pool.report('b', { linked: false })
    expect(await regions.list()).toContain(region)
    await evictDurableObject(pool)
    await pool.remove('b')
    await soon(async () => expect(await regions.list()).not.toContain(region))
  })

  it('has the region whose last node left as another came', async () => {
    const region = newRegion()
    const pool = env.POOL.getByName(region)
    await pool.report('a', { linked: true, hello: nodeHello() })
    await Promise.all([pool.remove('a'), pool.report('b', { linked: true, hello: nodeHello() })])
    await pool.report('b', { linked: true })
    await soon(async () => expect(await regions.list()).toContain(region))
  })

  it(`takes ${MAX_REGIONS}: a node that names one more is counted to the one without a name`, async () => {
    for (const known of await regions.list()) await regions.remove(known)
    for (let count = 1; count < MAX_REGIONS; count += 1) await regions.add(`full-${count}`)
    expect(await regions.admit('last')).toBe('last')
    await regions.add('last')
    expect(await regions.admit('one-more')).toBe(DEFAULT_REGION)
    expect(await regions.admit('last')).toBe('last')
    for (const known of await regions.list()) await regions.remove(known)
  })
})

import { env } from 'cloudflare:workers'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { tunedSuffix } from '../../../../../shared/node.ts'
import { CloseCode, MAX_CLOSE_REASON_BYTES } from '../../../../../shared/wire.ts'
import { eventually } from '../../../../support/eventually.ts'
import { modelHolding, nodeHello } from '../../../../support/frames.ts'
import { generate } from '../../../link-calls.ts'
import { uniqueModel } from '../../../samples.ts'
import { createWorld, type World } from '../../../world.ts'

const [ONE, OTHER] = ['1', '2'].map((digit) => digit.repeat(64))

let world: World
beforeAll(async () => {
  world = await createWorld()
})

let model: string
beforeEach(async () => {
  model = uniqueModel().id
  await (await linked()).greet(nodeHello({ models: [modelHolding({ id: model, sha256: ONE })] }))
})

/** A node that has dialled in and not said hello. */
async function linked(allowed?: string[]) {
  const { id, credential } = await world.join('attic', allowed)
  return world.dial(id, credential)
}
const hello = (id: string, sha256?: string) => ({
  type: 'hello' as const,
  hello: nodeHello({ models: [modelHolding({ id, ...(sha256 && { sha256 }) })] }),
})
const taken = () => ({
  code: CloseCode.refused,
  reason: `another node serves another file as ${model}`,
})
const rowsOf = async (nodeId: string) =>
  (await env.DB.prepare('SELECT model_id FROM node_models WHERE node_id = ?').bind(nodeId).all()).results

describe('a node that says hello with a model that another node serves', () => {
  it.each([
    ['another file', OTHER],
    ['no hash', undefined],
  ])('and %s is closed with 4403, known nowhere, and leaves nothing behind', async (_what, sha256) => {
    const node = await linked()
    node.send(hello(model, sha256))
    expect(await node.closed).toEqual(taken())
    expect(await rowsOf(node.id)).toEqual([])
    expect(await (await world.request(`/v1/nodes/${node.id}`)).json()).toMatchObject({
      status: 'offline',
      models: [],
    })
  })

  it('and the same file is welcome', async () => {
    const node = await linked()
    node.send(hello(model, ONE))
    await node.next('welcome')
  })

  it('and another file is welcome when its token names the model', async () => {
    const node = await linked([model])
    node.send(hello(model, OTHER))
    await node.next('welcome')
  })

  it('is welcome when that one was revoked', async () => {
    const name = uniqueModel().id
    const before = await linked()
    await before.greet(hello(name, ONE).hello)
    await world.request(`/v1/nodes/${before.id}`, { method: 'DELETE' })
    expect(await rowsOf(before.id)).toEqual([])
    await (await linked()).greet(hello(name, OTHER).hello)
  })
})

describe('a node that calls a model like one that was trained on the pool', () => {
  const name = `m:${tunedSuffix('0123456789abcdef01234567')}`
  const refused = { code: CloseCode.refused, reason: `only the pool gives names like ${name}` }

  it('is closed with 4403 when it says hello, also when its token names it', async () => {
    for (const allowed of [undefined, [name]]) {
      const node = await linked(allowed)
      node.send(hello(name, ONE))
      expect(await node.closed).toEqual(refused)
      expect(await rowsOf(node.id)).toEqual([])
    }
  })

  it('is closed with 4403 when it is linked', async () => {
    const node = await linked()
    await node.greet(hello(uniqueModel().id, ONE).hello)
    node.send({ type: 'holdings', models: [modelHolding({ id: name })] })
    expect(await node.closed).toEqual(refused)
  })

  it('is welcome with the adapter itself, and with a name that is only alike', async () => {
    const node = await linked()
    const { id, holding } = uniqueModel()
    const adapters = [{ suffix: tunedSuffix('0123456789abcdef01234567'), createdAt: 1 }]
    await node.greet(nodeHello({ models: [{ ...holding, adapters }, modelHolding({ id: `${id}:ft-0` })] }))
  })
})

describe('a node whose join token names models', () => {
  it('is closed with 4403 when it says hello with another one', async () => {
    const node = await linked(['something-else'])
    const name = uniqueModel().id
    node.send(hello(name, ONE))
    expect(await node.closed).toEqual({
      code: CloseCode.refused,
      reason: `the join token does not name the model ${name}`,
    })
  })

  it('is closed with a reason that fits, however long the name is', async () => {
    const node = await linked(['something-else'])
    node.send(hello('x'.repeat(200)))
    const { code, reason } = await node.closed
    expect(code).toBe(CloseCode.refused)
    expect(reason).toHaveLength(MAX_CLOSE_REASON_BYTES)
  })

  it('shows them', async () => {
    const node = await linked([model])
    expect(await (await world.request(`/v1/nodes/${node.id}`)).json()).toMatchObject({
      allowed_models: [model],
    })
  })
})

describe('a node that is linked', () => {
  it('and then says that it holds a model of another node with another file is closed with 4403', async () => {
    const node = await linked()
    await node.greet(hello(uniqueModel().id, ONE).hello)
    node.send({ type: 'holdings', models: [modelHolding({ id: model, sha256: OTHER })] })
    expect(await node.closed).toEqual(taken())
  })

  it('and then holds a model that is new to it is given its calls, when it may', async () => {
    const node = await linked()
    await node.greet(hello(uniqueModel().id, ONE).hello)
    const added = uniqueModel({ sha256: ONE })
    node.send({ type: 'holdings', models: [added.holding] })
    await eventually(async () => expect(await rowsOf(node.id)).toContainEqual({ model_id: added.id }))
    const { callId } = await generate(node, { model: added.id })
    expect(await node.next('generation.start')).toMatchObject({ callId })
  })

  it('may replace its own file', async () => {
    const name = uniqueModel().id
    const { id, credential } = await world.join()
    await (await world.dial(id, credential)).greet(hello(name, ONE).hello)
    await (await world.dial(id, credential)).greet(hello(name, OTHER).hello)
    const response = await world.request(`/v1/nodes/${id}`)
    expect(await response.json()).toMatchObject({ models: [{ id: name, sha256: OTHER }] })
  })
})

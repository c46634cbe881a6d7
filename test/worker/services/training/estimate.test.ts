import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'
import { newId } from '../../../../worker/db/client.ts'
import { createWorld, type World } from '../../world.ts'
import { adapterFile, pairOf } from './adapter-file.ts'
import { addTrainer, describeFile, services } from './fake-trainer.ts'
import { accountOf } from './training-setup.ts'

const { training } = services
let world: World

beforeAll(async () => {
  world = await createWorld()
})

const refusedWith = (promise: Promise<unknown>) =>
  promise.then(
    () => 'answered',
    ({ code, message }) => `${code}: ${message}`,
  )

describe('an estimate', () => {
  it('is what a node reckons that has the model, or its reason', async () => {
    const model = `m-${crypto.randomUUID().slice(0, 8)}`
    const { node } = await addTrainer(world, model)
    const question = { model, wishes: { method: 'lora' as const, rank: 8 } }
    const given = { account: await accountOf(), baseModel: model, wishes: question.wishes }
    const [asked] = await Promise.all([
      training.estimate(given),
      node.next('train.estimate').then(({ requestId, ...rest }) => {
        expect(rest).toMatchObject(question)
        node.send({ type: 'train.estimated', requestId, memoryMiB: 123 })
      }),
    ])
    expect(asked).toEqual({ memoryMiB: 123, nodeId: node.id })
    const [refused] = await Promise.all([
      refusedWith(training.estimate(given)),
      node.next('train.estimate').then(({ requestId }) => {
        node.send({ type: 'train.estimated', requestId, message: 'it has experts' })
      }),
    ])
    expect(refused).toBe('invalid_request: it has experts')
  })

  it('of a model that nobody has, or that nobody trains, says so', async () => {
    const of = { account: await accountOf(), wishes: { method: 'lora' as const } }
    expect(await refusedWith(training.estimate({ ...of, baseModel: 'nobody' }))).toMatch(/^model_not_found/)
    const model = `m-${crypto.randomUUID().slice(0, 8)}`
    await addTrainer(world, model, { slots: 0 })
    expect(await refusedWith(training.estimate({ ...of, baseModel: model }))).toMatch(/^no_capacity/)
  })

  it('of what goes on from a model that was trained here is by how that was made, as its job is', async () => {
    const model = `m-${crypto.randomUUID().slice(0, 8)}`
    const { node } = await addTrainer(world, model, { layers: 2 })
    const account = await accountOf()
    const [bytes, jobId] = [adapterFile({ tensors: pairOf('blk.1.attn_q', 8, 8, 4), alpha: 12 }), newId()]
    const key = `training/${jobId}/1/result/0`
    await env.FILES.put(key, bytes)
    const { id: continueFrom } = await services.tunedModels.publish({
      ...{ jobId, accountId: account.id, base: model, suffix: 'first', step: null, visibility: 'account' },
      ...{ file: await describeFile([bytes]), objectKeys: [key] },
    })
    const given = { account, baseModel: model, continueFrom }
    await Promise.all([
      training.estimate({ ...given, wishes: { method: 'lora' } }),
      node.next('train.estimate').then(({ requestId, wishes }) => {
        expect(wishes).toEqual({ method: 'lora', rank: 4, alpha: 12, layers: [1] })
        node.send({ type: 'train.estimated', requestId, memoryMiB: 123 })
      }),
    ])
    const other = { ...given, wishes: { method: 'lora' as const, rank: 16 } }
    expect(await refusedWith(training.estimate(other))).toMatch(/^invalid_request: .* rank 4/)
  })
})

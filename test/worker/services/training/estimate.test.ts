import { beforeAll, describe, expect, it } from 'vitest'
import { createWorld, type World } from '../../world.ts'
import { addTrainer, services } from './fake-trainer.ts'

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
    const [asked] = await Promise.all([
      training.estimate(question),
      node.next('train.estimate').then(({ requestId, ...rest }) => {
        expect(rest).toMatchObject(question)
        node.send({ type: 'train.estimated', requestId, memoryMiB: 123 })
      }),
    ])
    expect(asked).toEqual({ memoryMiB: 123, nodeId: node.id })
    const [refused] = await Promise.all([
      refusedWith(training.estimate(question)),
      node.next('train.estimate').then(({ requestId }) => {
        node.send({ type: 'train.estimated', requestId, message: 'it has experts' })
      }),
    ])
    expect(refused).toBe('invalid_request: it has experts')
  })

  it('of a model that nobody has, or that nobody trains, says so', async () => {
    const wishes = { method: 'lora' as const }
    expect(await refusedWith(training.estimate({ model: 'nobody', wishes }))).toMatch(/^model_not_found/)
    const model = `m-${crypto.randomUUID().slice(0, 8)}`
    await addTrainer(world, model, { slots: 0 })
    expect(await refusedWith(training.estimate({ model, wishes }))).toMatch(/^no_capacity/)
  })
})

import { env } from 'cloudflare:workers'
import { eq } from 'drizzle-orm'
import { beforeAll, describe, expect, it } from 'vitest'
import { createDb, newId } from '../../worker/db/client.ts'
import { trainingJobs } from '../../worker/db/tables/training.ts'
import { MAX_LOGS_LENGTH } from '../../worker/surfaces/dualquery/fine-tune-schemas.ts'
import { eventually } from '../support/eventually.ts'
import { adapterFile } from '../worker/services/training/adapter-file.ts'
import { addTrainer, type FakeTrainer, services } from '../worker/services/training/fake-trainer.ts'
import { createWorld, type World } from '../worker/world.ts'
import { contractClient, read } from './contract-client.ts'
import { analyst, type FineTune } from './dualquery-analyst.ts'

const client = contractClient('dualquery')
const db = createDb(env.DB)
let world: World
beforeAll(async () => {
  world = await createWorld()
})
type Analyst = Awaited<ReturnType<typeof analyst>>

async function trained(
  over: Parameters<typeof addTrainer>[2] = {},
): Promise<{ model: string; node: FakeTrainer }> {
  const model = `m-${crypto.randomUUID().slice(0, 8)}`
  return { model, node: await addTrainer(world, model, over) }
}

const reaches = (ada: Analyst, id: string, seen: object) =>
  eventually(async () => {
    const found = await ada.seen(id)
    expect(found).toMatchObject(seen)
    return found
  })

async function completed(ada: Analyst, model: string, node: FakeTrainer): Promise<FineTune> {
  const { _id: id } = await ada.made({ base_model: model })
  await node.start()
  await node.begin()
  const result = await node.store('result', adapterFile())
  await node.say({ kind: 'completed', step: 100, trainedTokens: 100, result, validation: null })
  return await reaches(ada, id, { status: 'completed' })
}

describe('a dataset', () => {
  it('that was deleted before is not found, whoever would train on it', async () => {
    const { model } = await trained({ slots: 0 })
    const ada = await analyst()
    await ada.dropDataset()
    for (const base_model of [model, 'gpt-3.5-turbo'])
      expect(await read(await ada.create({ base_model }))).toEqual([404, { detail: 'Dataset not found' }])
    expect(await ada.count()).toBe(0)
  })

  it('that is deleted while its job is pending ends that, in a sentence', async () => {
    const { model } = await trained({ slots: 0 })
    const ada = await analyst()
    const { _id: id } = await ada.made({ base_model: model })
    const [row] = await db.select().from(trainingJobs).where(eq(trainingJobs.id, id))
    if (!row) throw new Error('The job was made.')
    // The same job once more, whose rows nobody has begun to read.
    const pending = { ...row, id: newId(), state: 'pending' as const, inputs: null }
    await db.insert(trainingJobs).values(pending)
    await ada.dropDataset()
    await env.TRAINING_RUN.getByName(pending.id).prepare(pending.id)
    const { logs } = await reaches(ada, pending.id, { status: 'failed', current_step: 'Failed' })
    expect(logs).toContain(`There is no dataset '${ada.dataset}'.`)
  })
})

describe('a job of the pool', () => {
  it('is preparing while it is paused, and shows its progress and its logs while it runs', async () => {
    const { model, node } = await trained()
    const ada = await analyst()
    const { _id: id } = await ada.made({ base_model: model, logs: 'Made by hand' })
    await node.start()
    await node.begin()
    await node.say(node.progress(40, 2.5))
    await db
      .update(trainingJobs)
      .set({ progress: { ...progressed, step: 40, percent: 40.7, loss: 2.5, epoch: 0.8 } })
      .where(eq(trainingJobs.id, id))
    const running = await ada.seen(id)
    expect(running).toMatchObject({
      status: 'training',
      progress: 40,
      current_step: 'Step 40 of 100',
      model_id: null,
    })
    expect(running.logs?.split('\n')).toEqual([
      'Made by hand',
      '2 rows were checked.',
      'Epoch 0.80, step 40 of 100: loss 2.5',
    ])
    await services.training.pause({ accountId: ada.account.id }, id)
    await node.node.next('train.stop')
    await node.say({ kind: 'stopped', step: 40, why: 'told' })
    await reaches(ada, id, { status: 'preparing', current_step: 'Paused' })
  })

  it('ends in a model that is talked to by its record, and trained further by its name', async () => {
    const { model, node } = await trained()
    const ada = await analyst()
    const { model_id: recordId } = await completed(ada, model, node)
    const created = await client.call('/api/chats', {
      token: ada.token,
      body: { title: 'A', model_id: recordId },
    })
    const { _id: chat } = await created.json<{ _id: string }>()
    const [response, start] = await Promise.all([
      client.call(`/api/chats/${chat}/reply`, { token: ada.token, body: { content: 'a' } }),
      node.node.answer(['b']),
    ])
    expect(await read(response)).toMatchObject([201, { content: 'b' }])
    expect(start.request).toMatchObject({
      model: `${model}:ft-${recordId}`,
      adapter: { tokens: [expect.any(String)] },
    })
    const record = await client.call(`/api/models/${recordId}`, { token: ada.token })
    const { name } = await record.json<{ name: string }>()
    await ada.made({ base_model: name })
    expect((await node.start()).order).toMatchObject({
      model,
      inputs: { adapter: { bytes: expect.any(Number) } },
    })
    // The name by which nodes know it is nobody's to call, and no record is made of it.
    expect(await read(await ada.create({ base_model: `${model}:ft-${recordId}` }))).toEqual([
      404,
      { detail: 'Model not found' },
    ])
    const eve = await analyst()
    expect(await eve.made({ base_model: name })).toMatchObject({ status: 'preparing', current_step: null })
    expect(await db.$count(trainingJobs, eq(trainingJobs.accountId, eve.account.id))).toBe(0)
  })

  it('refuses an adapter that nodes were started with as a base', async () => {
    const { model, node } = await trained()
    const holding = { id: model, capabilities: ['generate' as const], contextTokens: 64, slots: 1 }
    const file = { sizeBytes: 1, architecture: 'llama', createdAt: 0 }
    node.node.send({
      type: 'holdings',
      models: [{ ...holding, ...file, adapters: [{ suffix: 'pirate', createdAt: 0 }] }],
    })
    const ada = await analyst()
    await eventually(async () => {
      const response = await ada.create({ base_model: `${model}:pirate` })
      expect(await read(response)).toEqual([400, { detail: expect.stringContaining(`train '${model}'`) }])
    })
  })
})

describe('a list', () => {
  it('has jobs and records, the newest first', async () => {
    const { model } = await trained({ slots: 0 })
    const ada = await analyst()
    const ids: string[] = []
    for (const base_model of ['elsewhere', model, 'gpt-3.5-turbo', model])
      ids.unshift((await ada.made({ base_model }))._id)
    const listed = async (query: string) =>
      (await (await ada.ask(query)).json<FineTune[]>()).map(({ _id: id }) => id)
    expect(await listed('')).toEqual(ids)
    expect(await listed('?limit=2&offset=1')).toEqual(ids.slice(1, 3))
    expect(await ada.count()).toBe(4)
  })
})

describe('a change', () => {
  it.each(['colour=red', 'status=done', 'model_id=1', 'status_update=x&status_update=y'])(
    'with %s is refused, and changes nothing',
    async (query) => {
      const ada = await analyst()
      const { _id: id } = await ada.made({ base_model: 'gpt-3.5-turbo' })
      expect((await ada.patch(id, `status_update=training&${query}`)).status).toBe(422)
      expect(await ada.seen(id)).toMatchObject({ status: 'preparing', progress: 0 })
    },
  )

  it.each(['', 'progress=1', 'status_update='])('without a status (%s) is refused', async (query) => {
    const ada = await analyst()
    const { _id: id } = await ada.made({ base_model: 'gpt-3.5-turbo' })
    expect((await ada.patch(id, query)).status).toBe(422)
  })
})

describe('logs', () => {
  it('are as long as they may be, and no longer', async () => {
    const ada = await analyst()
    const whole = 'x'.repeat(MAX_LOGS_LENGTH)
    const { _id: id, logs } = await ada.made({ base_model: 'gpt-3.5-turbo', logs: whole })
    expect(logs).toBe(whole)
    expect((await ada.create({ base_model: 'gpt-3.5-turbo', logs: `${whole}x` })).status).toBe(422)
    const moved = await ada.patch(id, `status_update=training&logs=${whole.replaceAll('x', 'y')}`)
    expect((await moved.json<FineTune>()).logs).toBe('y'.repeat(MAX_LOGS_LENGTH))
    expect((await ada.patch(id, `status_update=training&logs=${whole}x`)).status).toBe(422)
  })
})

/** The progress of a job, but what a test says of it. */
const progressed = {
  totalSteps: 100,
  validationLoss: null,
  learningRate: null,
  gradientNorm: null,
  accuracy: null,
  tokensPerSecond: null,
  etaSeconds: null,
  trainedTokens: 0,
}

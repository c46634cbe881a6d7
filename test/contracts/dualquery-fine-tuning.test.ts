import { beforeAll, describe, expect, it } from 'vitest'
import { newId } from '../../worker/db/client.ts'
import { MAX_READ_BYTES } from '../../worker/services/conversations/read-messages.ts'
import { MAX_LOGS_LENGTH } from '../../worker/surfaces/dualquery/fine-tune-schemas.ts'
import { MAX_PAGE_LENGTH } from '../../worker/surfaces/dualquery/schemas.ts'
import { eventually } from '../support/eventually.ts'
import { adapterFile } from '../worker/services/training/adapter-file.ts'
import { addTrainer } from '../worker/services/training/fake-trainer.ts'
import { createWorld, type World } from '../worker/world.ts'
import { contractClient, read } from './contract-client.ts'
import { analyst, type FineTune } from './dualquery-analyst.ts'

const client = contractClient('dualquery')
let world: World
beforeAll(async () => {
  world = await createWorld()
})

describe('a base that the pool serves', () => {
  it('is trained on a dataset, and ends in a record of a model with its loss', async () => {
    const model = `m-${crypto.randomUUID().slice(0, 8)}`
    const node = await addTrainer(world, model)
    const ada = await analyst()
    expect(await ada.count()).toBe(0)
    const job = await ada.made({ base_model: model })
    expect(job).toMatchObject({
      _id: expect.stringMatching(/^[0-9a-f]{24}$/),
      user_id: ada.account.id,
      dataset_id: ada.dataset,
      base_model: model,
      status: 'preparing',
      progress: 0,
      model_id: null,
      completed_at: null,
    })
    expect(await ada.count()).toBe(1)
    const { order } = await node.start()
    expect(await node.fetchText('train', order.inputs.train)).toContain('"content":"b"')
    await node.begin()
    await node.say(node.progress(40, 2.5))
    expect(await read(await ada.ask(`/${job._id}`))).toMatchObject([200, { status: 'training' }])
    expect((await ada.patch(job._id, 'status_update=completed')).status).toBe(409)
    const result = await node.store('result', adapterFile())
    await node.say({ kind: 'completed', step: 100, trainedTokens: 100, result, validation: null })
    const done = await eventually(async () => {
      const found = await (await ada.ask(`/${job._id}`)).json<FineTune>()
      expect(found.status).toBe('completed')
      return found
    })
    expect(done).toMatchObject({ progress: 100, current_step: 'Completed', completed_at: expect.any(String) })
    const records = await client.call('/api/models', { token: ada.token })
    expect(await read(records)).toMatchObject([200, [{ _id: done.model_id, loss: '2.5000' }]])
    expect((await ada.patch(job._id, 'status_update=cancelled')).status).toBe(409)
  })

  it('is trained on the columns that are named, where they are there', async () => {
    const model = `m-${crypto.randomUUID()}`
    const node = await addTrainer(world, model)
    const ada = await analyst()
    const swapped = { prompt: 'answer', completion: 'question' }
    for (const [columns, status] of [
      [{ ...swapped, prompt: 'none' }, 400],
      [{ question: 'answer' }, 422],
    ] as const)
      expect((await ada.create({ base_model: model, columns })).status).toBe(status)
    expect((await ada.create({ base_model: 'elsewhere', columns: swapped })).status).toBe(400)
    expect(await ada.count()).toBe(0)
    await ada.made({ base_model: model, columns: swapped })
    const { order } = await node.start()
    const [first = ''] = (await node.fetchText('train', order.inputs.train)).split('\n')
    expect(JSON.parse(first)).toMatchObject({
      turns: [{ message: { content: 'b' } }, { message: { content: 'a' } }],
    })
  })

  it('is cancelled by its owner, and sets its own fields', async () => {
    const model = `m-${crypto.randomUUID().slice(0, 8)}`
    await addTrainer(world, model, { slots: 0 })
    const ada = await analyst()
    for (const own of [{ progress: 5 }, { status: 'training' }, { model_id: newId() }])
      expect((await ada.create({ base_model: model, ...own })).status).toBe(400)
    const { _id: id } = await ada.made({ base_model: model })
    expect((await ada.patch(id, 'status_update=cancelled&progress=3')).status).toBe(409)
    expect(await read(await ada.patch(id, 'status_update=cancelled'))).toMatchObject([
      200,
      { status: 'cancelled' },
    ])
  })
})

describe('any other base', () => {
  it('is a record that its owner moves', async () => {
    const ada = await analyst()
    const record = await ada.made({ base_model: 'gpt-3.5-turbo', current_step: 'Initializing', logs: 'Made' })
    expect(record).toMatchObject({
      status: 'preparing',
      progress: 0,
      current_step: 'Initializing',
      logs: 'Made',
    })
    expect(await ada.count()).toBe(1)
    const moved = await ada.patch(
      record._id,
      'status_update=training&progress=45&current_step=Training&logs=x',
    )
    expect(await read(moved)).toMatchObject([
      200,
      { status: 'training', progress: 45, current_step: 'Training', logs: 'x', completed_at: null },
    ])
    expect(await read(await ada.patch(record._id, 'status_update=completed'))).toMatchObject([
      200,
      { status: 'completed', completed_at: expect.any(String) },
    ])
    expect(await read(await ada.ask('?limit=1'))).toMatchObject([200, [{ _id: record._id }]])
    expect(await read(await ada.ask('?limit=1&offset=1'))).toEqual([200, []])
  })

  it('is on a page that is bounded in bytes, and the pages behind it reach every run', async () => {
    const ada = await analyst()
    const made: string[] = []
    for (let count = 0; count < 10; count += 1)
      made.unshift((await ada.made({ base_model: 'elsewhere', logs: '漢'.repeat(MAX_LOGS_LENGTH) }))._id)
    const found: string[] = []
    const sizes: number[] = []
    let query: string | undefined = `?limit=${MAX_PAGE_LENGTH}&offset=0`
    while (query !== undefined) {
      const response = await ada.ask(query)
      const text = await response.text()
      sizes.push(new TextEncoder().encode(text).length)
      found.push(...(JSON.parse(text) as FineTune[]).map(({ _id }) => _id))
      query = /^<(.*)>; rel="next"$/.exec(response.headers.get('link') ?? '')?.[1]
    }
    expect(found).toEqual(made)
    expect(sizes.length).toBe(2)
    for (const size of sizes) expect(size).toBeLessThan(MAX_READ_BYTES + 100_000)
  })

  it('belongs to its account alone', async () => {
    const ada = await analyst()
    const eve = await analyst()
    const { _id: id } = await ada.made({ base_model: 'gpt-3.5-turbo' })
    const missing = [404, { detail: 'Fine-tune job not found' }]
    expect(await read(await eve.ask(`/${id}`))).toEqual(missing)
    expect(await read(await eve.patch(id, 'status_update=completed'))).toEqual(missing)
    expect(await read(await eve.ask(''))).toEqual([200, []])
    expect(await read(await eve.create({ base_model: 'x', dataset_id: ada.dataset }))).toEqual([
      404,
      { detail: 'Dataset not found' },
    ])
    expect((await client.call('/api/finetune')).status).toBe(401)
  })

  it.each<[name: string, body: object]>([
    ['an unknown field', { colour: 'red' }],
    ['no base', { base_model: undefined }],
    ['progress beyond its end', { progress: 101 }],
    ['logs beyond the limit', { logs: 'x'.repeat(MAX_LOGS_LENGTH + 1) }],
    ['a dataset that is no id', { dataset_id: 'x' }],
  ])('with %s is refused', async (_name, body) => {
    const ada = await analyst()
    expect((await ada.create({ base_model: 'gpt-3.5-turbo', ...body })).status).toBe(422)
    expect(await ada.count()).toBe(0)
  })
})

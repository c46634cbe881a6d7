import { SELF } from 'cloudflare:test'
import { beforeAll, describe, expect, it } from 'vitest'
import { eventually } from '../support/eventually.ts'
import { adapterFile, ggufFile, pairOf } from '../worker/services/training/adapter-file.ts'
import { addTrainer, type FakeTrainer } from '../worker/services/training/fake-trainer.ts'
import { createWorld, type World } from '../worker/world.ts'
import { contractClient, from, newAccount, read } from './contract-client.ts'

const client = contractClient('clara')

let world: World
beforeAll(async () => {
  world = await createWorld()
})

interface Answer {
  job_id: string
  status: string
  message: string
  adapter_path: string
  error_message: string
}

/** A trainer of the team with rows in the workspace, and a model of its own with the node that trains it. */
async function made(precision: 'f32' | 'f16' = 'f16', layers = 1) {
  const model = `m-${crypto.randomUUID().slice(0, 8)}`
  const node = await addTrainer(world, model, { precision, layers })
  const { token } = await newAccount({ roles: ['trainer'], plan: 'enterprise' })
  const v1 = (path: string, init: RequestInit = {}) =>
    SELF.fetch(`http://localhost/v1${path}`, {
      ...init,
      headers: { authorization: `Bearer ${token}`, ...from(), ...init.headers },
    })
  const put = async (path: string, body: BodyInit) =>
    expect((await v1(`/workspace${path}`, { method: 'PUT', body })).status).toBeLessThan(300)
  const get = async (path: string) => (await v1(`/workspace${path}`)).bytes()
  const ask = (path: string, body?: object) =>
    client.call(`/api/training/jobs${path}`, { token, headers: from(), ...(body && { body }) })
  /** A job with these lines in its config. */
  const create = async (config: string, over: object = {}) => {
    await put('/data/c.yaml', `base_model: ${model}\n${config}`)
    const paths = { config_path: '/data/c.yaml', dataset_path: '/data/rows.jsonl' }
    return ask('', { trainer_type: 'continuous', ...paths, ...over })
  }
  const created = async (...asked: Parameters<typeof create>) => {
    const response = await create(...asked)
    const answer = await response.json<Answer>()
    expect(answer).toMatchObject({ success: true })
    return answer.job_id
  }
  const reaches = (id: string, status: string) =>
    eventually(async () => {
      const job = await (await ask(`/${id}`)).json<Answer>()
      expect(job.status).toBe(status)
      return job
    })
  const forget = (path: string) => v1(`/workspace${path}`, { method: 'DELETE' })
  await put('/data/rows.jsonl', '{"prompt":"a","completion":"b"}')
  return { model, node, v1, put, get, create, created, reaches, forget }
}

async function complete(node: FakeTrainer, file = adapterFile()) {
  await node.begin()
  const result = await node.store('result', file)
  await node.say({ kind: 'completed', step: 100, trainedTokens: 1_000, result, validation: null })
  return result
}

describe('a continuous job', () => {
  it('goes on from an adapter that its user has put into a folder, with the rank of that', async () => {
    const { node, put, created, reaches } = await made()
    const file = adapterFile({ tensors: pairOf('blk.0.attn_q', 8, 8, 3), alpha: 6 })
    await put('/data/mine/from-peft.gguf', file)
    const id = await created('lora_model_dir: /data/mine')
    const { order } = await node.start()
    expect(order).toMatchObject({
      wishes: { method: 'lora', rank: 3, alpha: 6 },
      inputs: { adapter: { bytes: file.length } },
    })
    expect(order.inputs.replay).toBeUndefined()
    const { adapter } = order.inputs
    if (!adapter) throw new Error('The job begins with it.')
    expect(await node.fetchText('adapter', adapter)).toBe(new TextDecoder().decode(file))
    await complete(node, file)
    await reaches(id, 'completed')
  })

  it.each([
    ['of 16 bits', [0, 1], 1, {}],
    ['of one layer of two', [1], 0, { layers: [1] }],
  ])('goes on from an adapter %s', async (_, layers, numberType, wishes) => {
    const { node, put, created } = await made('f16', 2)
    const tensors = layers.flatMap((layer) => pairOf(`blk.${layer}.attn_q`))
    await put('/data/mine/adapter.gguf', adapterFile({ tensors, numberType }))
    await created('lora_model_dir: /data/mine/adapter.gguf')
    expect((await node.start()).order.wishes).toEqual({ method: 'lora', rank: 2, alpha: 4, ...wishes })
  })

  it('goes on from the file that lies there, also when it is not the one of the job before', async () => {
    const { node, put, created, reaches, forget } = await made()
    const output_dir = '/data/models/mine'
    const first = await created('', { trainer_type: 'lora', output_dir })
    await node.start()
    const result = await complete(node)
    await reaches(first, 'completed')
    const second = await created('', { output_dir })
    const { order } = await node.start()
    expect(order).toMatchObject({ replayShare: 0.1, inputs: { adapter: result, replay: { parts: [{}] } } })
    await complete(node)
    await reaches(second, 'completed')
    const other = adapterFile({ alpha: 7 })
    await put(`${output_dir}/adapter.gguf`, other)
    const third = await created('', { output_dir })
    const { order: replaced } = await node.start()
    expect(replaced).toMatchObject({ wishes: { alpha: 7 }, inputs: { adapter: { bytes: other.length } } })
    expect(replaced.inputs.replay).toBeUndefined()
    await complete(node)
    await reaches(third, 'completed')
    // Without the file it is the model that the last job has made.
    await forget(`${output_dir}/adapter.gguf`)
    await created('', { output_dir })
    expect((await node.start()).order.inputs).toMatchObject({ adapter: result, replay: {} })
  })

  it.each<[name: string, file: BodyInit, config: string, field: string, message: RegExp]>([
    [
      'of another model',
      adapterFile({ tensors: pairOf('blk.0.attn_q', 9) }),
      '',
      'lora_model_dir',
      /an adapter of another model/,
    ],
    [
      'of another architecture',
      adapterFile({ architecture: 'qwen3' }),
      '',
      'lora_model_dir',
      /an adapter of another model/,
    ],
    ['that is none', 'hello', '', 'lora_model_dir', /no adapter that training/],
    ['of another rank', adapterFile(), 'lora_r: 16\n', 'lora_r', /rank 2/],
    ['of another alpha', adapterFile(), 'lora_alpha: 16\n', 'lora_alpha', /alpha 4/],
    ['of other matrices', adapterFile(), 'lora_target_modules: [up_proj]\n', 'lora_target_modules', /attn_q/],
  ])('refuses an adapter %s, by the key', async (_, file, config, field, message) => {
    const { put, create } = await made()
    await put('/data/mine/adapter.gguf', file)
    const [status, answer] = await read(await create(`${config}lora_model_dir: /data/mine`))
    expect([status, answer]).toMatchObject([400, { success: false, details: { field: `config.${field}` } }])
    expect((answer as Answer).message).toMatch(message)
  })

  it('refuses a folder with several adapters, and one without', async () => {
    const { put, create, created } = await made()
    for (const name of ['a', 'b']) await put(`/data/two/${name}.gguf`, adapterFile())
    expect(await read(await create('lora_model_dir: /data/two'))).toMatchObject([
      400,
      { message: expect.stringContaining('a.gguf, b.gguf'), details: { field: 'config.lora_model_dir' } },
    ])
    await created('lora_model_dir: /data/two/b.gguf')
    expect(await read(await create('lora_model_dir: /data/none'))).toMatchObject([
      400,
      { details: { field: 'config.lora_model_dir' } },
    ])
  })
})

describe('a job that trains every weight', () => {
  it('leaves a whole model to download, which no node serves', async () => {
    const { model, node, v1, get, created, reaches } = await made('f32')
    const output_dir = '/data/models/whole'
    const id = await created('', { output_dir })
    expect((await node.start()).order).toMatchObject({ precisions: ['f32'], wishes: { method: 'full' } })
    await node.begin()
    const state = await node.store('state-10', Uint8Array.of(1, 2, 3))
    await node.say({ kind: 'checkpoint', step: 10, trainedTokens: 1, state, adapter: null, best: null })
    const weights = ggufFile(
      [
        ['general.architecture', 'llama'],
        ['llama.block_count', 1],
      ],
      [['blk.0.attn_q.weight', [8, 8]]],
    )
    await complete(node, weights)
    const job = await reaches(id, 'completed')
    expect(job).toMatchObject({ adapter_path: `${output_dir}/model.gguf`, model: null })
    expect(await get(job.adapter_path)).toEqual(weights)
    const name = `${model}:whole`
    expect(await (await v1(`/models/${name}/content`)).bytes()).toEqual(weights)
    const listed = await (await v1('/models')).json<{ data: { id: string }[] }>()
    expect(listed.data.map((one) => one.id)).not.toContain(name)
    const chat = await v1('/chat/completions', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ model: name, messages: [{ role: 'user', content: 'a' }] }),
    })
    expect(await read(chat)).toMatchObject([
      400,
      { error: { param: 'model', message: expect.stringContaining('download it') } },
    ])
    // A later one in the same folder begins anew: it is no adapter.
    await created('', { output_dir })
    expect((await node.start()).order.inputs.adapter).toBeUndefined()
  })

  it('wants a file of 32 bits, and fails with what is no model of its base', async () => {
    const half = await made()
    expect(await read(await half.create(''))).toMatchObject([400, { details: { field: 'trainer_type' } }])
    const { node, created, reaches } = await made('f32')
    const id = await created('')
    await node.start()
    await complete(node, adapterFile())
    expect((await reaches(id, 'failed')).error_message).toMatch(/The result cannot be used/)
  })
})

import { SELF } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'
import type { Precision } from '../../shared/training-offer.ts'
import { MAX_CONFIG_BYTES } from '../../worker/services/training/training-config.ts'
import { fromJobId } from '../../worker/surfaces/clara/job-ids.ts'
import { eventually } from '../support/eventually.ts'
import { adapterFile } from '../worker/services/training/adapter-file.ts'
import { addTrainer, type FakeTrainer } from '../worker/services/training/fake-trainer.ts'
import { createWorld, type World } from '../worker/world.ts'
import { contractClient, from, newAccount, read } from './contract-client.ts'

const client = contractClient('clara')
interface Answer {
  job_id: string
  created_at: string
  error_code: string
  message: string
  total: number
  jobs: Answer[]
}
/** The status and the body of an answer, whose fields a test goes on with. */
const answered = async (response: Response): Promise<[status: number, answer: Answer]> => [
  response.status,
  await response.json<Answer>(),
]

let world: World
beforeAll(async () => {
  world = await createWorld()
})

const ROWS = ['{"prompt":"a","completion":"b"}', '{"prompt":"c","completion":"d"}'].join('\n')

/** A trainer of the team, with a config and rows in the workspace. */
async function trainer(roles = ['trainer']) {
  const { account, token } = await newAccount({ roles, plan: 'enterprise' })
  const put = async (path: string, text: string) => {
    const response = await SELF.fetch(`http://localhost/v1/workspace${path}`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${token}`, ...from() },
      body: text,
    })
    await response.body?.cancel()
    expect(response.status).toBeLessThan(300)
  }
  const ask = (path: string, call: Parameters<typeof client.call>[1] = {}) =>
    client.call(`/api/training/jobs${path}`, { token, headers: from(), ...call })
  const create = (body: object) =>
    ask('', { body: { trainer_type: 'lora', config_path: '/data/configs/lora.yaml', ...body } })
  return { account, token, put, ask, create }
}

async function trained(precision: Precision): Promise<{ model: string; node: FakeTrainer }> {
  const model = `m-${crypto.randomUUID().slice(0, 8)}`
  return { model, node: await addTrainer(world, model, { precision }) }
}

async function made(config = '', precision: Precision = 'f16') {
  const { model, node } = await trained(precision)
  const ada = await trainer()
  await ada.put('/data/configs/lora.yaml', `base_model: ${model}\n${config}`)
  await ada.put('/data/rows.jsonl', ROWS)
  return { model, node, ada }
}

describe('creating a job', () => {
  it('reads config and rows of the workspace, and ends with an adapter under its folder', async () => {
    const { model, node, ada } = await made('lora_r: 8\nnum_epochs: 2\nmicro_batch_size: 2\n')
    const response = await ada.create({
      dataset_path: '/data/rows.jsonl',
      output_dir: '/data/models/pirate/',
      priority: 5,
      tags: ['baseline'],
    })
    const [status, created] = await answered(response)
    expect([status, created]).toEqual([
      201,
      {
        success: true,
        job_id: expect.stringMatching(/^job_\d{8}_\d{6}_[0-9a-f]{16}$/),
        status: 'pending',
        message: 'Training job created successfully',
        created_by: ada.account.username,
        created_at: expect.stringMatching(/^\d{4}-.*Z$/),
      },
    ])
    const { order } = await node.start()
    expect(order).toMatchObject({
      name: `${model}:pirate`,
      precisions: ['f32', 'f16'],
      wishes: { method: 'lora', rank: 8, epochs: 2, batchSize: 2 },
    })
    await node.begin()
    await node.say(node.progress(10, 2))
    expect(await read(await ada.ask(`/${created.job_id}`))).toMatchObject([
      200,
      { status: 'running', trainer_type: 'lora', adapter_path: null },
    ])
    const result = await node.store('result', adapterFile())
    await node.say({ kind: 'completed', step: 100, trainedTokens: 1_000, result, validation: null })
    await eventually(async () => {
      expect(await read(await ada.ask(`/${created.job_id}`))).toMatchObject([
        200,
        {
          success: true,
          status: 'completed',
          config_path: '/data/configs/lora.yaml',
          dataset_path: '/data/rows.jsonl',
          output_dir: '/data/models/pirate',
          adapter_path: '/data/models/pirate/adapter.gguf',
          progress_percent: 100,
          metrics: { loss: expect.any(Number), learning_rate: expect.any(Number), val_loss: null },
          error_message: null,
          priority: 5,
          tags: ['baseline'],
          model: `${model}:pirate`,
        },
      ])
    })
    const adapter = await SELF.fetch('http://localhost/v1/workspace/data/models/pirate/adapter.gguf', {
      headers: { authorization: `Bearer ${ada.token}` },
    })
    expect(new Uint8Array(await adapter.arrayBuffer())).toEqual(adapterFile())
  })

  it.each<[trainer: string, precision: Precision, status: number]>([
    ['lora', 'f32', 201],
    ['lora', 'f16', 201],
    ['lora', 'quantised', 400],
    ['qlora', 'quantised', 201],
    ['qlora', 'f16', 400],
    ['qlora', 'f32', 400],
  ])('as %s on weights that are kept as %s answers %i', async (trainer_type, precision, expected) => {
    const { ada } = await made('', precision)
    const [status, answer] = await answered(
      await ada.create({ trainer_type, dataset_path: '/data/rows.jsonl' }),
    )
    expect(status).toBe(expected)
    if (status === 400) expect(answer).toMatchObject({ details: { field: 'trainer_type' } })
  })

  it('takes the rows of the config where it names none', async () => {
    const { ada } = await made('datasets:\n  - path: /data/rows.jsonl\n    type: prompt_completion\n')
    expect((await ada.create({})).status).toBe(201)
  })

  it('takes the rows of a table by the columns that the config names', async () => {
    const { node, ada } = await made(
      'datasets:\n  - path: /data/rows.csv\n    columns: {prompt: Frage, completion: Antwort}\n',
    )
    await ada.put('/data/rows.csv', 'Nr,Antwort,Frage\n1,blau,Himmel\n')
    expect((await ada.create({})).status).toBe(201)
    const { order } = await node.start()
    const { turns } = JSON.parse(await node.fetchText('train', order.inputs.train)) as {
      turns: { message: { content: string } }[]
    }
    expect(turns.map(({ message }) => message.content)).toEqual(['Himmel', 'blau'])
  })

  it.each<[name: string, body: object, status: number, answer: object]>([
    [
      'a config that is not there',
      { config_path: '/data/none.yaml' },
      400,
      { error_code: 'CONFIG_NOT_FOUND', details: { config_path: '/data/none.yaml' } },
    ],
    [
      'rows that are not there',
      { dataset_path: '/data/none.jsonl' },
      400,
      { error_code: 'DATASET_NOT_FOUND' },
    ],
    ['a way out of the workspace', { config_path: '/data/../x' }, 400, { details: { field: 'config_path' } }],
    ['a folder out of it', { output_dir: '../x' }, 400, { details: { field: 'output_dir' } }],
    ['no rows at all', { dataset_path: null }, 400, { details: { field: 'dataset_path' } }],
  ])('refuses %s', async (_name, body, status, answer) => {
    const { ada } = await made()
    expect(await read(await ada.create({ dataset_path: '/data/rows.jsonl', ...body }))).toMatchObject([
      status,
      { success: false, ...answer },
    ])
  })

  it.each<[name: string, config: string, message: RegExp]>([
    ['a key that is not known', 'lora_rank: 8', /lora_rank: is not known/],
    ['dropout', 'lora_dropout: 0.1', /lora_dropout: dropout is not done/],
    ['DoRA', 'peft_use_dora: true', /peft_use_dora/],
    ['two lengths of a warm-up', 'warmup_steps: 1\nwarmup_ratio: 0.1', /cannot stand beside "warmup_ratio"/],
    ['another adapter than its trainer', 'adapter: qlora', /adapter: qlora/],
    ['an alias', 'seed: &a 1\nsave_steps: *a', /anchor or an alias/],
    ['a tag', 'seed: !!int 1', /tag/],
    ['a key that every object has', '__proto__: {}', /__proto__: is not known/],
    ['the same key twice', 'seed: 1\nseed: 2', /line \d+/],
    ['no YAML', 'seed: [1', /not YAML/],
    ['a rank beyond the limit', 'lora_r: 257', /lora_r/],
    ['a config beyond the limit', `# ${'x'.repeat(MAX_CONFIG_BYTES)}`, /larger than 64 KB/],
    ['brackets without end', `seed: ${'['.repeat(20_000)}`, /cannot be read|not YAML/],
  ])('refuses a config with %s, by name', async (_name, config, message) => {
    const { ada } = await made(config)
    const [status, answer] = await answered(await ada.create({ dataset_path: '/data/rows.jsonl' }))
    expect([status, answer.error_code]).toEqual([400, 'VALIDATION_ERROR'])
    expect(answer.message).toMatch(message)
  })

  it('refuses a base that no node has, and says where it stands', async () => {
    const { ada } = await made()
    await ada.put('/data/configs/lora.yaml', 'base_model: nobody')
    expect(await read(await ada.create({ dataset_path: '/data/rows.jsonl' }))).toMatchObject([
      400,
      { details: { field: 'config.base_model' } },
    ])
  })

  it('lists what is wrong with the request itself', async () => {
    const { ada } = await made()
    expect(await read(await ada.create({ trainer_type: 'magic' }))).toEqual([
      422,
      {
        detail: [
          {
            loc: ['body', 'trainer_type'],
            msg: "value is not a valid enumeration member; permitted: 'lora', 'qlora', 'continuous'",
            type: 'type_error.enum',
          },
        ],
      },
    ])
    for (const priority of [0, 11]) expect((await ada.create({ priority })).status).toBe(422)
  })

  it('goes on from the adapter under a folder, with a tenth of its rows', async () => {
    const { node, ada } = await made()
    await ada.create({ dataset_path: '/data/rows.jsonl', output_dir: '/data/models/first' })
    await node.start()
    await node.begin()
    const result = await node.store('result', adapterFile())
    await node.say({ kind: 'completed', step: 100, trainedTokens: 1_000, result, validation: null })
    const config = await SELF.fetch('http://localhost/v1/workspace/data/configs/lora.yaml', {
      headers: { authorization: `Bearer ${ada.token}` },
    })
    await ada.put('/data/configs/lora.yaml', `${await config.text()}\nlora_model_dir: /data/models/first`)
    await eventually(async () => {
      const response = await ada.create({ trainer_type: 'continuous', dataset_path: '/data/rows.jsonl' })
      expect(response.status).toBe(201)
    })
    const { order } = await node.start()
    expect(order.inputs.adapter).toEqual(result)
    expect(order).toMatchObject({ replayShare: 0.1, inputs: { replay: order.inputs.train } })
  })
})

describe('a job', () => {
  it('is seen by the whole team, and cancelled by trainers; not by those without a role', async () => {
    const { ada } = await made('datasets: [{path: /data/rows.jsonl}]')
    const [, { job_id: jobId }] = await answered(await ada.create({}))
    const viewer = await trainer(['viewer'])
    expect((await viewer.ask(`/${jobId}`)).status).toBe(200)
    const [, list] = await answered(await viewer.ask('/list?limit=1000'))
    expect(list.jobs.map((job) => job.job_id)).toContain(jobId)
    expect(list.total).toBeGreaterThanOrEqual(list.jobs.length)
    expect((await viewer.ask(`/${jobId}`, { method: 'DELETE' })).status).toBe(403)
    const stranger = await trainer([])
    expect((await stranger.ask(`/${jobId}`)).status).toBe(403)
    const other = await trainer(['trainer'])
    expect(await read(await other.ask(`/${jobId}`, { method: 'DELETE' }))).toEqual([
      200,
      { success: true, job_id: jobId, status: 'cancelled', message: 'Training job cancelled successfully' },
    ])
    const { results } = await env.DB.prepare(
      "SELECT actor_id FROM audit_log WHERE action = 'training_job.cancel' AND target = ?",
    )
      .bind(fromJobId(jobId))
      .all()
    expect(results).toEqual([{ actor_id: other.account.id }])
    expect(await read(await other.ask(`/${jobId}`, { method: 'DELETE' }))).toMatchObject([
      400,
      {
        success: false,
        message: 'Cannot cancel job with status: cancelled',
        error_code: 'INVALID_STATUS',
      },
    ])
  })

  it('is not found by an id of none, nor by a spelling that is nearly one', async () => {
    const { ada } = await made()
    for (const id of ['job_20251117_999999_0123456789abcdef', 'job_20251117_123456_0123456789abcdef', 'x']) {
      for (const method of ['GET', 'DELETE']) {
        expect(await read(await ada.ask(`/${id}`, { method }))).toEqual([
          404,
          {
            success: false,
            message: `Job not found: ${id}`,
            error_code: 'JOB_NOT_FOUND',
            details: { job_id: id },
          },
        ])
      }
    }
  })

  it('is listed by status, in pages', async () => {
    const { ada } = await made('datasets: [{path: /data/rows.jsonl}]')
    const [, first] = await answered(await ada.create({}))
    await ada.ask(`/${first.job_id}`, { method: 'DELETE' })
    const [, { jobs }] = await answered(await ada.ask('/list?status=cancelled&limit=1'))
    expect(jobs).toEqual([
      {
        job_id: first.job_id,
        trainer_type: 'lora',
        status: 'cancelled',
        progress_percent: 0,
        created_at: first.created_at,
        created_by: ada.account.username,
      },
    ])
    for (const query of ['status=dancing', 'limit=0', 'limit=1001', 'offset=-1'])
      expect((await ada.ask(`/list?${query}`)).status).toBe(422)
  })
})

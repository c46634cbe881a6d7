import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'
import { newId } from '../../../../worker/db/client.ts'
import { eventually } from '../../../support/eventually.ts'
import { modelHolding } from '../../../support/frames.ts'
import { createWorld, type World } from '../../world.ts'
import { adapterFile, pairOf } from './adapter-file.ts'
import {
  addTrainer,
  bytesOf,
  describeFile,
  type FakeTrainer,
  fetchBytes,
  putBytes,
  services,
} from './fake-trainer.ts'
import { begunIn, owner, trainedIn } from './job-owner.ts'

const { training } = services
let world: World

beforeAll(async () => {
  world = await createWorld()
})

const trained = (over: Parameters<typeof addTrainer>[2] = {}) => trainedIn(world, over)

const objectsOf = async (id: string): Promise<string[]> =>
  (await env.FILES.list({ prefix: `training/${id}/` })).objects.map(({ key }) => key)

async function completed(trainer: FakeTrainer, file = adapterFile()): Promise<void> {
  const result = await trainer.store('result', file)
  await trainer.say({ kind: 'completed', step: 100, trainedTokens: 10_000, result, validation: null })
}

describe('a job', () => {
  it('goes from its rows to a model, and leaves nothing else behind but what it was taught', async () => {
    const { trainer, model } = await trained()
    const ada = await owner()
    const { id } = await ada.create(model, { suffix: 'pirate' })
    const { order } = await trainer.start()
    expect(await ada.job(id)).toMatchObject({ state: 'running', attempt: 1, rowCounts: { train: 2 } })
    expect(order).toMatchObject({ model, name: `${model}:pirate`, wishes: { method: 'lora' } })
    const rows = await trainer.fetchText('train', order.inputs.train)
    expect(
      rows
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line).turns[1].message.content),
    ).toEqual(['b', 'd'])
    await trainer.begin()
    await trainer.say(trainer.progress(10, 2))
    await trainer.say({ kind: 'validation', step: 10, loss: 1.5, perplexity: 4.5, accuracy: 0.4 })
    await trainer.save(10)
    await trainer.save(20)
    expect(await objectsOf(id)).toEqual(
      ['1/adapter-10/0', '1/adapter-20/0', '1/state-20/0', 'rows/train/0'].map(
        (key) => `training/${id}/${key}`,
      ),
    )
    await completed(trainer)
    await ada.reaches(id, 'completed')
    const job = await ada.job(id)
    expect(job).toMatchObject({
      resultModel: `${model}:pirate`,
      settings: { rank: 16 },
      sampleCounts: { samples: 2 },
      progress: { step: 10, percent: 100, validationLoss: 1.5 },
      trainedTokens: 10_000,
      error: null,
    })
    await eventually(async () =>
      expect(await objectsOf(id)).toEqual(
        ['1/adapter-10/0', '1/adapter-20/0', '1/result/0', 'rows/train/0'].map(
          (key) => `training/${id}/${key}`,
        ),
      ),
    )
    const { checkpoints } = await training.checkpoints(ada.viewer, id, { limit: 10 })
    expect(checkpoints.map(({ step, modelName }) => [step, modelName])).toEqual([
      [20, `${model}:pirate.step-20`],
      [10, `${model}:pirate.step-10`],
    ])
    const { rows: used } = await services.usage.list({ accountId: ada.account.id, limit: 10 })
    expect(used).toMatchObject([{ kind: 'train', model, promptTokens: 10_000, completionTokens: 0 }])
    expect(await training.metricsText()).toMatch(/switchyard_training_tokens_total 10000\n/)
    const { events } = await training.events(ada.viewer, id, { limit: 100, order: 'asc' })
    expect(events.map(({ kind }) => kind)).toEqual(
      expect.arrayContaining(['state', 'metrics', 'validation', 'checkpoint', 'message']),
    )
    expect(events.map((event) => event.id)).toEqual(events.map((_, index) => index + 1))
    expect((await training.metrics(ada.viewer, id)).loss).toEqual([[10, 2]])
    const heard: number[] = []
    for await (const some of await training.watch(ada.viewer, id, 3))
      heard.push(...some.map((event) => event.id))
    expect(heard).toEqual(events.slice(3).map((event) => event.id))
  })

  it('of rows that are wrong has failed, with lines and fields, and nothing of it stays', async () => {
    const { model } = await trained()
    const ada = await owner()
    const path = `training/${newId()}.jsonl`
    await services.workspace.write(
      ada.account.id,
      path,
      asBytes('{"text":"a"}\n{"text":""}\n{"txt":1}\n'),
      {},
    )
    const { id } = await ada.create(model, {
      sources: [{ role: 'train', kind: 'workspace', name: path, type: 'guess' }],
    })
    await ada.reaches(id, 'failed')
    const job = await ada.job(id)
    expect(job.error).toMatchObject({ code: 'invalid_training_file', param: 'training_file' })
    expect(job.faults).toMatchObject([
      { line: 2, field: 'text', source: path },
      { line: 3, field: 'text' },
    ])
    await eventually(async () => expect(await objectsOf(id)).toEqual([]))
  })

  it('that nobody can do says what is missing, and does not keep the next one waiting', async () => {
    const { trainer, model } = await trained({ architectures: ['qwen2'] })
    const other = await trained()
    const ada = await owner()
    const { id } = await ada.create(model, { priority: 10 })
    await ada.reaches(id, 'queued')
    const next = await ada.create(other.model, { priority: 1 })
    expect((await other.trainer.start()).jobId).toBe(next.id)
    await eventually(async () =>
      expect((await ada.job(id)).blocked).toMatchObject({ requirement: 'architecture' }),
    )
    expect(trainer.node.unread).toBe(0)
    await training.cancel(ada.viewer, id)
  })

  it('that a node refuses waits with the figures of its refusal, and the node is asked again when it offers more', async () => {
    const { trainer, model } = await trained()
    const ada = await owner()
    const { id } = await ada.create(model)
    await trainer.start()
    await trainer.say({
      kind: 'refused',
      requirement: 'memory',
      message: 'too little',
      neededMiB: 900,
      availableMiB: 100,
    })
    await eventually(async () =>
      expect(await ada.job(id)).toMatchObject({
        state: 'queued',
        blocked: { requirement: 'memory', neededMiB: 900, availableMiB: 100 },
      }),
    )
    await training.tick()
    expect((await ada.job(id)).attempt).toBe(1)
    trainer.node.send({
      type: 'holdings',
      models: [modelHolding({ id: model, architecture: 'llama', precision: 'f16', residence: 'disk' })],
    })
    expect((await trainer.start()).attempt).toBe(2)
  })

  it('is claimed once, however many rounds look at it', async () => {
    const { trainer, model } = await trained({ slots: 4 })
    const ada = await owner()
    const { id } = await ada.create(model)
    await Promise.all(Array.from({ length: 5 }, () => training.tick()))
    expect((await trainer.start()).attempt).toBe(1)
    await Promise.all(Array.from({ length: 5 }, () => training.tick()))
    await trainer.node.ping()
    expect(await ada.job(id)).toMatchObject({ state: 'running', attempt: 1 })
    expect(trainer.node.unread).toBe(0)
  })

  it('pauses with a checkpoint, goes on from it elsewhere, and stops at once when it is cancelled', async () => {
    const { trainer, ada, id } = await begunIn(world)
    await trainer.say(trainer.progress(30))
    expect((await training.pause(ada.viewer, id)).state).toBe('pausing')
    expect(await trainer.node.next('train.stop')).toMatchObject({ keeps: true, attempt: 1 })
    await trainer.save(30)
    await trainer.say({ kind: 'stopped', step: 30, why: 'told' })
    await ada.reaches(id, 'paused')
    await training.resume(ada.viewer, id)
    const { order, attempt } = await trainer.start()
    expect(attempt).toBe(2)
    const checkpoint = order.inputs.checkpoint
    expect(checkpoint && (await trainer.fetchText('checkpoint', checkpoint))).toBe('state of 30')
    await trainer.begin(30)
    await training.cancel(ada.viewer, id)
    expect(await trainer.node.next('train.stop')).toMatchObject({ keeps: false, attempt: 2 })
    await trainer.say({ kind: 'stopped', step: 31, why: 'told' })
    await ada.reaches(id, 'cancelled')
    await eventually(async () => expect(await objectsOf(id)).toEqual([`training/${id}/1/adapter-30/0`]))
  })

  it('that its node gives back goes on without a mark against it', async () => {
    const { trainer, model } = await trained()
    const ada = await owner()
    const { id } = await ada.create(model)
    for (const [attempt, why] of (['memory', 'draining', 'memory', 'draining'] as const).entries()) {
      expect((await trainer.start()).attempt).toBe(attempt + 1)
      await trainer.say({ kind: 'stopped', step: 1, why })
    }
    await trainer.start()
    expect(await ada.job(id)).toMatchObject({ state: 'running', preemptions: 4 })
    expect(await training.metricsText()).toMatch(/switchyard_training_preemptions_total [4-9]/)
    expect(await training.metricsText()).toMatch(/switchyard_training_jobs\{state="running"\} [1-9]/)
  })

  it('has failed when its trainer died three times in a row without a new checkpoint', async () => {
    const { trainer, model } = await trained()
    const ada = await owner()
    const { id } = await ada.create(model)
    const died = { kind: 'stopped', step: 1, why: 'died' } as const
    for (const attempt of [1, 2]) {
      expect((await trainer.start()).attempt).toBe(attempt)
      await trainer.say(died)
    }
    await trainer.start()
    await trainer.begin()
    await trainer.save(10) // counts anew from here
    for (const attempt of [3, 4, 5]) {
      if (attempt > 3) expect((await trainer.start()).attempt).toBe(attempt)
      await trainer.say(died)
    }
    await ada.reaches(id, 'failed')
    expect((await ada.job(id)).error).toMatchObject({ code: 'node_failed' })
  })
})

describe('the word of a node', () => {
  it('that it has succeeded is not believed of garbage', async () => {
    for (const [file, reason] of [
      [bytesOf('garbage, all of it'), /no GGUF/],
      [adapterFile({ cutBytes: 40 }), /cut off/],
      [adapterFile({ architecture: 'qwen2' }), /architecture/],
      [adapterFile({ type: 'model' }), /no LoRA adapter/],
      [adapterFile({ tensors: pairOf('blk.0.attn_q', 16, 8) }), /another model/],
      [adapterFile({ tensors: pairOf('blk.1.attn_q') }), /another model/],
    ] as const) {
      const { trainer, model } = await trained()
      const ada = await owner()
      const { id } = await ada.create(model)
      await trainer.start()
      await trainer.begin()
      await completed(trainer, file)
      await ada.reaches(id, 'failed')
      expect(await ada.job(id)).toMatchObject({
        resultModel: null,
        error: { code: 'bad_result', message: expect.stringMatching(reason) },
      })
      await eventually(async () => expect(await objectsOf(id)).toEqual([]))
    }
  })

  it('of a checkpoint is not believed of garbage either: another attempt goes on, and no model comes of it', async () => {
    const { trainer, model } = await trained()
    const ada = await owner()
    const { id } = await ada.create(model, { suffix: 'garbage' })
    await trainer.start()
    await trainer.begin()
    await trainer.save(10)
    const state = await trainer.store('state-20', bytesOf('state of 20'))
    const adapter = await trainer.store('adapter-20', adapterFile({ tensors: pairOf('blk.0.attn_q', 16) }))
    trainer.tell({ kind: 'checkpoint', step: 20, trainedTokens: 1, state, adapter, best: null })
    expect(await trainer.node.next('train.stop')).toMatchObject({ attempt: 1, keeps: false })
    expect((await trainer.start()).order.inputs.checkpoint).toBeDefined()
    expect(await ada.job(id)).toMatchObject({ state: 'running', attempt: 2 })
    const { checkpoints } = await training.checkpoints(ada.viewer, id, { limit: 10 })
    expect(checkpoints.map(({ step }) => step)).toEqual([10])
    const { events } = await training.events(ada.viewer, id, { limit: 100 })
    expect(events.map(({ message }) => message).join(' ')).toContain('The adapter of step 20 cannot be used')
    await completed(trainer)
    await ada.reaches(id, 'completed')
    await eventually(async () =>
      expect((await objectsOf(id)).filter((key) => key.includes('-20'))).toEqual([]),
    )
  })

  it('that something is stored is not believed where it is not', async () => {
    const { trainer, model } = await trained()
    const ada = await owner()
    const { id } = await ada.create(model)
    await trainer.start()
    const made = await describeFile([bytesOf('never sent')])
    trainer.tell({ kind: 'checkpoint', step: 1, trainedTokens: 1, state: made, adapter: null, best: null })
    expect(await trainer.node.next('train.stop')).toMatchObject({ attempt: 1 })
    expect((await trainer.start()).order.inputs.checkpoint).toBeUndefined()
    const result = await describeFile([adapterFile()])
    await trainer.say({ kind: 'completed', step: 1, trainedTokens: 1, result, validation: null })
    await ada.reaches(id, 'failed')
    expect((await ada.job(id)).error?.code).toBe('bad_result')
  })

  it('of an older attempt, or of another node, changes nothing', async () => {
    const { trainer, model } = await trained()
    const ada = await owner()
    const { id } = await ada.create(model)
    await trainer.start()
    const wish = { method: 'PUT', file: 'result', parts: [{ part: 0, bytes: 1, sha256: 'a'.repeat(64) }] }
    const [put = ''] = (await trainer.sign(wish)).tokens
    await trainer.say({ kind: 'stopped', step: 1, why: 'memory' })
    await trainer.start()
    const thief = await addTrainer(world, `m-${crypto.randomUUID()}`)
    for (const [who, attempt] of [
      [trainer, 1],
      [thief, 2],
    ] as const) {
      who.take({ jobId: id, attempt })
      who.tell({ kind: 'failed', code: 'internal', message: 'all is lost' })
      expect(await who.node.next('train.stop')).toMatchObject({ attempt, keeps: false })
      expect(await who.sign(wish)).toMatchObject({ tokens: [], message: expect.any(String) })
    }
    expect(await ada.job(id)).toMatchObject({ state: 'running', attempt: 2 })
    expect((await putBytes(put, bytesOf('x'))).status).toBe(409)
  })

  it('that was heard already is not heard again', async () => {
    const { trainer, ada, id } = await begunIn(world)
    await trainer.say(trainer.progress(10, 2))
    trainer.seq -= 2
    trainer.tell(trainer.progress(90, 9))
    await trainer.say(trainer.progress(90, 9))
    expect((await training.metrics(ada.viewer, id)).loss).toEqual([[10, 2]])
  })

  it('after a resume cuts the figures back, and the percentage never falls', async () => {
    const { trainer, ada, id } = await begunIn(world)
    await trainer.say(trainer.progress(10, 3))
    await trainer.say(trainer.progress(40, 2))
    await trainer.say({ kind: 'stopped', step: 40, why: 'memory' })
    await trainer.start()
    await trainer.begin(10)
    expect((await training.metrics(ada.viewer, id)).loss).toEqual([[10, 3]])
    await trainer.say(trainer.progress(20, 2.5))
    await trainer.say({ kind: 'stopped', step: 20, why: 'memory' })
    await eventually(async () =>
      expect((await ada.job(id)).progress).toMatchObject({ step: 20, percent: 40 }),
    )
  })
})

describe('the bytes of a job', () => {
  it('are those that were signed for, and others are refused', async () => {
    const { trainer, model } = await trained()
    const ada = await owner()
    await ada.create(model)
    const { order } = await trainer.start()
    const good = await describeFile([bytesOf('the state')])
    const [part] = good.parts
    const { tokens } = await trainer.sign({ method: 'PUT', file: 'state-1', parts: [{ part: 0, ...part }] })
    const [token = ''] = tokens
    expect((await putBytes(token, bytesOf('other one'))).status).toBe(400)
    expect((await putBytes(token, bytesOf('longer than it'))).status).toBe(400)
    expect((await fetchBytes(token)).status).toBe(403)
    expect((await putBytes(token, bytesOf('the state'))).status).toBe(204)
    expect((await putBytes(token, bytesOf('the state'))).status).toBe(204)
    const missing = await trainer.sign({ method: 'GET', file: 'validation', parts: [0] })
    expect(missing).toMatchObject({ tokens: [], message: expect.stringMatching(/validation/) })
    const beyond = await trainer.sign({
      method: 'GET',
      file: 'train',
      parts: [order.inputs.train.parts.length],
    })
    expect(beyond.tokens).toEqual([])
  })
})

async function* asBytes(text: string): AsyncGenerator<Uint8Array> {
  yield bytesOf(text)
}

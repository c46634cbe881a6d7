import { SELF } from 'cloudflare:test'
import { beforeAll, describe, expect, it } from 'vitest'
import { newAccount } from '../../../../contracts/contract-client.ts'
import { eventually } from '../../../../support/eventually.ts'
import { adapterFile } from '../../../services/training/adapter-file.ts'
import { addTrainer, type FakeTrainer } from '../../../services/training/fake-trainer.ts'
import { createWorld, type World } from '../../../world.ts'

let world: World
beforeAll(async () => {
  world = await createWorld()
})

const said = (role: 'user' | 'assistant', content: string) => ({ role, content })
const ROWS = ['a', 'b', 'c']
  .map((word) => JSON.stringify({ messages: [said('user', word), said('assistant', word.toUpperCase())] }))
  .join('\n')

interface Item {
  id: string
  status: string
  data: unknown
  type: string
  step_number: number
}
interface Answer extends Item {
  model: string
  metadata: object
  method: object
  result_files: string[]
  error: { param: string; message: string }
  secret: string
}
interface Page {
  data: Item[]
  has_more: boolean
  last_id: string | null
}

/** A refusal, with the param that it names. */
class Refusal extends Error {
  readonly status: number
  readonly param: string

  constructor(status: number, param: string) {
    super(`${status} ${param}`)
    this.status = status
    this.param = param
  }
}

/** An account, and what it asks as OpenAI's client asks it. */
async function customer() {
  const { account, token } = await newAccount({ plan: 'enterprise' })
  const ask = async (method: string, path: string, body?: BodyInit | object) => {
    const isForm = body instanceof FormData
    const isBytes = isForm || body instanceof Uint8Array
    const response = await SELF.fetch(`http://localhost/v1${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body !== undefined && !isForm && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: isBytes ? body : JSON.stringify(body) }),
    })
    if (response.ok) return response
    const { error } = await response.json<Answer>()
    throw new Refusal(response.status, error.param)
  }
  const answer = async (...asked: Parameters<typeof ask>) => (await ask(...asked)).json<Answer>()
  const page = async (path: string) => (await ask('GET', path)).json<Page>()
  const jobs = {
    create: (body: object) => answer('POST', '/fine_tuning/jobs', body),
    retrieve: (id: string) => answer('GET', `/fine_tuning/jobs/${id}`),
    order: (id: string, order: string) => answer('POST', `/fine_tuning/jobs/${id}/${order}`),
    list: (query = '') => page(`/fine_tuning/jobs${query}`),
    events: (id: string, query = '') => page(`/fine_tuning/jobs/${id}/events${query}`),
    checkpoints: (id: string, query = '') => page(`/fine_tuning/jobs/${id}/checkpoints${query}`),
  }
  const upload = async (text = ROWS) => {
    const form = new FormData()
    form.set('purpose', 'fine-tune')
    form.set('file', new File([text], 'rows.jsonl'))
    return (await answer('POST', '/files', form)).id
  }
  return { account, token, ask, answer, page, jobs, upload }
}
type Customer = Awaited<ReturnType<typeof customer>>

let models = 0
async function trained(): Promise<{ model: string; node: FakeTrainer }> {
  models += 1
  const model = `tuned-base-${models}`
  return { model, node: await addTrainer(world, model) }
}

async function finish(node: FakeTrainer): Promise<void> {
  const result = await node.store('result', adapterFile())
  await node.say({ kind: 'completed', step: 100, trainedTokens: 10_000, result, validation: null })
}

const reaches = (ada: Customer, id: string, status: string) =>
  eventually(async () => {
    const job = await ada.jobs.retrieve(id)
    expect(job.status).toBe(status)
    return job
  })

const refusal = async (work: Promise<unknown>): Promise<Refusal> => {
  const thrown = await work.then(
    () => undefined,
    (error: unknown) => error,
  )
  if (!(thrown instanceof Refusal)) throw new Error('It was not refused.')
  return thrown
}

/** All pages of a list, one thing on each. */
async function walk(read: (query: string) => Promise<Page>): Promise<Item[]> {
  const found: Item[] = []
  for (let query = '?limit=1'; ; ) {
    const { data, has_more: hasMore, last_id: last } = await read(query)
    found.push(...data)
    if (!hasMore) return found
    query = `?limit=1&after=${last}`
  }
}

describe('a job', () => {
  it('goes from a file to a model with its curves, its checkpoints and its events', async () => {
    const { model, node } = await trained()
    const ada = await customer()
    const training_file = await ada.upload()
    const validation_file = await ada.upload()
    const job = await ada.jobs.create({
      model,
      training_file,
      validation_file,
      suffix: 'pirate',
      seed: 7,
      metadata: { team: 'sea' },
      method: { type: 'supervised', supervised: { hyperparameters: { n_epochs: 2, batch_size: 'auto' } } },
    })
    expect(job).toMatchObject({
      id: expect.stringMatching(/^ftjob-[0-9a-f]{24}$/),
      object: 'fine_tuning.job',
      status: 'validating_files',
      model,
      training_file,
      validation_file,
      fine_tuned_model: null,
      finished_at: null,
      trained_tokens: null,
      error: null,
      result_files: [],
      seed: 7,
      metadata: { team: 'sea' },
      hyperparameters: { n_epochs: 2, batch_size: 'auto', learning_rate_multiplier: 'auto' },
      organization_id: ada.account.id,
    })
    const { order } = await node.start()
    expect(order).toMatchObject({ wishes: { method: 'lora', epochs: 2, seed: 7, saveEpochs: 3 } })
    expect(order.inputs.validation).toBeDefined()
    await node.begin()
    await node.say(node.progress(10, 2))
    await node.save(40)
    await finish(node)
    const done = await reaches(ada, job.id, 'succeeded')
    expect(done).toMatchObject({
      fine_tuned_model: `${model}:pirate`,
      trained_tokens: 10_000,
      finished_at: expect.any(Number),
      result_files: [expect.stringMatching(/^file-/)],
    })
    const curves = await (await ada.ask('GET', `/files/${done.result_files[0]}/content`)).text()
    expect(curves).toBe('step,train_loss,train_accuracy,valid_loss,valid_mean_token_accuracy\n10,2,0.5,,\n')
    const checkpoints = await ada.jobs.checkpoints(job.id)
    expect(checkpoints.data).toMatchObject([
      { step_number: 40, fine_tuned_model_checkpoint: `${model}:pirate.step-40`, fine_tuning_job_id: job.id },
    ])
    const events = await walk((query) => ada.jobs.events(job.id, query))
    expect(events.length).toBeGreaterThan(4)
    expect(new Set(events.map(({ id }) => id)).size).toBe(events.length)
    expect(events.some(({ type, data }) => type === 'metrics' && data !== undefined)).toBe(true)
    const found = await ada.page('/models')
    expect(found.data.map(({ id }) => id)).toEqual(
      expect.arrayContaining([`${model}:pirate`, `${model}:pirate.step-40`]),
    )
    const stream = await SELF.fetch(`http://localhost/v1/fine_tuning/jobs/${job.id}/events?stream=true`, {
      headers: { authorization: `Bearer ${ada.token}`, 'last-event-id': '2' },
    })
    expect(await stream.text()).toMatch(/^id: 3\ndata: \{.*"object":"fine_tuning.job.event"/)
    expect(await ada.answer('DELETE', `/models/${model}:pirate`)).toEqual({
      id: `${model}:pirate`,
      object: 'model',
      deleted: true,
    })
  })

  it('lists its epochs as models, each with the figures of its own step, until they are deleted', async () => {
    const { model, node } = await trained()
    const ada = await customer()
    const { id } = await ada.jobs.create({ model, training_file: await ada.upload(), suffix: 'steps' })
    await node.start()
    await node.begin()
    await node.say(node.progress(39, 2))
    await node.say({ kind: 'validation', step: 40, loss: 0.75, perplexity: 2.1, accuracy: 0.8 })
    await node.save(40, { figures: { loss: 0.5, accuracy: 0.9 } })
    await node.save(80)
    const learned = { step: 40, train_loss: 0.5, train_mean_token_accuracy: 0.9 }
    const metrics = { ...learned, full_valid_loss: 0.75, full_valid_mean_token_accuracy: 0.8 }
    const { data } = await ada.jobs.checkpoints(id)
    expect(data).toMatchObject([{ step_number: 80 }, { step_number: 40, metrics }])
    const other = await ada.jobs.create({ model, training_file: await ada.upload() })
    const foreign = refusal(ada.jobs.checkpoints(other.id, `?after=${data[0]?.id}`))
    expect(await foreign).toMatchObject({ status: 400, param: 'after' })
    await ada.ask('DELETE', `/models/${model}:steps.step-80`)
    expect((await walk((query) => ada.jobs.checkpoints(id, query))).map(({ step_number: at }) => at)).toEqual(
      [40],
    )
  })

  it('tells its events no longer than to who may still hear them', async () => {
    const { model } = await trained()
    const ada = await customer()
    const { id } = await ada.jobs.create({ model, training_file: await ada.upload() })
    const { secret } = await ada.answer('POST', '/keys', { name: 'a listener' })
    const stream = await SELF.fetch(`http://localhost/v1/fine_tuning/jobs/${id}/events?stream=true`, {
      headers: { authorization: `Bearer ${secret}` },
    })
    expect(stream.headers.get('cache-control')).toBe('no-store')
    for (const key of (await ada.page('/keys')).data) await ada.ask('DELETE', `/keys/${key.id}`)
    expect(await stream.text()).toMatch(/data: \{"error":\{[^\n]*"code":"invalid_api_key"[^\n]*\}\n\n$/)
    expect((await ada.jobs.retrieve(id)).status).not.toBe('cancelled')
  })

  it('goes on from a model that was trained', async () => {
    const { model, node } = await trained()
    const ada = await customer()
    const training_file = await ada.upload()
    const first = await ada.jobs.create({ model, training_file, suffix: 'one' })
    await node.start()
    await node.begin()
    const result = await node.store('result', adapterFile())
    await node.say({ kind: 'completed', step: 1, trainedTokens: 1, result, validation: null })
    await reaches(ada, first.id, 'succeeded')
    const second = await ada.jobs.create({ model: `${model}:one`, training_file })
    expect(second.model).toBe(`${model}:one`)
    const { order } = await node.start()
    expect(order).toMatchObject({ model, inputs: { adapter: result } })
  })

  it('is paused, resumed and cancelled, and refuses what its state does not lead to', async () => {
    const { model, node } = await trained()
    const ada = await customer()
    const { id } = await ada.jobs.create({ model, training_file: await ada.upload() })
    const { jobId, attempt } = await node.start()
    await ada.jobs.order(id, 'pause')
    expect((await node.node.next('train.stop')).keeps).toBe(true)
    await node.say({ kind: 'stopped', step: 0, why: 'told' })
    await eventually(async () =>
      expect(await ada.jobs.retrieve(id)).toMatchObject({ status: 'queued', paused: true }),
    )
    expect(await ada.jobs.order(id, 'resume')).toMatchObject({ status: 'queued', paused: false })
    expect(await node.start()).toMatchObject({ jobId, attempt: attempt + 1 })
    expect(await ada.jobs.order(id, 'cancel')).toMatchObject({ status: 'cancelled' })
    await node.node.next('train.stop')
    await node.say({ kind: 'stopped', step: 0, why: 'told' })
    // As openai's client for Python asks: the type of JSON, and no bytes.
    const empty = ada.answer('POST', `/fine_tuning/jobs/${id}/cancel`, new Uint8Array(0))
    expect(await refusal(empty)).toMatchObject({ status: 400, param: 'state' })
    for (const order of ['cancel', 'pause', 'resume'] as const)
      expect(await refusal(ada.jobs.order(id, order))).toMatchObject({ status: 400 })
  })

  it('learns preferences', async () => {
    const { model, node } = await trained()
    const ada = await customer()
    const row = {
      input: { messages: [said('user', 'a')] },
      preferred_output: [said('assistant', 'b')],
      non_preferred_output: [said('assistant', 'c')],
    }
    const job = await ada.jobs.create({
      model,
      training_file: await ada.upload(JSON.stringify(row)),
      method: { type: 'dpo', dpo: { hyperparameters: { beta: 0.2 } } },
    })
    expect(job.method).toMatchObject({ type: 'dpo', dpo: { hyperparameters: { beta: 0.2 } } })
    expect((await node.start()).order.wishes).toEqual({ method: 'dpo', dpoBeta: 0.2, saveEpochs: 3 })
    await node.begin()
    await node.say({ kind: 'validation', step: 10, loss: 0.5, perplexity: 1.6, accuracy: 0.75 })
    // The share of pairs that it tells apart is none of tokens.
    const told = await ada.ask('GET', `/fine_tuning/jobs/${job.id}/events`)
    expect(await told.text()).toContain('preference accuracy=0.75')
  })
})

describe('jobs', () => {
  it('are listed by metadata and in pages, each account its own', async () => {
    const { model } = await trained()
    const ada = await customer()
    const training_file = await ada.upload()
    const ids: string[] = []
    for (const metadata of [{ team: 'sea' }, { team: 'air' }, null])
      ids.unshift((await ada.jobs.create({ model, training_file, metadata })).id)
    const listed = (await walk(ada.jobs.list)).map(({ id }) => id)
    expect(listed).toEqual(ids)
    const having = async (query: string) => (await ada.jobs.list(query)).data.map(({ id }) => id)
    expect(await having('?metadata[team]=sea')).toEqual([ids[2]])
    expect(await having('?metadata[team]=none')).toEqual([])
    expect(await having('?metadata=null')).toEqual([ids[0]])
    expect((await (await customer()).jobs.list()).data).toEqual([])
  })

  it('do not exist for others', async () => {
    const { model } = await trained()
    const ada = await customer()
    const { id } = await ada.jobs.create({ model, training_file: await ada.upload() })
    const eve = await customer()
    const works = [
      () => eve.jobs.retrieve(id),
      () => eve.jobs.order(id, 'cancel'),
      () => eve.jobs.order(id, 'pause'),
      () => eve.jobs.order(id, 'resume'),
      () => eve.jobs.events(id),
      () => eve.jobs.events(id, '?stream=true'),
      () => eve.jobs.checkpoints(id),
      () => eve.answer('GET', `/fine_tuning/jobs/${id}/metrics`),
      () => eve.jobs.retrieve('ftjob-none'),
    ]
    for (const work of works) expect(await refusal(work())).toMatchObject({ status: 404 })
  })

  it('are shared by permissions, and no longer than these last', async () => {
    const { model, node } = await trained()
    const ada = await customer()
    const eve = await customer()
    const { id } = await ada.jobs.create({ model, training_file: await ada.upload(), suffix: 'ours' })
    await node.start()
    await node.begin()
    await finish(node)
    await reaches(ada, id, 'succeeded')
    const name = `${model}:ours`
    const path = `/fine_tuning/checkpoints/${name}/permissions`
    const seen = () => eve.answer('GET', `/models/${name}`)
    expect((await refusal(seen())).status).toBe(404)
    const asked = { project_ids: [eve.account.id] }
    const created = await (await ada.ask('POST', path, asked)).json<Page>()
    expect(created.data).toMatchObject([{ object: 'checkpoint.permission', project_id: eve.account.id }])
    expect((await seen()).id).toBe(name)
    expect((await refusal(eve.page(path))).status).toBe(403)
    const more = eve.jobs.create({ model: name, training_file: await eve.upload() })
    expect(await refusal(more)).toMatchObject({ status: 403, param: 'model' })
    const permission = created.data[0]?.id
    expect((await ada.page(path)).data.map(({ id: one }) => one)).toEqual([permission])
    expect(await ada.answer('DELETE', `${path}/${permission}`)).toMatchObject({ deleted: true })
    expect((await refusal(seen())).status).toBe(404)
    expect((await refusal(ada.answer('DELETE', `${path}/${permission}`))).status).toBe(404)
  })
})

describe('a request', () => {
  it.each<[name: string, over: object, param: string]>([
    ['an unknown field', { colour: 'red' }, 'colour'],
    ['reinforcement', { method: { type: 'reinforcement' } }, 'method.type'],
    ['integrations', { integrations: [{ type: 'wandb', wandb: { project: 'p' } }] }, 'integrations'],
    ['a file that is not there', { training_file: `file-${'0'.repeat(24)}` }, 'training_file'],
    ['a validation file that is not there', { validation_file: 'file-x' }, 'validation_file'],
    ['a model that no node has', { model: 'nobody' }, 'model'],
    ['a suffix with a colon', { suffix: 'a:b' }, 'suffix'],
    ['no epochs', { hyperparameters: { n_epochs: 0 } }, 'hyperparameters.n_epochs'],
    ['too many epochs', { hyperparameters: { n_epochs: 101 } }, 'hyperparameters.n_epochs'],
    ['an unknown wish', { hyperparameters: { rank: 8 } }, 'hyperparameters.rank'],
    ['an unknown key of its config', { config: { rank: 8 } }, 'config.rank'],
  ])('with %s is refused by name', async (_name, over, param) => {
    const { model } = await trained()
    const ada = await customer()
    const response = await SELF.fetch('http://localhost/v1/fine_tuning/jobs', {
      method: 'POST',
      headers: { authorization: `Bearer ${ada.token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model, training_file: await ada.upload(), ...over }),
    })
    const { error } = await response.json<{ error: { param: string } }>()
    expect([response.status < 500, response.status >= 400, error.param]).toEqual([true, true, param])
    expect((await ada.jobs.list()).data).toEqual([])
  })

  it('takes as much metadata as it may, and one pair more is refused', async () => {
    const { model } = await trained()
    const ada = await customer()
    const training_file = await ada.upload()
    const pairs = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, n) => [`k${n}`, 'v']))
    expect((await ada.jobs.create({ model, training_file, metadata: pairs(16) })).metadata).toEqual(pairs(16))
    const refused = await refusal(ada.jobs.create({ model, training_file, metadata: pairs(17) }))
    expect(refused).toMatchObject({ status: 400, param: 'metadata' })
  })
})

import { abortAllDurableObjects, runDurableObjectAlarm } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { eq } from 'drizzle-orm'
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { TRAINING_LEASE_MS } from '../../../../shared/training.ts'
import { newId } from '../../../../worker/db/client.ts'
import { trainingJobs } from '../../../../worker/db/tables/training.ts'
import { WRITE_INTERVAL_MS } from '../../../../worker/durable/training/attempt-desk.ts'
import { MAX_PAGE_LENGTH } from '../../../../worker/durable/training/event-log.ts'
import { configOf } from '../../../../worker/env.ts'
import { createServices } from '../../../../worker/wiring.ts'
import { eventually } from '../../../support/eventually.ts'
import { modelHolding, nodeHello } from '../../../support/frames.ts'
import { createWorld, type World } from '../../world.ts'
import { bytesOf, FakeTrainer, offer, putBytes, services } from './fake-trainer.ts'
import { begunIn, owner, trainedIn } from './job-owner.ts'
import { db } from './training-setup.ts'

const { training } = services
let world: World

beforeAll(async () => {
  world = await createWorld()
})

// Objects that are made from now on go by this clock; timers are real.
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() })
})
afterEach(() => {
  vi.useRealTimers()
})

const later = (ms: number) => vi.setSystemTime(Date.now() + ms)
const runOf = (id: string) => env.TRAINING_RUN.getByName(id)

const trained = (over: Parameters<typeof trainedIn>[1] = {}) => trainedIn(world, over)

describe('a node that was frozen for 90 s', () => {
  it('finds that its job is no longer its own, and changes nothing of it', async () => {
    const { trainer, ada, id } = await begunIn(world)
    await trainer.say(trainer.progress(10, 2))
    const part = { part: 0, bytes: 1, sha256: 'a'.repeat(64) }
    const [address = ''] = (await trainer.sign({ method: 'PUT', file: 'state-10', parts: [part] })).tokens
    later(90_000)
    trainer.tell(trainer.progress(11, 1))
    expect(await trainer.node.next('train.stop')).toMatchObject({ jobId: id, attempt: 1, keeps: false })
    expect((await putBytes(address, bytesOf('x'))).status).toBe(409)
    const again = await trainer.node.next('train.start')
    expect(again).toMatchObject({ jobId: id, attempt: 2 })
    // Still the first attempt's words.
    trainer.tell({ kind: 'failed', code: 'internal', message: 'all is lost' })
    expect(await trainer.node.next('train.stop')).toMatchObject({ attempt: 1 })
    expect(await ada.job(id)).toMatchObject({ state: 'running', attempt: 2, error: null })
    expect((await training.metrics(ada.viewer, id)).loss).toEqual([[10, 2]])
  })
})

describe('a lease', () => {
  it('goes on with each word of the node, and is over without one: the job waits for another', async () => {
    const { trainer, model } = await trained()
    const ada = await owner()
    const { id } = await ada.create(model)
    await trainer.start()
    for (let beat = 0; beat < 3; beat += 1) {
      later(TRAINING_LEASE_MS - 1_000)
      await trainer.say({ kind: 'alive' })
      await runDurableObjectAlarm(runOf(id))
      expect((await ada.job(id)).attempt).toBe(1)
    }
    later(TRAINING_LEASE_MS)
    await runDurableObjectAlarm(runOf(id))
    expect((await trainer.node.next('train.start')).attempt).toBe(2)
  })

  it('and the figures of its job are written down every ten seconds, and not more often', async () => {
    const tokensTold = async () =>
      Number(/^switchyard_training_tokens_total (\d+)$/m.exec(await training.metricsText())?.[1])
    const before = await tokensTold()
    const { trainer, model } = await trained()
    const ada = await owner()
    const { id } = await ada.create(model)
    await trainer.start()
    await trainer.begin()
    const writtenBehind = async (ms: number, step: number) => {
      later(ms)
      await trainer.say(trainer.progress(step))
      return (await ada.job(id)).progress?.step
    }
    expect(await writtenBehind(WRITE_INTERVAL_MS, 1)).toBe(1)
    expect(await writtenBehind(WRITE_INTERVAL_MS - 1, 2)).toBe(1)
    expect(await writtenBehind(1, 3)).toBe(3)
    // Those of a job that runs are counted, and once: also when another attempt goes on.
    expect(await tokensTold()).toBe(before + 300)
    await trainer.say({ kind: 'stopped', step: 3, why: 'memory' })
    await trainer.start()
    expect(await tokensTold()).toBe(before + 300)
  })

  it('of a job that is to pause ends with the pause', async () => {
    const { trainer, model } = await trained()
    const ada = await owner()
    const { id } = await ada.create(model)
    await trainer.start()
    await training.pause(ada.viewer, id)
    await trainer.node.next('train.stop')
    later(TRAINING_LEASE_MS)
    await runDurableObjectAlarm(runOf(id))
    await ada.reaches(id, 'paused')
  })

  it('that nobody watches over is found by the clock', async () => {
    const { trainer, model } = await trained()
    const ada = await owner()
    await ada.create(model)
    await trainer.start()
    later(TRAINING_LEASE_MS + 11_000)
    await createServices(env, configOf(env)).training.tick()
    expect((await trainer.node.next('train.start')).attempt).toBe(2)
  })
})

describe('a job', () => {
  it('ends when it has run for as long as it may', async () => {
    const { trainer, model } = await trained()
    const ada = await owner()
    const { id } = await ada.create(model, { maxHours: 0.01 })
    await trainer.start()
    later(30_000)
    await trainer.say({ kind: 'stopped', step: 1, why: 'memory' })
    await trainer.start()
    later(5_999)
    await trainer.say({ kind: 'alive' })
    await runDurableObjectAlarm(runOf(id))
    expect((await ada.job(id)).state).toBe('running')
    later(1)
    await runDurableObjectAlarm(runOf(id))
    expect(await trainer.node.next('train.stop')).toMatchObject({ attempt: 2 })
    await ada.reaches(id, 'failed')
    expect((await ada.job(id)).error).toMatchObject({ code: 'max_hours' })
  })

  it('goes on when its own object dies between any two steps', async () => {
    const { trainer, model, ada, id } = await begunIn(world)
    await trainer.say(trainer.progress(10, 2))
    const { node } = trainer
    await abortAllDurableObjects()
    // The link is gone with its object: the node dials again, and names its job.
    const again = await world.dial(node.id, node.credential)
    const back = { jobId: id, attempt: 1 }
    await again.greet(
      nodeHello({
        models: [modelHolding({ id: model, architecture: 'llama', precision: 'f16' })],
        training: offer({ running: [back, { jobId: '0'.repeat(24), attempt: 7 }] }),
      }),
    )
    expect(await again.next('train.go')).toMatchObject({ ...back, seq: 2 })
    expect(await again.next('train.stop')).toMatchObject({ attempt: 7 })
    const revived = new FakeTrainer(again)
    revived.take(back)
    revived.seq = 1
    await revived.say(trainer.progress(10, 9)) // known already
    await revived.save(20)
    expect((await training.metrics(ada.viewer, id)).loss).toEqual([[10, 2]])
    expect(await ada.job(id)).toMatchObject({ state: 'running', attempt: 1 })
  })
})

describe('a node that was killed', () => {
  it('dials anew without its job, which goes on at once', async () => {
    const { trainer, model, id } = await begunIn(world)
    await trainer.save(20)
    later(10_000)
    const { node } = trainer
    const again = await world.dial(node.id, node.credential)
    const models = [modelHolding({ id: model, architecture: 'llama', precision: 'f16' })]
    await again.greet(nodeHello({ models, training: offer() }))
    const start = await again.next('train.start')
    expect(start).toMatchObject({ jobId: id, attempt: 2 })
    expect(start.order.inputs.checkpoint).toBeDefined()
  })
})

describe('those who listen', () => {
  it('hear of a job as it goes, and come back with the last id that they have', async () => {
    const { trainer, ada, id } = await begunIn(world)
    const heard: number[] = []
    let last = 0
    for await (const events of await training.watch(ada.viewer, id, 0)) {
      heard.push(...events.map((event) => event.id))
      last = heard.at(-1) ?? 0
      if (events.some(({ kind }) => kind === 'metrics')) break
      if (heard.length > 0) trainer.tell(trainer.progress(trainer.seq))
    }
    await trainer.say(trainer.progress(90))
    const listening = (async () => {
      for await (const events of await training.watch(ada.viewer, id, last))
        heard.push(...events.map((event) => event.id))
    })()
    await trainer.say({ kind: 'failed', code: 'diverged', message: 'The loss is not a number at step 91.' })
    await listening
    expect(heard).toEqual(heard.map((_, index) => index + 1))
    expect((await training.events(ada.viewer, id, { limit: 1 })).events[0]?.id).toBe(heard.length)
    expect(await ada.job(id)).toMatchObject({ state: 'failed', error: { code: 'diverged' } })
  })

  it('hear all of a job that has much to tell', async () => {
    const { trainer, ada, id } = await begunIn(world)
    const message = 'x'.repeat(1_000)
    const count = Math.ceil((1.5 * MAX_PAGE_LENGTH) / message.length)
    for (let told = 1; told < count; told += 1) trainer.tell({ kind: 'warning', code: 'w', message })
    await trainer.say({ kind: 'failed', code: 'diverged', message })
    await ada.reaches(id, 'failed')
    const heard: number[] = []
    for await (const events of await training.watch(ada.viewer, id, 0))
      heard.push(...events.map((event) => event.id))
    expect(heard.length).toBeGreaterThan(count)
    expect(heard).toEqual(heard.map((_, index) => index + 1))
  })
})

describe('rows', () => {
  it('are read to their end in many slices, each in a life of its own', async () => {
    const ada = await owner()
    const { model } = await trained({ slots: 0 })
    const path = `rows-${model}.jsonl`
    const rows = 400
    const text = Array.from({ length: rows }, (_, index) => `{"text":"${index} ${'x'.repeat(30_000)}"}\n`)
    await services.workspace.write(ada.account.id, path, pieces(text), {})
    const { id } = await ada.create(model, {
      sources: [
        { role: 'train', kind: 'workspace', name: path, type: 'guess' },
        { role: 'validation', kind: 'workspace', name: path, type: 'completion' },
      ],
    })
    const parts = async () => (await env.FILES.list({ prefix: `training/${id}/rows/train/` })).objects
    await eventually(async () => expect(await parts()).not.toEqual([]))
    await abortAllDurableObjects()
    await eventually(async () => {
      await runDurableObjectAlarm(runOf(id))
      expect((await ada.job(id)).state).toBe('queued')
    })
    expect((await ada.job(id)).rowCounts).toEqual({ train: rows, validation: rows })
    const objects = await parts()
    expect(objects.length).toBeGreaterThan(2)
    const kept = await Promise.all(objects.map(async ({ key }) => (await env.FILES.get(key))?.text()))
    const steps = kept
      .join('')
      .trim()
      .split('\n')
      .map((line) => Number.parseInt(JSON.parse(line).text, 10))
    expect(steps).toEqual(Array.from({ length: rows }, (_, index) => index))
    expect((await services.quota.usage(ada.account.id)).bytes).toBeGreaterThan(3 * rows * 30_000)
    await eventually(async () => expect((await ada.job(id)).blocked?.requirement).toBe('base'))
  })

  it('are of one version of their file: one that is replaced meanwhile is not read on', async () => {
    const ada = await owner()
    const { model } = await trained({ slots: 0 })
    const [path, line] = [`rows-${model}.jsonl`, `{"text":"${'x'.repeat(900_000)}"}\n`]
    const write = () => services.workspace.write(ada.account.id, path, pieces(Array(6).fill(line)), {})
    await write()
    const { id } = await ada.create(model)
    const [row] = await db.select().from(trainingJobs).where(eq(trainingJobs.id, id))
    if (!row) throw new Error('The job was made.')
    const source = { role: 'train', kind: 'workspace', name: path, type: 'guess' } as const
    const job = { ...row, id: newId(), plan: { ...row.plan, sources: [source] } }
    const { preparation } = services.training.run
    const state = preparation.begin()
    expect(await preparation.step(job, state)).toBeUndefined()
    await write()
    const refused = { code: 'invalid_request', message: expect.stringContaining(`'${path}' was changed`) }
    await expect(preparation.step(job, state)).rejects.toMatchObject(refused)
  })

  it.each([
    ['are none', '\n\n', 'invalid_training_file', /no rows to measure on/],
    ['are gone', undefined, 'not_found', /There is no file/],
  ])('to be measured on that %s are told of by their own name', async (_, text, code, reason) => {
    const { model } = await trained({ slots: 0 })
    const ada = await owner()
    const path = `validation-${model}.jsonl`
    if (text !== undefined) await services.workspace.write(ada.account.id, path, pieces([text]), {})
    const { id: made } = await ada.create(model)
    const [row] = await db.select().from(trainingJobs).where(eq(trainingJobs.id, made))
    if (!row) throw new Error('The job was made.')
    // The same job once more, with rows that may have gone since it was asked for.
    const validation = { role: 'validation', kind: 'workspace', name: path, type: 'guess' } as const
    const plan = { ...row.plan, sources: [...row.plan.sources, validation] }
    const id = newId()
    await db.insert(trainingJobs).values({ ...row, id, plan, state: 'pending', inputs: null })
    await runOf(id).prepare(id)
    await ada.reaches(id, 'failed')
    const message = expect.stringMatching(reason)
    expect((await ada.job(id)).error).toEqual({ code, message, param: 'validation_file' })
  })
})

async function* pieces(text: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const one of text) yield bytesOf(one)
}

import { env } from 'cloudflare:workers'
import { eq } from 'drizzle-orm'
import { beforeAll, describe, expect, it } from 'vitest'
import { MAX_PART_BYTES, MAX_SIGNED_PARTS } from '../../../../shared/training.ts'
import { newId } from '../../../../worker/db/client.ts'
import { storedFiles } from '../../../../worker/db/tables/storage.ts'
import { trainingJobs } from '../../../../worker/db/tables/training.ts'
import { tunedModels } from '../../../../worker/db/tables/tuned-models.ts'
import type { TunedModel } from '../../../../worker/services/models/tuned-models.ts'
import {
  MAX_CHECKPOINT_MODELS,
  MAX_OUTPUT_BYTES,
} from '../../../../worker/services/training/training-limits.ts'
import { eventually } from '../../../support/eventually.ts'
import { createWorld, type World } from '../../world.ts'
import { adapterFile } from './adapter-file.ts'
import { services } from './fake-trainer.ts'
import { owner, trainedIn } from './job-owner.ts'
import { db } from './training-setup.ts'

const { training } = services
let world: World

beforeAll(async () => {
  world = await createWorld()
})

const trained = (over: Parameters<typeof trainedIn>[1] = {}) => trainedIn(world, over)

const objectsOf = async (id: string): Promise<string[]> =>
  (await env.FILES.list({ prefix: `training/${id}/` })).objects.map(({ key }) => key)

const storedBy = async (accountId: string) => (await services.quota.usage(accountId)).bytes

describe('the bytes of a job', () => {
  it('count in what its account stores, as they are there', async () => {
    const { trainer, model } = await trained()
    const ada = await owner()
    const { id } = await ada.create(model)
    const { order } = await trainer.start()
    const rows = order.inputs.train.bytes
    expect(await storedBy(ada.account.id)).toBe(rows)
    await trainer.begin()
    await trainer.save(10)
    const adapter = adapterFile().byteLength
    expect(await storedBy(ada.account.id)).toBe(rows + 'state of 10'.length + adapter)
    expect(await training.metricsText()).toMatch(/switchyard_training_checkpoint_bytes [1-9]/)
    await trainer.save(20)
    expect(await storedBy(ada.account.id)).toBe(rows + 'state of 20'.length + 2 * adapter)
    await training.cancel(ada.viewer, id)
    await trainer.say({ kind: 'stopped', step: 20, why: 'told' })
    await eventually(async () => expect(await storedBy(ada.account.id)).toBe(2 * adapter))
  })

  it('are refused where there is no room for its rows, and nothing stays', async () => {
    const { model } = await trained()
    const ada = await owner('free')
    const { limits } = await services.quota.usage(ada.account.id)
    await db
      .insert(storedFiles)
      .values({ accountId: ada.account.id, bytes: (limits.bytes ?? 0) - 10, files: 0 })
    const { id } = await ada.create(model)
    await ada.reaches(id, 'failed')
    expect((await ada.job(id)).error).toMatchObject({ code: 'storage_full', param: 'training_file' })
    await eventually(async () => expect(await objectsOf(id)).toEqual([]))
    expect(await storedBy(ada.account.id)).toBe((limits.bytes ?? 0) - 10)
  })
})

describe('the checkpoints of a job', () => {
  it('are models as long as there is room for them, and saved all the same behind that', async () => {
    const { trainer, model } = await trained()
    const ada = await owner('free')
    const { id } = await ada.create(model)
    await trainer.start()
    await trainer.begin()
    await trainer.save(10)
    const { limits } = await services.quota.usage(ada.account.id)
    const room = adapterFile().byteLength
    const fill = (left: number) =>
      db
        .update(storedFiles)
        .set({ bytes: (limits.bytes ?? 0) - left })
        .where(eq(storedFiles.accountId, ada.account.id))
    await fill(room)
    await trainer.save(20)
    await fill(room - 1)
    await trainer.save(30)
    const { checkpoints } = await training.checkpoints(ada.viewer, id, { limit: 10 })
    expect(checkpoints.map(({ step }) => step)).toEqual([20, 10])
    expect(await objectsOf(id)).toEqual(
      ['1/adapter-10/0', '1/adapter-20/0', '1/state-30/0', 'rows/train/0'].map(
        (key) => `training/${id}/${key}`,
      ),
    )
    const { events } = await training.events(ada.viewer, id, { limit: 100 })
    expect(events.map(({ message }) => message)).toContain(
      'Step 30 is no model. There is no room for its model: the storage of the account is full.',
    )
    expect(await ada.job(id)).toMatchObject({ state: 'running' })
  })

  it(`are at most ${MAX_CHECKPOINT_MODELS} models`, async () => {
    const { trainer, model } = await trained()
    const ada = await owner()
    const { id } = await ada.create(model)
    await trainer.start()
    await trainer.begin()
    await trainer.save(1)
    const [known] = await db.select().from(tunedModels).where(eq(tunedModels.jobId, id))
    const copies = Array.from({ length: MAX_CHECKPOINT_MODELS - 2 }, (_, index) => index + 2)
    for (const step of copies)
      await db
        .insert(tunedModels)
        .values({ ...(known as TunedModel), id: newId(), step, name: `${id}.${step}` })
    await trainer.save(1_000)
    await trainer.save(1_001)
    await trainer.save(1_000) // told once more
    const { checkpoints } = await training.checkpoints(ada.viewer, id, { limit: 10 })
    expect(checkpoints.map(({ step }) => step)).toEqual([1_000, 1])
    expect((await objectsOf(id)).filter((key) => /adapter-100[01]/.test(key))).toEqual([
      `training/${id}/1/adapter-1000/0`,
    ])
  })

  it('may take so many bytes of one try, those of files that it never tells of included', async () => {
    const { trainer, model } = await trained()
    const ada = await owner()
    await ada.create(model)
    await trainer.start()
    const part = { bytes: MAX_PART_BYTES, sha256: 'a'.repeat(64) }
    const parts = Array.from({ length: MAX_SIGNED_PARTS }, (_, index) => ({ part: index, ...part }))
    const sign = (step: number, some = parts) =>
      trainer.sign({ method: 'PUT', file: `state-${step}`, parts: some })
    const rounds = MAX_OUTPUT_BYTES / (MAX_PART_BYTES * MAX_SIGNED_PARTS)
    for (let round = 1; round <= rounds; round += 1)
      expect((await sign(round)).tokens).toHaveLength(MAX_SIGNED_PARTS)
    expect(await sign(rounds + 1, parts.slice(0, 1))).toMatchObject({
      tokens: [],
      message: 'A try stores at most 1024 GiB.',
    })
  })
})

describe('the sweep', () => {
  it('deletes what belongs to no job, and the rows of one whose models are gone', async () => {
    const stray = `training/${newId()}/1/state-1/0`
    await env.FILES.put(stray, 'left behind')
    const { trainer, model } = await trained()
    const ada = await owner()
    const { id } = await ada.create(model)
    await trainer.start()
    const result = await trainer.store('result', adapterFile())
    await trainer.say({ kind: 'completed', step: 1, trainedTokens: 1, result, validation: null })
    await eventually(async () => expect(await objectsOf(id)).toHaveLength(2))
    await eventually(async () => {
      const [row] = await db.select().from(trainingJobs).where(eq(trainingJobs.id, id))
      expect(row?.isCleared).toBe(true)
    })
    expect(await training.sweep()).toBe(1)
    expect(await env.FILES.head(stray)).toBeNull()
    expect(await objectsOf(id)).toHaveLength(2)
    await services.tunedModels.remove((await ada.job(id)).resultModel ?? '', ada.viewer)
    await training.sweep()
    expect(await objectsOf(id)).toEqual([])
    // Its curves are a file of the account's own.
    await services.files.remove(ada.account.id, (await ada.job(id)).resultFileId ?? '')
    expect(await storedBy(ada.account.id)).toBe(0)
  })
})

describe('a job that goes on from another', () => {
  it('begins with its adapter, and mixes in the rows that it was taught', async () => {
    const { trainer, model } = await trained()
    const ada = await owner()
    const first = await ada.create(model, { suffix: 'one' })
    await trainer.start()
    const result = await trainer.store('result', adapterFile())
    await trainer.say({ kind: 'completed', step: 1, trainedTokens: 1, result, validation: null })
    await ada.reaches(first.id, 'completed')
    const { resultModelId } = await ada.job(first.id)
    const { sources } = first
    const next = await ada.create(model, {
      suffix: 'two',
      continueFrom: resultModelId,
      replayShare: 0.1,
      sources: [...sources, { role: 'replay', kind: 'job', name: first.id, type: 'guess' }],
    })
    const { order, jobId } = await trainer.start()
    expect(jobId).toBe(next.id)
    expect(order.replayShare).toBe(0.1)
    const { adapter, replay, train } = order.inputs
    expect(adapter).toEqual(result)
    expect(replay && (await trainer.fetchText('replay', replay))).toBe(
      await trainer.fetchText('train', train),
    )
    expect(adapter && (await trainer.fetchText('adapter', adapter))).toContain('GGUF')
    expect((await ada.job(next.id)).rowCounts).toEqual({ train: 2, replay: 2 })
  })
})

describe('a job with prompts and a place for its result', () => {
  it('is asked the prompts at each checkpoint, and writes its adapter into the workspace', async () => {
    const { trainer, model } = await trained()
    const ada = await owner()
    const outputPath = `out/${model}/adapter.gguf`
    const { id } = await ada.create(model, { suffix: 'bard', samplePrompts: ['Sing!'], outputPath })
    await trainer.start()
    await trainer.begin()
    await trainer.save(10)
    const asked = await trainer.node.answer(['La', ' la'])
    expect(asked.request.prompt).toMatchObject({ messages: [{ role: 'user', content: 'Sing!' }] })
    expect(asked.request.adapter?.file.bytes).toBe(adapterFile().byteLength)
    const told = async () => (await training.events(ada.viewer, id, { limit: 50 })).events
    await eventually(async () =>
      expect(await told()).toContainEqual(
        expect.objectContaining({
          kind: 'sample',
          message: 'La la',
          data: { step: 10, model: `${model}:bard.step-10`, prompt: 'Sing!', answer: 'La la' },
        }),
      ),
    )
    const result = await trainer.store('result', adapterFile())
    await trainer.say({ kind: 'completed', step: 11, trainedTokens: 1, result, validation: null })
    await ada.reaches(id, 'completed')
    const { body } = await services.workspace.read(ada.account.id, outputPath, () => ({}))
    expect(new Uint8Array(await new Response(body).arrayBuffer())).toEqual(adapterFile())
  })
})

import { env } from 'cloudflare:workers'
import { eq } from 'drizzle-orm'
import { beforeAll, describe, expect, it } from 'vitest'
import { modelRecords } from '../../../../worker/db/tables/accounts.ts'
import { files } from '../../../../worker/db/tables/files.ts'
import type { JobState } from '../../../../worker/db/tables/training.ts'
import { tunedModels } from '../../../../worker/db/tables/tuned-models.ts'
import { workspaceFiles } from '../../../../worker/db/tables/workspace.ts'
import { eventually } from '../../../support/eventually.ts'
import { createWorld, type World } from '../../world.ts'
import { adapterFile } from './adapter-file.ts'
import { services } from './fake-trainer.ts'
import { begunIn, owner, trainedIn } from './job-owner.ts'
import { db } from './training-setup.ts'

let world: World
beforeAll(async () => {
  world = await createWorld()
})

it('a job’s model that is deleted counts no longer in what its account stores', async () => {
  const { model, trainer } = await trainedIn(world)
  const ada = await owner()
  const { id } = await ada.create(model)
  await trainer.start()
  await trainer.begin()
  const result = await trainer.store('result', adapterFile())
  await trainer.say({ kind: 'completed', step: 100, trainedTokens: 10, result, validation: null })
  await ada.reaches(id, 'completed')
  const storedBytes = async () => (await services.quota.usage(ada.account.id)).bytes
  await eventually(async () => expect(await storedBytes()).toBeGreaterThanOrEqual(result.bytes))
  const before = await storedBytes()
  await services.tunedModels.remove((await ada.job(id)).resultModel ?? '', ada.viewer)
  await eventually(async () => expect(await storedBytes()).toBe(before - result.bytes))
})

it('what a job stores is counted once, however many of its models are deleted at the same time', async () => {
  const { trainer, ada, id } = await begunIn(world)
  await trainer.save(10)
  const result = await trainer.store('result', adapterFile())
  await trainer.say({ kind: 'completed', step: 100, trainedTokens: 10, result, validation: null })
  await ada.reaches(id, 'completed')
  await services.workspace.write(
    ada.account.id,
    'x',
    (async function* () {
      yield new Uint8Array(100_000)
    })(),
  )
  await db.delete(tunedModels).where(eq(tunedModels.jobId, id))
  await Promise.all(Array.from({ length: 4 }, () => services.training.recount(id)))
  await eventually(async () => {
    const { bytes } = await services.quota.usage(ada.account.id)
    const [curves] = await db.select().from(files).where(eq(files.accountId, ada.account.id))
    expect(bytes).toBe(100_000 + (curves?.sizeBytes ?? 0) + (await ada.job(id)).storedBytes)
  })
})

describe('a job that is told to stop while its result is published', () => {
  /** Work in whose course the job is told to stop: in the moment in which the model is there and the job has not completed. */
  const during = async (jobId: string, state: JobState, work: () => Promise<void>) => {
    const name = `stops_${jobId}`
    await env.DB.prepare(
      `CREATE TRIGGER ${name} AFTER INSERT ON tuned_models WHEN NEW.job_id = '${jobId}'
        BEGIN UPDATE training_jobs SET state = '${state}' WHERE id = NEW.job_id; END`,
    ).run()
    await work()
    await env.DB.prepare(`DROP TRIGGER ${name}`).run()
  }

  it.each([
    ['cancelling', 'cancelled', 'openai', null],
    ['pausing', 'paused', 'dualquery', null],
    ['cancelling', 'cancelled', 'clara', 'outputs/late/adapter.gguf'],
  ] as const)(
    'is %s, then %s, and leaves no model, record or file of it: %s',
    async (state, end, surface, outputPath) => {
      const { model, trainer } = await trainedIn(world)
      const ada = await owner()
      const { id } = await ada.create(model, { surface, suffix: 'late', outputPath })
      await trainer.start()
      await trainer.begin()
      const result = await trainer.store('result', adapterFile())
      const success = { kind: 'completed', step: 100, trainedTokens: 10, result, validation: null } as const
      await during(id, state, () => trainer.say(success))
      await ada.reaches(id, end)
      const left = () =>
        Promise.all([
          db.$count(tunedModels, eq(tunedModels.jobId, id)),
          db.$count(modelRecords, eq(modelRecords.accountId, ada.account.id)),
          db.$count(files, eq(files.accountId, ada.account.id)),
          db.$count(workspaceFiles, eq(workspaceFiles.accountId, ada.account.id)),
        ])
      await eventually(async () => expect(await left()).toEqual([0, 0, 0, 0]))
      expect(await ada.job(id)).toMatchObject({ resultModel: null, resultFileId: null })
      if (end === 'cancelled') return
      await services.training.resume(ada.viewer, id)
      await trainer.start()
      await trainer.begin()
      const again = await trainer.store('result', adapterFile())
      await trainer.say({ ...success, result: again })
      await ada.reaches(id, 'completed')
      expect((await ada.job(id)).resultModel).toBe(`${model}:late`)
      expect(await left()).toEqual([1, 1, 0, 0])
    },
  )
})

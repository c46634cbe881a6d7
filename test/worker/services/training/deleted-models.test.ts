import { env } from 'cloudflare:workers'
import { expect, it } from 'vitest'
import { newId } from '../../../../worker/db/client.ts'
import { datasets } from '../../../../worker/db/tables/datasets.ts'
import { datasetKey } from '../../../../worker/services/files/file-writer.ts'
import { eventually } from '../../../support/eventually.ts'
import { createWorld } from '../../world.ts'
import { adapterFile } from './adapter-file.ts'
import { addTrainer, services } from './fake-trainer.ts'
import { accountOf, db, newJob } from './training-setup.ts'

const CSV = 'prompt,completion\na,b\nc,d\n'

it('a job’s model that is deleted counts no longer in what its account stores', async () => {
  const account = await accountOf()
  const viewer = { accountId: account.id }
  const dataset = newId()
  await env.FILES.put(datasetKey(dataset), CSV)
  const columns = ['prompt', 'completion'].map((name) => ({ name, type: 'text' as const }))
  await db.insert(datasets).values({
    ...{ id: dataset, accountId: account.id, fileName: 'rows.csv', sizeBytes: CSV.length, rowCount: 2 },
    ...{ columns, preview: { headers: [], rows: [] }, createdAt: 0 },
  })
  const model = `m-${crypto.randomUUID().slice(0, 8)}`
  const trainer = await addTrainer(await createWorld(), model)
  const sources = [{ role: 'train', kind: 'dataset', name: dataset, type: 'guess' }] as const
  const { id } = await services.training.create(newJob(account, { baseModel: model, sources: [...sources] }))
  await trainer.start()
  await trainer.begin()
  const file = adapterFile()
  const result = await trainer.store('result', file)
  await trainer.say({ kind: 'completed', step: 100, trainedTokens: 10, result, validation: null })
  const job = () => services.training.get(viewer, id)
  await eventually(async () => expect((await job()).state).toBe('completed'))
  const storedBytes = async () => (await services.quota.usage(account.id)).bytes
  await eventually(async () => expect(await storedBytes()).toBeGreaterThanOrEqual(result.bytes))
  const before = await storedBytes()
  await services.tunedModels.remove((await job()).resultModel ?? '', viewer)
  await eventually(async () => expect(await storedBytes()).toBe(before - result.bytes))
})

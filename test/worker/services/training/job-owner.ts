import { env } from 'cloudflare:workers'
import { expect } from 'vitest'
import { newId } from '../../../../worker/db/client.ts'
import { datasets } from '../../../../worker/db/tables/datasets.ts'
import { datasetKey } from '../../../../worker/services/files/file-writer.ts'
import type { NewTrainingJob } from '../../../../worker/services/training/training-job.ts'
import { eventually } from '../../../support/eventually.ts'
import type { World } from '../../world.ts'
import { addTrainer, services } from './fake-trainer.ts'
import { accountOf, db, newJob } from './training-setup.ts'

const { training } = services

/** An account with a table of two rows. */
export async function owner(plan: 'free' | 'pro' | 'enterprise' = 'enterprise') {
  const account = await accountOf(plan)
  const dataset = newId()
  const csv = 'prompt,completion\na,b\nc,d\n'
  await env.FILES.put(datasetKey(dataset), csv)
  const column = (name: string) => ({ name, type: 'text' as const })
  await db.insert(datasets).values({
    ...{
      id: dataset,
      accountId: account.id,
      fileName: 'rows.csv',
      sizeBytes: csv.length,
      rowCount: 2,
      createdAt: 0,
    },
    columns: [column('prompt'), column('completion')],
    preview: { headers: [], rows: [] },
  })
  const viewer = { accountId: account.id }
  const create = (model: string, over: Partial<NewTrainingJob> = {}) =>
    training.create(
      newJob(account, {
        baseModel: model,
        sources: [{ role: 'train', kind: 'dataset', name: dataset, type: 'guess' }],
        ...over,
      }),
    )
  const job = (id: string) => training.get(viewer, id)
  const reaches = (id: string, state: string) =>
    eventually(async () => expect((await job(id)).state).toBe(state))
  return { account, viewer, create, job, reaches }
}

/** A model of its own and a node that trains it, so that tests do not take each other's jobs. */
export async function trainedIn(world: World, over: Parameters<typeof addTrainer>[2] = {}) {
  const model = `m-${crypto.randomUUID().slice(0, 8)}`
  return { model, trainer: await addTrainer(world, model, over) }
}

/** A job of an account of its own that runs on a node of its own. */
export async function begunIn(world: World) {
  const { model, trainer } = await trainedIn(world)
  const ada = await owner()
  const { id } = await ada.create(model)
  await trainer.start()
  await trainer.begin()
  return { model, trainer, ada, id }
}

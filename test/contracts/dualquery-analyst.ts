import { env } from 'cloudflare:workers'
import { createDb, newId } from '../../worker/db/client.ts'
import { datasets } from '../../worker/db/tables/datasets.ts'
import { datasetKey } from '../../worker/services/files/file-writer.ts'
import { contractClient, newAccount } from './contract-client.ts'

const client = contractClient('dualquery')
const db = createDb(env.DB)

/** A fine-tune job as DualQuery shows it. */
export interface FineTune {
  _id: string
  status: string
  model_id: string | null
  progress: number
  current_step: string | null
  logs: string | null
}

/** An account of DualQuery with a table of two rows. */
export async function analyst() {
  const { account, token } = await newAccount({ plan: 'enterprise' })
  const dataset = newId()
  const csv = 'question,answer\na,b\nc,d\n'
  await env.FILES.put(datasetKey(dataset), csv)
  await db.insert(datasets).values({
    id: dataset,
    accountId: account.id,
    fileName: 'rows.csv',
    sizeBytes: csv.length,
    rowCount: 2,
    createdAt: 0,
    columns: ['question', 'answer'].map((name) => ({ name, type: 'text' as const })),
    preview: { headers: [], rows: [] },
  })
  const ask = (path: string, call: Parameters<typeof client.call>[1] = {}) =>
    client.call(`/api/finetune${path}`, { token, ...call })
  const create = (body: object) => ask('', { body: { dataset_id: dataset, ...body } })
  const made = async (body: object) => (await create(body)).json<FineTune>()
  const patch = (id: string, query: string) => ask(`/${id}/status?${query}`, { method: 'PATCH' })
  const count = async () => {
    const response = await client.call('/api/auth/me', { token })
    return (await response.json<{ fine_tune_jobs: number }>()).fine_tune_jobs
  }
  const seen = async (id: string) => (await ask(`/${id}`)).json<FineTune>()
  const dropDataset = () => client.call(`/api/datasets/${dataset}`, { token, method: 'DELETE' })
  return { account, token, dataset, ask, create, made, patch, count, seen, dropDataset }
}

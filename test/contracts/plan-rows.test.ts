import { env } from 'cloudflare:workers'
import { eq } from 'drizzle-orm'
import { describe, expect, it } from 'vitest'
import { createDb, newId } from '../../worker/db/client.ts'
import { conversations, messages } from '../../worker/db/tables/conversations.ts'
import { datasets } from '../../worker/db/tables/datasets.ts'
import { fineTuneRecords } from '../../worker/db/tables/fine-tunes.ts'
import {
  MAX_ADDED_BYTES,
  MAX_CONVERSATIONS,
  MAX_FINE_TUNE_RECORDS,
  MAX_MODEL_RECORDS,
  MESSAGE_OVERHEAD_BYTES,
} from '../../worker/services/accounts/plan-rows.ts'
import { contractClient, newAccount, read } from './contract-client.ts'

const db = createDb(env.DB)
const { call } = contractClient('dualquery')

/** An account of the free plan, and so many rows of a table of its own. */
async function owning(sql: string, rows: number) {
  const { account, token } = await newAccount()
  const many = `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${rows})`
  await env.DB.prepare(`${sql.replace('SELECT', `${many} SELECT`)} FROM n`)
    .bind(account.id)
    .run()
  const ask = (path: string, body: object) => call(path, { token, body })
  return { id: account.id, token, ask }
}

/** The statuses of this many requests at once. */
const statuses = async (count: number, ask: () => Promise<Response>) =>
  (await Promise.all(Array.from({ length: count }, ask))).map(({ status }) => status).toSorted()

describe('an account keeps as many rows as its plan says, and not one more', () => {
  it('of chats', async () => {
    const limit = MAX_CONVERSATIONS.free
    const ada = await owning(
      `INSERT INTO conversations (id, account_id, title, created_at, updated_at)
        SELECT 'of-' || ?1 || '-' || i, ?1, 't', 1, 1`,
      limit - 1,
    )
    const ask = () => ada.ask('/api/chats', { title: 'A talk' })
    expect(await statuses(3, ask)).toEqual([201, 409, 409])
    expect(await read(await ask())).toEqual([
      409,
      { detail: 'Your plan keeps at most 10,000 conversations: delete one first.' },
    ])
    await db.delete(conversations)
    expect((await ask()).status).toBe(201)
  })

  it('of records of models', async () => {
    const ada = await owning(
      `INSERT INTO models (id, account_id, name, base_model, version, status, created_at)
        SELECT 'of-' || ?1 || '-' || i, ?1, 'm', 'b', '1', 'ready', 1`,
      MAX_MODEL_RECORDS.free - 1,
    )
    const ask = () => ada.ask('/api/models', { name: 'm', base_model: 'b', version: '1' })
    expect(await statuses(3, ask)).toEqual([201, 409, 409])
    expect(await read(await ask())).toEqual([
      409,
      { detail: 'Your plan keeps at most 1,000 records of models.' },
    ])
  })

  it('of records of training elsewhere', async () => {
    const ada = await owning(
      `INSERT INTO fine_tune_records (id, account_id, dataset_id, base_model, status, progress, created_at)
        SELECT 'of-' || ?1 || '-' || i, ?1, 'd', 'b', 'training', 0, 1`,
      MAX_FINE_TUNE_RECORDS.free - 1,
    )
    const dataset_id = newId()
    await db.insert(datasets).values({
      ...{ id: dataset_id, accountId: ada.id, fileName: 'a.csv', sizeBytes: 1, rowCount: 1, createdAt: 0 },
      ...{ columns: [], preview: { headers: [], rows: [] } },
    })
    const ask = () => ada.ask('/api/finetune', { dataset_id, base_model: 'elsewhere' })
    expect(await statuses(3, ask)).toEqual([201, 409, 409])
    expect(await read(await ask())).toEqual([
      409,
      { detail: 'Your plan keeps at most 100 records of training elsewhere.' },
    ])
    expect(await db.$count(fineTuneRecords)).toBe(MAX_FINE_TUNE_RECORDS.free)
  })
})

describe('the messages that are put into chats as they are', () => {
  it('come to as many bytes as the plan says, over all chats, and not one more', async () => {
    const ada = await owning(
      `INSERT INTO conversations (id, account_id, title, created_at, updated_at)
        SELECT lower(hex(randomblob(12))), ?1, 't', 1, 1`,
      2,
    )
    const [first, second] = await db
      .select()
      .from(conversations)
      .where(eq(conversations.accountId, ada.id))
      .orderBy(conversations.number)
    const message = { role: 'user', content: '漢字', charts: [1] }
    const bytes = MESSAGE_OVERHEAD_BYTES + 6 + 3
    const fill = (addedBytes: number) =>
      env.DB.prepare('UPDATE conversations SET added_bytes = ? WHERE id = ?')
        .bind(addedBytes, second?.id)
        .run()
    const ask = () => ada.ask('/api/messages', { chat_id: first?.id, ...message })
    await fill(MAX_ADDED_BYTES.free - bytes + 1)
    expect(await read(await ask())).toEqual([
      413,
      {
        detail: expect.stringContaining(
          'Your plan keeps at most 67,108,864 bytes of messages that no model has answered',
        ),
      },
    ])
    expect(await db.$count(messages)).toBe(0)
    await fill(MAX_ADDED_BYTES.free - bytes)
    expect(await statuses(3, ask)).toEqual([201, 413, 413])
    const [{ used } = { used: 0 }] = (
      await env.DB.prepare('SELECT queries_used AS used FROM accounts WHERE id = ?')
        .bind(ada.id)
        .all<{ used: number }>()
    ).results
    expect(used).toBe(1)
    await call(`/api/chats/${second?.id}`, { method: 'DELETE', token: ada.token })
    expect(await read(await ask())).toMatchObject([201, { ...message }])
  })
})

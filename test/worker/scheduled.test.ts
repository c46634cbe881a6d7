import { createScheduledController } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { eq } from 'drizzle-orm'
import { describe, expect, it, vi } from 'vitest'
import { makeId } from '../../shared/ids.ts'
import { DAY_MS } from '../../shared/units.ts'
import { createDb } from '../../worker/db/client.ts'
import { idempotentAnswers } from '../../worker/db/tables/administration.ts'
import { datasets } from '../../worker/db/tables/datasets.ts'
import { files } from '../../worker/db/tables/files.ts'
import { calls } from '../../worker/db/tables/metering.ts'
import { storageReservations } from '../../worker/db/tables/storage.ts'
import { trainingJobs } from '../../worker/db/tables/training.ts'
import worker from '../../worker/index.ts'
import { datasetKey } from '../../worker/services/files/file-writer.ts'
import { CALLS_KEPT_DAYS } from '../../worker/services/metering/usage.ts'
import { newAccount } from '../contracts/contract-client.ts'

const db = createDb(env.DB)

describe('the clock', () => {
  it('takes away what has had its time, and nothing else', async () => {
    const now = Date.now()
    const run = (id: string, createdAt: number) => ({
      id,
      accountId: 'ada',
      model: 'm',
      kind: 'generate' as const,
      outcome: 'stop',
      promptTokens: 1,
      cachedPromptTokens: 0,
      completionTokens: 1,
      attempts: 1,
      totalMs: 1,
      createdAt,
    })
    const answer = (id: string, expiresAt: number) => ({ id, bodyHash: '', createdAt: 0, expiresAt })
    await db
      .insert(calls)
      .values([run('old', now - (CALLS_KEPT_DAYS + 1) * DAY_MS), run('new', now - DAY_MS)])
    await db.insert(idempotentAnswers).values([answer('old', now - 1), answer('new', now + DAY_MS)])
    const { account } = await newAccount()
    const room = (id: string, expiresAt: number) => ({
      id,
      accountId: account.id,
      bytes: 1,
      files: 1,
      expiresAt,
    })
    await db.insert(storageReservations).values([room('old', now - 1), room('new', now + DAY_MS)])
    const log = vi.spyOn(console, 'log').mockImplementation(() => {})
    await worker.scheduled(createScheduledController(), env)
    expect(await db.select({ id: calls.id }).from(calls)).toEqual([{ id: 'new' }])
    expect(await db.select({ id: idempotentAnswers.id }).from(idempotentAnswers)).toEqual([{ id: 'new' }])
    expect(await db.select({ id: storageReservations.id }).from(storageReservations)).toEqual([{ id: 'new' }])
    expect(log.mock.calls.map(([line]) => JSON.parse(line))).toEqual([
      expect.objectContaining({
        event: 'sweep',
        calls: 1,
        idempotentAnswers: 1,
        orphanedFiles: 0,
        storageReservations: 1,
        documentsLeftBehind: 0,
      }),
    ])
  })

  it('takes away files without a dataset, when nobody can be uploading them any more', async () => {
    const uploadedAt = (days: number) =>
      makeId(Date.now() - days * DAY_MS, crypto.getRandomValues(new Uint8Array(8)))
    const [orphan, kept, fresh] = [uploadedAt(1.5), uploadedAt(1.5), uploadedAt(0.5)]
    for (const id of [orphan, kept, fresh]) await env.FILES.put(datasetKey(id), 'a,b\n1,2\n')
    const preview = { headers: ['a', 'b'], rows: [['1', '2']] }
    const row = { fileName: 'kept.csv', sizeBytes: 8, rowCount: 1, columns: [], preview }
    const { account } = await newAccount()
    await db.insert(datasets).values({ ...row, id: kept, accountId: account.id, createdAt: 0 })
    const log = vi.spyOn(console, 'log').mockImplementation(() => {})
    await worker.scheduled(createScheduledController(), env)
    expect(JSON.parse(log.mock.calls.at(-1)?.[0])).toMatchObject({ orphanedFiles: 1 })
    const { objects } = await env.FILES.list()
    expect(objects.map(({ key }) => key)).toEqual([kept, fresh].map(datasetKey))
  })

  it('does all that a minute is for before it says that a part of it failed', async () => {
    const { account } = await newAccount()
    const id = makeId(0, new Uint8Array(8))
    await db.insert(files).values({
      ...{ id, accountId: account.id, name: 'a.txt', purpose: 'user_data', contentType: 'text/plain' },
      ...{ sizeBytes: 1, shortId: 'a1b2c3d4', createdAt: 0, expiresAt: 1 },
    })
    const waits = makeId(1, new Uint8Array(8))
    await env.DB.prepare(
      `INSERT INTO training_jobs (id, account_id, surface, state, priority, plan, tags, created_at, updated_at)
       VALUES (?, ?, 'openai', 'queued', 5, '{"baseModel":"m","precisions":["f16"]}', '[]', 0, 0)`,
    )
      .bind(waits, account.id)
      .run()
    await env.DB.exec('drop table search_datasets')
    const minute = createScheduledController({ cron: '* * * * *' })
    await expect(worker.scheduled(minute, env)).rejects.toThrow()
    expect(await db.select().from(files).where(eq(files.id, id))).toEqual([])
    // The clock has looked for a node.
    const [job] = await db.select().from(trainingJobs).where(eq(trainingJobs.id, waits))
    expect(job?.blocked).toMatchObject({ requirement: 'slots' })
  })

  it('does one part of its work although the other fails', async () => {
    await db.insert(idempotentAnswers).values({ id: 'older', bodyHash: '', createdAt: 0, expiresAt: 1 })
    await env.DB.exec('drop table calls')
    const [log, error] = [
      vi.spyOn(console, 'log').mockImplementation(() => {}),
      vi.spyOn(console, 'error').mockImplementation(() => {}),
    ]
    await worker.scheduled(createScheduledController(), env)
    expect(JSON.parse(error.mock.calls[0]?.[0])).toMatchObject({ event: 'sweep.failed' })
    expect(JSON.parse(log.mock.calls.at(-1)?.[0])).toMatchObject({ calls: null, idempotentAnswers: 1 })
  })
})

import { describe, expect, it } from 'vitest'
import { newId } from '../../../../worker/db/client.ts'
import { trainingJobs } from '../../../../worker/db/tables/training.ts'
import { MAX_READ_BYTES } from '../../../../worker/services/conversations/read-messages.ts'
import { createFineTuneRecords } from '../../../../worker/services/training/fine-tune-records.ts'
import { createJobList } from '../../../../worker/services/training/job-list.ts'
import type { JobRow } from '../../../../worker/services/training/training-job.ts'
import {
  MAX_SAMPLE_PROMPT_LENGTH,
  MAX_SAMPLE_PROMPTS,
} from '../../../../worker/services/training/training-limits.ts'
import { countedDb } from '../../counted-db.ts'
import { accountOf, db, newJob } from './training-setup.ts'

const { db: watched, bytesOf } = countedDb()

/** Longest prompts, each character of three bytes. */
const samplePrompts = Array<string>(MAX_SAMPLE_PROMPTS).fill('漢'.repeat(MAX_SAMPLE_PROMPT_LENGTH))

/** An account with jobs whose rows are as large as they can be. */
async function largeJobs(count: number, over: Partial<JobRow> = {}) {
  const account = await accountOf()
  const { surface, tags: _, startFrom: __, ...plan } = newJob(account, { samplePrompts, surface: 'clara' })
  const ids: string[] = []
  for (let at = 0; at < count; at += 1) {
    const id = newId()
    ids.unshift(id)
    await db.insert(trainingJobs).values({
      ...{ id, accountId: account.id, surface, state: 'running', priority: 5, tags: [] },
      plan: {
        ...plan,
        continueFrom: null,
        suffix: null,
        trainsOnInputs: false,
        excess: 'drop',
      } as JobRow['plan'],
      request: { trainer_type: 'lora', created_by: 'ada', config_path: 'x'.repeat(1_024) },
      createdAt: at,
      updatedAt: at,
      ...over,
    })
  }
  const lists = createJobList(watched, async () => {
    throw new Error('not asked')
  })
  return { accountId: account.id, ids, lists }
}

describe('a list of jobs', () => {
  it('reads no prompts, sources and settings where it shows none', async () => {
    const { accountId, ids, lists } = await largeJobs(60)
    const progress = { percent: 40 } as JobRow['progress']
    await db.update(trainingJobs).set({ progress })
    const read = () => lists.listBriefly({ accountId }, { limit: 100 }, ['trainer_type', 'created_by'])
    const { jobs, total } = await read()
    expect(total).toBe(60)
    expect(jobs.map(({ id }) => id)).toEqual(ids)
    expect(jobs[0]).toEqual({
      id: ids[0],
      state: 'running',
      createdAt: 59,
      percent: 40,
      request: { trainer_type: 'lora', created_by: 'ada' },
    })
    expect(await bytesOf(read)).toBeLessThan(60 * 300)
  })

  it('ends before its limit where its jobs are large, and the pages behind it reach every job', async () => {
    const { accountId, ids, lists } = await largeJobs(60)
    const found: string[] = []
    const sizes: number[] = []
    for (let hasMore = true; hasMore; ) {
      const bytes = await bytesOf(async () => {
        const page = await lists.list({ accountId }, { limit: 100, offset: found.length })
        found.push(...page.jobs.map(({ id }) => id))
        hasMore = page.hasMore
      })
      sizes.push(bytes)
    }
    expect(found).toEqual(ids)
    expect(sizes).toHaveLength(2)
    for (const bytes of sizes) expect(bytes).toBeLessThan(1.1 * MAX_READ_BYTES)
  })

  it('holds one job at least, and weighs what nodes have told of it', async () => {
    const { accountId, lists } = await largeJobs(2, { settings: { all: 'x'.repeat(MAX_READ_BYTES - 1_000) } })
    expect(await lists.list({ accountId }, { limit: 10 })).toMatchObject({ jobs: [{}], hasMore: true })
    const { runs, hasMore } = await createFineTuneRecords(db).list(accountId, 'clara', {
      limit: 10,
      offset: 0,
    })
    expect([runs.length, hasMore]).toEqual([1, true])
  })
})

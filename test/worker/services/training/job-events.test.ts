import { eq } from 'drizzle-orm'
import { describe, expect, it } from 'vitest'
import { createLogger } from '../../../../shared/log.ts'
import { newId } from '../../../../worker/db/client.ts'
import { trainingJobs } from '../../../../worker/db/tables/training.ts'
import { webhookEndpoints, webhookEvents } from '../../../../worker/db/tables/webhooks.ts'
import { createJobStore } from '../../../../worker/services/training/job-store.ts'
import { createWebhookEvents } from '../../../../worker/services/webhooks/events.ts'
import { accountOf, db } from './training-setup.ts'

const NOW = 1_000_000

const PLAN: typeof trainingJobs.$inferSelect.plan = {
  ...{ baseModel: 'm', continueFrom: null, suffix: null, precisions: ['f16'], wishes: { method: 'lora' } },
  ...{ trainsOnInputs: false, excess: 'drop', validationShare: 0, replayShare: null, sources: [] },
  ...{ maxHours: 24, samplePrompts: [], outputPath: null },
}

async function setUp() {
  const account = await accountOf('free')
  const events = createWebhookEvents({
    db,
    ring: async () => {},
    later: () => {},
    log: createLogger(() => {}),
    now: () => NOW,
  })
  const store = createJobStore(db, () => NOW, events)
  const told = ['job.completed', 'job.failed'] as const
  const endpoint = {
    id: newId(),
    accountId: account.id,
    url: 'https://hooks.example.com/',
    events: [...told],
  }
  const time = { createdAt: NOW, updatedAt: NOW }
  await db.insert(webhookEndpoints).values({ ...endpoint, secret: '', sealedBy: '', ...time })
  const id = newId()
  await db.insert(trainingJobs).values({
    id,
    accountId: account.id,
    surface: 'openai',
    state: 'running',
    attempt: 2,
    priority: 5,
    plan: PLAN,
    tags: [],
    ...time,
  })
  const payloads = async () =>
    (
      await db
        .select({ payload: webhookEvents.payload })
        .from(webhookEvents)
        .where(eq(webhookEvents.accountId, account.id))
    ).map(({ payload }) => JSON.parse(payload))
  return { store, id, account, payloads }
}

describe('the end of a job', () => {
  it('is an event with its model, once, and not for an attempt that has no say any more', async () => {
    const { store, id, payloads } = await setUp()
    const result = { resultModel: 'm:pirate', error: null }
    expect(await store.transition(id, 'completed', { attempt: 1 }, result)).toBeUndefined()
    expect(await payloads()).toEqual([])
    expect(await store.transition(id, 'completed', { attempt: 2 }, result)).toMatchObject({
      state: 'completed',
    })
    expect(await store.transition(id, 'completed', { attempt: 2 }, result)).toBeUndefined()
    expect(await payloads()).toMatchObject([
      {
        event: 'job.completed',
        data: { id: `ftjob-${id}`, status: 'completed', base_model: 'm', model: 'm:pirate' },
      },
    ])
  })

  it('is an event with its reason where it failed', async () => {
    const { store, id, account, payloads } = await setUp()
    const error = { code: 'max_hours', message: 'The job has run for the 24 hours that it may.', param: null }
    await store.transition(id, 'failed', { attempt: 2 }, { error })
    expect(await payloads()).toMatchObject([
      {
        event: 'job.failed',
        data: {
          user_id: account.id,
          status: 'failed',
          error: { code: 'max_hours', message: 'The job has run for the 24 hours that it may.' },
        },
      },
    ])
  })

  it('is none where it goes on elsewhere, or was cancelled', async () => {
    const { store, id, payloads } = await setUp()
    await store.transition(id, 'lost')
    await store.transition(id, 'cancel')
    expect((await store.find(id))?.state).toBe('cancelled')
    expect(await payloads()).toEqual([])
  })
})

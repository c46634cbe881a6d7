import { eq, inArray, sql } from 'drizzle-orm'
import { beforeEach, describe, expect, it } from 'vitest'
import { createLogger } from '../../../../../shared/log.ts'
import { newId } from '../../../../../worker/db/client.ts'
import { accounts } from '../../../../../worker/db/tables/accounts.ts'
import { trainingJobs } from '../../../../../worker/db/tables/training.ts'
import type { Plan } from '../../../../../worker/services/accounts/account-row.ts'
import type { NodeView } from '../../../../../worker/services/pool/node-view.ts'
import { createJobStore } from '../../../../../worker/services/training/job-store.ts'
import { offerOf, REFUSAL_MS } from '../../../../../worker/services/training/placing/requirements.ts'
import {
  createScheduler,
  DIALLED_AFTER_MS,
  LOOKED_AT_ONCE,
} from '../../../../../worker/services/training/placing/scheduler.ts'
import type { JobRow } from '../../../../../worker/services/training/training-job.ts'
import { TRAINING_LIMITS } from '../../../../../worker/services/training/training-limits.ts'
import { modelHolding, nodeHello } from '../../../../support/frames.ts'
import { countedDb } from '../../../counted-db.ts'
import { nodeView } from '../../../samples.ts'
import { accountOf, db } from '../training-setup.ts'

let clock = 1_000_000
const now = () => clock

beforeEach(async () => {
  clock = 1_000_000
  await db.delete(trainingJobs)
})

const trainer = (nodeId: string, slots: number, over: Partial<NodeView> = {}): NodeView =>
  nodeView(nodeId, {
    hello: nodeHello({
      models: [modelHolding({ id: 'm', architecture: 'llama', precision: 'f16' })],
      training: { slots, architectures: ['llama'], memoryMiB: null, running: [] },
    }),
    ...over,
  })

function roundsOf(nodes: NodeView[], away: string[] = []) {
  const begun: string[] = []
  const attended: string[] = []
  const { tick } = createScheduler({
    db,
    store: createJobStore(db, now),
    snapshot: async () => nodes,
    trainingRun: (id) => ({
      begin: async ({ nodeId }) => {
        if (away.includes(nodeId)) {
          await createJobStore(db, now).transition(id, 'given_back')
          return false
        }
        begun.push(id)
        return true
      },
      forgotten: async ({ attempt }) => void attended.push(`forgotten ${id} ${attempt}`),
      attend: async () => void attended.push(id),
      prepare: async () => void attended.push(id),
    }),
    log: createLogger(() => {}),
    now,
  })
  return { tick, begun, attended }
}

async function queue(accountId: string, over: Partial<JobRow> = {}): Promise<string> {
  const id = newId()
  clock += 1
  await db.insert(trainingJobs).values({
    ...{ id, accountId, surface: 'openai', state: 'queued', priority: 5, tags: [] },
    ...{ createdAt: clock, updatedAt: clock },
    plan: {
      ...{
        baseModel: 'm',
        continueFrom: null,
        suffix: null,
        precisions: ['f16'],
        wishes: { method: 'lora' },
      },
      ...{ trainsOnInputs: false, excess: 'drop', validationShare: 0, replayShare: null, sources: [] },
      ...{ maxHours: 24, samplePrompts: [], outputPath: null },
    },
    ...over,
  })
  return id
}

const rowOf = async (id: string) => (await db.select().from(trainingJobs).where(eq(trainingJobs.id, id)))[0]
const account = async (plan: Plan = 'enterprise') => (await accountOf(plan)).id

describe('a round', () => {
  it('gives the highest priority first, then the oldest', async () => {
    const ada = await account()
    const ids = [
      await queue(ada),
      await queue(ada),
      await queue(ada, { priority: 6 }),
      await queue(ada, { priority: 10 }),
    ]
    const { tick, begun } = roundsOf([trainer('a', 4)])
    await tick()
    expect(begun.map((id) => ids.indexOf(id))).toEqual([3, 2, 0, 1])
  })

  it('gives out a job that can be done, however many stand before it that cannot', async () => {
    const first = await queue(await account(), { priority: 10 })
    await db.update(trainingJobs).set({ plan: sql`json_set(plan, '$.baseModel', 'other')` })
    await db.run(sql`insert into training_jobs
        (id, account_id, surface, state, priority, plan, tags, created_at, updated_at)
      with recursive copy (number) as (select 1 union all select number + 1 from copy where number < ${LOOKED_AT_ONCE})
      select printf('%024x', number), account_id, surface, state, priority, plan, tags, created_at, updated_at
      from copy, training_jobs where training_jobs.id = ${first}`)
    const last = await queue(await account(), { priority: 1 })
    const { tick, begun } = roundsOf([trainer('a', 1)])
    await tick()
    expect(begun).toEqual([last])
    const blocked = db.$count(trainingJobs, sql`blocked ->> '$.requirement' = 'base'`)
    expect(await blocked).toBe(LOOKED_AT_ONCE + 1)
  })

  it('leaves the half of all slots to others that wait, and none of it empty', async () => {
    const [ada, bob] = [await account(), await account()]
    const ofAda: string[] = []
    for (let count = 0; count < 4; count += 1) ofAda.push(await queue(ada, { priority: 10 }))
    const ofBob = await queue(bob, { priority: 1 })
    const { tick, begun } = roundsOf([trainer('a', 2), trainer('b', 1)])
    await tick()
    expect(begun).toEqual([ofAda[0], ofAda[1], ofBob])
    await db.update(trainingJobs).set({ state: 'completed' }).where(inArray(trainingJobs.id, begun))
    begun.length = 0
    await tick()
    expect(begun).toEqual([ofAda[2], ofAda[3]])
  })

  it('gives an account what its plan lets run, and no more', async () => {
    const ada = await account('pro')
    for (let count = 0; count < TRAINING_LIMITS.pro.running + 1; count += 1) await queue(ada)
    const { tick, begun } = roundsOf([trainer('a', 16)])
    await tick()
    expect(begun).toHaveLength(TRAINING_LIMITS.pro.running)
    const left = await db.select().from(trainingJobs).where(eq(trainingJobs.state, 'queued'))
    expect(left).toMatchObject([{ blocked: { requirement: 'account' } }])
  })

  it('fills no node above its slots, however many rounds there are at once', async () => {
    for (let count = 0; count < 6; count += 1) await queue(await account())
    const node = trainer('a', 2)
    const rounds = Array.from({ length: 4 }, () => roundsOf([node]))
    await Promise.all(rounds.map(({ tick }) => tick()))
    const running = await db.select().from(trainingJobs).where(eq(trainingJobs.state, 'running'))
    expect(running.map(({ attempt }) => attempt)).toEqual([1, 1])
    expect(rounds.flatMap(({ begun }) => begun).toSorted()).toEqual(running.map(({ id }) => id).toSorted())
  })

  it('takes another node where one is not there, or drains', async () => {
    const id = await queue(await account())
    const nodes = [trainer('gone', 4), trainer('leaving', 4, { draining: true }), trainer('here', 1)]
    const { tick, begun } = roundsOf(nodes, ['gone'])
    await tick()
    await tick()
    expect(await rowOf(id)).toMatchObject({ nodeId: begun.length > 0 ? 'here' : null })
  })

  it.each<[string, NodeView[], Partial<JobRow['plan']>, string]>([
    ['nobody trains', [], {}, 'slots'],
    ['nobody has the model', [trainer('a', 1)], { baseModel: 'other' }, 'base'],
    ['its weights are of another kind', [trainer('a', 1)], { precisions: ['f32'] }, 'precision'],
  ])('says what is missing where %s', async (_, nodes, plan, requirement) => {
    const ada = await account()
    const id = await queue(ada)
    const before = await rowOf(id)
    if (before)
      await db
        .update(trainingJobs)
        .set({ plan: { ...before.plan, ...plan } })
        .where(eq(trainingJobs.id, id))
    await roundsOf(nodes).tick()
    expect(await rowOf(id)).toMatchObject({ state: 'queued', blocked: { requirement } })
  })

  it('asks a node that has refused again when a minute has gone by, and not before', async () => {
    const node = trainer('a', 1)
    const refused = { requirement: 'memory' as const, message: 'no', neededMiB: 2, availableMiB: 1 }
    const id = await queue(await account(), {
      refusals: [{ ...refused, nodeId: 'a', at: clock, offer: offerOf(node) }],
    })
    const { tick, begun } = roundsOf([node])
    clock += REFUSAL_MS - 10
    await tick()
    expect(begun).toEqual([])
    expect((await rowOf(id))?.blocked).toEqual(refused)
    clock += 10
    await tick()
    expect(begun).toEqual([id])
  })

  it('takes a job from a node that has begun anew and knows nothing of it, and leaves those that it names', async () => {
    const ada = await account()
    const given = { state: 'running' as const, leaseUntil: clock + 1_000_000, nodeId: 'a', attempt: 3 }
    const lost = await queue(ada, { ...given, claimedAt: clock })
    const named = await queue(ada, { ...given, claimedAt: clock })
    const late = await queue(ada, { ...given, claimedAt: clock + DIALLED_AFTER_MS + 10 })
    const node = trainer('a', 4, { since: clock + 2 * DIALLED_AFTER_MS })
    if (node.hello.training) node.hello.training.running = [{ jobId: named, attempt: 3 }]
    const { tick, attended } = roundsOf([node])
    await tick()
    expect(attended).toEqual([`forgotten ${lost} 3`])
    expect(late).not.toBe(lost)
  })

  it('looks after jobs that were left alone: lost, unread, uncleared', async () => {
    const ada = await account()
    const lost = await queue(ada, { state: 'running', leaseUntil: clock })
    const pending = await queue(ada, { state: 'pending' })
    const over = await queue(ada, { state: 'failed', finishedAt: clock })
    const fine = await queue(ada, { state: 'running', leaseUntil: clock + 1_000_000 })
    const { tick, attended } = roundsOf([])
    clock += 61_000
    await tick()
    expect(attended.toSorted()).toEqual([lost, pending, over].toSorted())
    expect(attended).not.toContain(fine)
  })
})

const stateOf = async (id: string) => (await createJobStore(db, now).find(id))?.state

it('jobs of a disabled account leave their nodes, and are given to none', async () => {
  const { id: ada } = await accountOf()
  const [waiting, running] = [
    await queue(ada),
    await queue(ada, { state: 'running', nodeId: newId(), attempt: 1 }),
  ]
  await db.update(accounts).set({ active: false }).where(eq(accounts.id, ada))
  const { tick, begun, attended } = roundsOf([trainer(newId(), 2)])
  await tick()
  expect([begun, attended]).toEqual([[], [running]])
  expect(await stateOf(running)).toBe('pausing')
  await db.update(accounts).set({ active: true }).where(eq(accounts.id, ada))
  await tick()
  expect(begun).toEqual([waiting])
})

it('a round reads nothing of a job but what decides where it goes', async () => {
  const { db: watched, bytesOf } = countedDb()
  const { id: accountId } = await accountOf()
  await queue(accountId)
  await db.update(trainingJobs).set({ request: { logs: 'x'.repeat(100_000) } })
  const { tick } = createScheduler({
    db: watched,
    store: createJobStore(db, now),
    snapshot: async () => [],
    trainingRun: () => {
      throw new Error('not asked')
    },
    log: createLogger(() => {}),
    now,
  })
  expect(await bytesOf(tick)).toBeLessThan(3_000)
})

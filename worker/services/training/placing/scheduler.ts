import { and, asc, desc, eq, inArray, lt, type SQL, sql } from 'drizzle-orm'
import { causeOf } from '../../../../shared/failure-cause.ts'
import type { Logger } from '../../../../shared/log.ts'
import { TRAINING_LEASE_MS } from '../../../../shared/training.ts'
import type { Db } from '../../../db/client.ts'
import { accounts } from '../../../db/tables/accounts.ts'
import { trainingJobs } from '../../../db/tables/training.ts'
import type { Plan } from '../../accounts/account-row.ts'
import type { NodeView } from '../../pool/node-view.ts'
import { HELD_STATES, OVER_STATES } from '../job-states.ts'
import type { JobStore } from '../job-store.ts'
import type { Blocked, JobRow } from '../training-job.ts'
import { TRAINING_LIMITS } from '../training-limits.ts'
import type { TrainingRunStub } from '../training-run.ts'
import { type PlacedJob, type Trainer, trainersFor, trainersOf } from './requirements.ts'

/** Jobs that a round reads at a time, and how often it does: as long as a node is free for those further behind. */
export const LOOKED_AT_ONCE = 200
const MAX_READS = 25

/** Jobs that are looked after in one round, and how long they have to be left alone for it. */
const MAX_ATTENDED = 50
export const LEFT_ALONE_MS = 60_000

/** A job that was given to a node shortly before it dialled may have gone by the new link: its lease decides. */
export const DIALLED_AFTER_MS = 5_000

export interface SchedulerOptions {
  db: Db
  store: JobStore
  /** Every node as it stands. */
  snapshot: () => Promise<readonly NodeView[]>
  trainingRun: (jobId: string) => Pick<TrainingRunStub, 'begin' | 'attend' | 'prepare' | 'forgotten'>
  log: Logger
  now?: () => number
}

/** A job that waits, and the plan of its account. */
interface Waiting {
  job: PlacedJob & Pick<JobRow, 'id' | 'accountId' | 'blocked' | 'priority' | 'createdAt'>
  plan: Plan
}

const { id, accountId, blocked, refusals, plan, priority, createdAt } = trainingJobs
/** As much of a job as decides where it goes: a round looks at many, and needs neither their prompts nor their sources. */
const WAITING_COLUMNS = {
  id,
  accountId,
  blocked,
  refusals,
  priority,
  createdAt,
  plan: sql`json_object('baseModel', ${plan} ->> '$.baseModel', 'precisions', json(${plan} -> '$.precisions'))`.mapWith(
    (text: string) => JSON.parse(text) as PlacedJob['plan'], // as it was taken out of a plan
  ),
}

type HeldJob = Pick<JobRow, 'id' | 'nodeId' | 'accountId' | 'attempt' | 'claimedAt'>

interface Round {
  trainers: Trainer[]
  /** Jobs that each account has with nodes. */
  running: Map<string, number>
  /** Jobs that wait for another reason than they say, by what they are to say. */
  blocked: Map<string, string[]>
}

const counted = (names: readonly (string | null)[]): Map<string, number> => {
  const counts = new Map<string, number>()
  for (const name of names) if (name !== null) counts.set(name, (counts.get(name) ?? 0) + 1)
  return counts
}

/**
 * Gives jobs to nodes: the highest priority first, then the oldest. A job that nobody can do does not keep those behind it
 * waiting. While others wait for what they could have, an account has at most half of all slots.
 */
export function createScheduler({ db, store, snapshot, trainingRun, log, now = Date.now }: SchedulerOptions) {
  const held = inArray(trainingJobs.state, [...HELD_STATES])
  const countOf = (condition: SQL) => db.$count(trainingJobs, and(held, condition))

  async function attempt(name: string, jobId: string, work: () => Promise<unknown>): Promise<void> {
    try {
      await work()
    } catch (thrown) {
      log.error(`training.${name}`, { jobId, cause: causeOf(thrown) })
    }
  }

  /** Jobs that nobody has spoken of for too long: their own objects look at them. */
  async function attendToOthers(): Promise<void> {
    const before = now() - LEFT_ALONE_MS
    const some = (condition: SQL | undefined) =>
      db
        .select({ id: trainingJobs.id, state: trainingJobs.state })
        .from(trainingJobs)
        .where(condition)
        .limit(MAX_ATTENDED)
    const [lost, pending, uncleared] = await Promise.all([
      some(and(held, lt(trainingJobs.leaseUntil, now()))),
      some(and(eq(trainingJobs.state, 'pending'), lt(trainingJobs.updatedAt, before))),
      some(
        and(
          inArray(trainingJobs.state, [...OVER_STATES]),
          eq(trainingJobs.isCleared, false),
          lt(trainingJobs.finishedAt, before),
        ),
      ),
    ])
    await Promise.all([
      ...[...lost, ...uncleared].map(({ id }) => attempt('unattended', id, () => trainingRun(id).attend(id))),
      ...pending.map(({ id }) => attempt('unprepared', id, () => trainingRun(id).prepare(id))),
    ])
  }

  /** Jobs that run for accounts which were disabled meanwhile: they leave their nodes, and can be resumed. */
  async function pauseDisabled(): Promise<void> {
    const running = await db
      .select({ id: trainingJobs.id })
      .from(trainingJobs)
      .innerJoin(accounts, eq(accounts.id, trainingJobs.accountId))
      .where(and(eq(trainingJobs.state, 'running'), eq(accounts.active, false)))
      .limit(MAX_ATTENDED)
    for (const { id } of running) {
      await attempt('not_paused', id, async () => {
        if (await store.transition(id, 'pause')) await trainingRun(id).attend(id)
      })
    }
  }

  /** One statement: of two rounds at once, one has the job; neither node nor account has more than it may. */
  async function claim({ job, plan }: Waiting, { view }: Trainer): Promise<JobRow | undefined> {
    const { nodeId, hello } = view
    const slots = hello.training?.slots ?? 0
    const claimedAt = now()
    return await store.transition(
      job.id,
      'claimed',
      {
        when: and(
          sql`(${countOf(eq(trainingJobs.nodeId, nodeId))}) < ${slots}`,
          sql`(${countOf(eq(trainingJobs.accountId, job.accountId))}) < ${TRAINING_LIMITS[plan].running}`,
        ),
      },
      {
        attempt: sql`${trainingJobs.attempt} + 1`,
        nodeId,
        claimedAt,
        leaseUntil: claimedAt + TRAINING_LEASE_MS,
        startedAt: sql`coalesce(${trainingJobs.startedAt}, ${claimedAt})`,
      },
    )
  }

  function block({ job }: Waiting, blocked: Blocked, round: Round): void {
    const reason = JSON.stringify(blocked)
    if (reason === JSON.stringify(job.blocked)) return
    round.blocked.set(reason, [...(round.blocked.get(reason) ?? []), job.id])
  }

  /** Writes down why jobs wait: in a statement a reason, as many may wait for the same one. */
  async function tellBlocked({ blocked: reasons }: Round): Promise<void> {
    for (const [reason, ids] of reasons) {
      const own = sql`${trainingJobs.id} in (select value from json_each(${JSON.stringify(ids)}))`
      await db
        .update(trainingJobs)
        // As it was written a moment ago.
        .set({ blocked: JSON.parse(reason) as Blocked })
        .where(and(own, eq(trainingJobs.state, 'queued')))
    }
    reasons.clear()
  }

  /** Gives a job to the first node that takes it, or says why none does. */
  async function place(waiting: Waiting, round: Round): Promise<void> {
    const { job, plan } = waiting
    const limit = TRAINING_LIMITS[plan].running
    const runs = round.running.get(job.accountId) ?? 0
    if (runs >= limit) {
      const message = `Your plan lets ${limit} training jobs run at the same time.`
      return block(waiting, { requirement: 'account', message }, round)
    }
    const found = trainersFor(job, round.trainers, now())
    if ('blocked' in found) return block(waiting, found.blocked, round)
    for (const trainer of found.fit) {
      const row = await claim(waiting, trainer)
      if (!row) return // another round has it, or has filled the node: it rings again
      trainer.free -= 1
      const of = { jobId: row.id, nodeId: trainer.view.nodeId, attempt: row.attempt, offer: trainer.offer }
      if (await trainingRun(row.id).begin(of)) {
        round.running.set(job.accountId, runs + 1)
        return
      }
      trainer.free = 0 // it is not there
    }
  }

  /** The first that wait, or those behind one. */
  async function waitingJobs(last?: Waiting): Promise<Waiting[]> {
    const behind =
      last &&
      sql`(-${priority}, ${createdAt}, ${id}) > (${-last.job.priority}, ${last.job.createdAt}, ${last.job.id})`
    return await db
      .select({ job: WAITING_COLUMNS, plan: accounts.plan })
      .from(trainingJobs)
      .innerJoin(accounts, eq(accounts.id, trainingJobs.accountId))
      // One of a disabled account waits until that is enabled again.
      .where(and(eq(trainingJobs.state, 'queued'), eq(accounts.active, true), behind))
      .orderBy(desc(priority), asc(createdAt), asc(id))
      .limit(LOOKED_AT_ONCE)
  }

  /** Jobs whose node has dialled anew since it was given them, and does not name them: its process died. */
  async function forgetLost(views: readonly NodeView[], jobs: readonly HeldJob[]): Promise<void> {
    const nodes = new Map(views.map((view) => [view.nodeId, view]))
    for (const { id, nodeId, attempt: tried, claimedAt } of jobs) {
      const view = nodeId === null ? undefined : nodes.get(nodeId)
      if (!view?.linked || nodeId === null || claimedAt === null) continue
      if (claimedAt > view.since - DIALLED_AFTER_MS) continue
      const { running = [] } = view.hello.training ?? {}
      if (running.some(({ jobId }) => jobId === id)) continue
      const of = { jobId: id, nodeId, attempt: tried }
      await attempt('not_forgotten', id, () => trainingRun(id).forgotten(of))
    }
  }

  async function giveOut(): Promise<void> {
    const { id, nodeId, accountId, attempt: tried, claimedAt } = trainingJobs
    const heldJobs = await db
      .select({ id, nodeId, accountId, attempt: tried, claimedAt })
      .from(trainingJobs)
      .where(held)
    const waiting = await waitingJobs()
    if (waiting.length + heldJobs.length === 0) return
    const views = await snapshot()
    await forgetLost(views, heldJobs)
    if (waiting.length === 0) return
    await placeAll(waiting, views, heldJobs)
  }

  async function placeAll(
    waiting: readonly Waiting[],
    views: readonly NodeView[],
    heldJobs: readonly HeldJob[],
  ): Promise<void> {
    const trainers = trainersOf(views, counted(heldJobs.map(({ nodeId }) => nodeId)))
    const running = counted(heldJobs.map(({ accountId }) => accountId))
    const slots = trainers.reduce((sum, { view }) => sum + (view.hello.training?.slots ?? 0), 0)
    const share = Math.max(1, Math.ceil(slots / 2))
    const deferred: Waiting[] = []
    const round: Round = { trainers, running, blocked: new Map() }
    let page = waiting
    for (let reads = 1; ; reads += 1) {
      for (const one of page) {
        if ((running.get(one.job.accountId) ?? 0) >= share) deferred.push(one)
        else await attempt('not_placed', one.job.id, () => place(one, round))
      }
      const isFull = trainers.every(({ free }) => free <= 0)
      if (page.length < LOOKED_AT_ONCE || reads === MAX_READS || isFull) break
      // Those that nobody can do keep nobody waiting who stands behind them.
      page = await waitingJobs(page.at(-1))
    }
    // What is free now is free for everybody.
    for (const one of deferred) await attempt('not_placed', one.job.id, () => place(one, round))
    await tellBlocked(round)
  }

  return {
    /** A round. Whatever of it fails is logged, and done by the next. */
    async tick(): Promise<void> {
      await attendToOthers().catch((thrown) => log.error('training.unattended', { cause: causeOf(thrown) }))
      await pauseDisabled().catch((thrown) => log.error('training.not_paused', { cause: causeOf(thrown) }))
      await giveOut().catch((thrown) => log.error('training.no_round', { cause: causeOf(thrown) }))
    },
  }
}

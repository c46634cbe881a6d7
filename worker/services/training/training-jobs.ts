import { and, desc, eq, getTableColumns, gt, lt, notInArray, sql } from 'drizzle-orm'
import { AppError } from '../../../shared/errors.ts'
import type { TrainingWishes } from '../../../shared/training.ts'
import { DAY_MS } from '../../../shared/units.ts'
import { type Db, newId } from '../../db/client.ts'
import { trainingCheckpoints, trainingJobs } from '../../db/tables/training.ts'
import { tunedModels } from '../../db/tables/tuned-models.ts'
import { createAudit } from '../audit.ts'
import { readEvents } from '../inference/event-lines.ts'
import { type Bases, factsIn } from './bases.ts'
import { createJobList, type JobViewer, seenBy } from './job-list.ts'
import { HELD_STATES, OVER_STATES, TRANSITIONS } from './job-states.ts'
import type { JobStore } from './job-store.ts'
import { planOf } from './new-job.ts'
import type { Beginning, Starting } from './starting/starting.ts'
import type { UploadedAdapters } from './starting/uploaded-adapters.ts'
import {
  type JobRow,
  jobOf,
  type NewTrainingJob,
  type ServedCheckpoint,
  type TrainingJob,
  type TrainingSource,
} from './training-job.ts'
import { TRAINING_LIMITS, USUAL_PRIORITY } from './training-limits.ts'
import type { EventPage, JobMetrics, LoggedEvent, TrainingRunStub } from './training-run.ts'

/** The answer to how much memory a job would take. */
export interface TrainingEstimate {
  memoryMiB: number
  /** The node that reckoned. */
  nodeId: string
}

export interface TrainingJobsOptions {
  db: Db
  store: JobStore
  trainingRun: (jobId: string) => TrainingRunStub
  bases: Bases
  /** Throws `not_found` or `invalid_request` for what cannot be read by the account. */
  checkSource: (accountId: string, source: TrainingSource) => Promise<void>
  starting: Starting
  uploadedAdapters: Pick<UploadedAdapters, 'at'>
  estimate: (asked: { model: string; wishes: TrainingWishes }) => Promise<TrainingEstimate>
  /** Rings for whoever gives jobs to nodes. */
  ring: () => Promise<void>
  later: (work: Promise<unknown>) => void
  now?: () => number
}

/** How often a job is asked that moves on meanwhile. */
const MAX_ASKED = 3

export type TrainingJobs = ReturnType<typeof createTrainingJobs>

/** Events, and those behind them: of one that has much to tell, a part at a time. */
async function* follow(
  run: TrainingRunStub,
  afterId: number,
  first: ReadableStream<Uint8Array>,
): AsyncGenerator<LoggedEvent[], void, void> {
  let last = afterId
  for (let part = first; ; part = await run.watch(last)) {
    const before = last
    for await (const events of readEvents<LoggedEvent>(part)) {
      last = events.at(-1)?.id ?? last
      yield events
    }
    if (last === before) return
  }
}

/** The jobs by which accounts train models. Whatever belongs to another account does not exist. */
export function createTrainingJobs(options: TrainingJobsOptions) {
  const { db, store, trainingRun, ring, later, now = Date.now } = options

  const audit = createAudit(db, now)

  async function visible(viewer: JobViewer, id: string) {
    const [row] = await db
      .select()
      .from(trainingJobs)
      .where(and(eq(trainingJobs.id, id), seenBy(viewer)))
    if (row) return row
    throw new AppError('not_found', `There is no job '${id}'.`)
  }

  async function asked(viewer: JobViewer, id: string, event: 'pause' | 'resume' | 'cancel') {
    const recorded = { actorId: viewer.accountId, action: `training_job.${event}`, target: id }
    let row: JobRow | undefined
    for (let tries = 1; !row; tries += 1) {
      row = await store.transition(id, event, { when: seenBy(viewer), recorded })
      if (row) break
      const { state } = await visible(viewer, id)
      // Its node may have given it back while one state after the other was asked.
      if (TRANSITIONS[state][event] !== undefined && tries < MAX_ASKED) continue
      throw new AppError('conflict', `A job that is ${state} cannot be asked to ${event}.`, {
        param: 'state',
      })
    }
    later(event === 'resume' ? ring() : trainingRun(id).attend(id))
    return jobOf(row)
  }

  /** The step of a job's own checkpoint. Throws `invalid_request` where it has no such one. */
  async function stepOf(jobId: string, id: string): Promise<number> {
    const own = and(eq(trainingCheckpoints.id, id), eq(trainingCheckpoints.jobId, jobId))
    const [row] = await db.select({ step: trainingCheckpoints.step }).from(trainingCheckpoints).where(own)
    if (row) return row.step
    throw new AppError('invalid_request', 'Expected the id of a checkpoint of this job.', { param: 'after' })
  }

  return {
    baseOf: options.bases.baseOf,
    /** The adapter that an account has brought along at a path, or in a folder, of its workspace. */
    uploadedAdapterAt: options.uploadedAdapters.at,

    /**
     * Makes a job, whose rows are checked from then on. Throws, with the name of the field: `invalid_request`,
     * `model_not_found`, `not_found`, and `limit_exceeded` for an account that has too many that wait, or
     * that were begun today.
     */
    async create(given: NewTrainingJob): Promise<TrainingJob> {
      const { account } = given
      const plan = await planOf(given, { ...options, ...options.bases })
      const createdAt = now()
      const row = {
        id: newId(),
        accountId: account.id,
        surface: given.surface,
        state: 'pending' as const,
        priority: given.priority ?? USUAL_PRIORITY,
        plan,
        request: given.request ?? null,
        tags: given.tags ?? [],
        metadata: given.metadata ?? null,
        createdAt,
        updatedAt: createdAt,
      }
      const { waiting, daily } = TRAINING_LIMITS[account.plan]
      const others = db.$count(
        trainingJobs,
        and(
          eq(trainingJobs.accountId, account.id),
          notInArray(trainingJobs.state, [...OVER_STATES, ...HELD_STATES]),
        ),
      )
      const ofDay = db.$count(
        trainingJobs,
        and(eq(trainingJobs.accountId, account.id), gt(trainingJobs.createdAt, createdAt - DAY_MS)),
      )
      // In one transaction: of many at once, no more are left than may be.
      const [[created], [counted], [removed]] = await db.batch([
        db.insert(trainingJobs).values(row).returning(),
        db.select({ ofDay: sql<number>`(${ofDay})`.as('of_day') }).from(sql`(select 1)`),
        db
          .delete(trainingJobs)
          .where(and(eq(trainingJobs.id, row.id), sql`((${others}) > ${waiting} or (${ofDay}) > ${daily})`))
          .returning({ id: trainingJobs.id }),
        audit.rowWhere(
          {
            ...{ actorId: account.id, action: 'training_job.create', target: row.id },
            after: { surface: row.surface, model: plan.baseModel },
          },
          trainingJobs,
          eq(trainingJobs.id, row.id),
        ),
      ])
      if (!created || removed) {
        const isOfDay = (counted?.ofDay ?? 0) > daily
        const message = `Your plan lets ${isOfDay ? `${daily} training jobs begin within a day` : `${waiting} training jobs wait at the same time`}.`
        throw new AppError('limit_exceeded', message)
      }
      later(trainingRun(row.id).prepare(row.id))
      return jobOf(created)
    },

    /** Throws `not_found` for a job that the viewer may not see. */
    get: async (viewer: JobViewer, id: string): Promise<TrainingJob> => jobOf(await visible(viewer, id)),

    ...createJobList(db, visible),

    /** Each throws `not_found`, and `conflict` where the job's state does not lead there. */
    cancel: (viewer: JobViewer, id: string): Promise<TrainingJob> => asked(viewer, id, 'cancel'),
    pause: (viewer: JobViewer, id: string): Promise<TrainingJob> => asked(viewer, id, 'pause'),
    resume: (viewer: JobViewer, id: string): Promise<TrainingJob> => asked(viewer, id, 'resume'),

    async events(
      viewer: JobViewer,
      id: string,
      page: EventPage,
    ): Promise<{ events: LoggedEvent[]; hasMore: boolean }> {
      await visible(viewer, id)
      return await trainingRun(id).events(page)
    },

    /**
     * The events behind an id (0 for all), and then those that come, until the job is over; some at a time, none as a sign of
     * life. A listener that reads too slowly is let go: it comes back with the last id that it has.
     */
    async watch(
      viewer: JobViewer,
      id: string,
      afterId: number,
    ): Promise<AsyncGenerator<LoggedEvent[], void, void>> {
      await visible(viewer, id)
      return follow(trainingRun(id), afterId, await trainingRun(id).watch(afterId))
    },

    async metrics(viewer: JobViewer, id: string): Promise<JobMetrics> {
      await visible(viewer, id)
      return await trainingRun(id).metrics()
    },

    /** Those that are models, the newest first: one whose model was deleted is none. */
    async checkpoints(
      viewer: JobViewer,
      id: string,
      { after, limit }: { after?: string | undefined; limit: number },
    ): Promise<{ checkpoints: ServedCheckpoint[]; hasMore: boolean }> {
      await visible(viewer, id)
      const last = after === undefined ? undefined : lt(trainingCheckpoints.step, await stepOf(id, after))
      const rows = await db
        .select({ ...getTableColumns(trainingCheckpoints), modelName: tunedModels.name })
        .from(trainingCheckpoints)
        .innerJoin(tunedModels, eq(tunedModels.id, trainingCheckpoints.modelId))
        .where(and(eq(trainingCheckpoints.jobId, id), last))
        .orderBy(desc(trainingCheckpoints.step))
        .limit(limit + 1)
      return { checkpoints: rows.slice(0, limit), hasMore: rows.length > limit }
    },

    /**
     * How much memory it would take, as a node reckons: one that goes on from an adapter has the rank and the matrices of that.
     * Throws what `create` does of its base, and `no_capacity` when no node can be asked.
     */
    async estimate(given: Beginning & Pick<NewTrainingJob, 'held'>): Promise<TrainingEstimate> {
      const { baseModel: model, held = await options.bases.holdingsOf(given.baseModel) } = given
      const { wishes } = await options.starting.startOf(given, factsIn(held))
      return await options.estimate({ model, wishes })
    },
  }
}

import { and, eq, inArray, type SQL, sql } from 'drizzle-orm'
import type { BatchItem } from 'drizzle-orm/batch'
import { type Db, newId } from '../../db/client.ts'
import { type JobState, trainingCheckpoints, trainingJobs } from '../../db/tables/training.ts'
import { type AuditEntry, createAudit } from '../audit.ts'
import type { NewWebhookEvent, WebhookEvents } from '../webhooks/events.ts'
import { HELD_STATES, isOver, type JobEvent, transitionsOf } from './job-states.ts'
import type { JobRow, TrainingCheckpoint } from './training-job.ts'

/** A change of a job's columns that goes with a transition. */
export type JobChange = { [Name in keyof JobRow]?: JobRow[Name] | SQL }

/** Which try a change is meant for; absent where any will do. */
export interface TransitionGuard {
  attempt?: number
  nodeId?: string
  /** Whatever else must be so. */
  when?: SQL | undefined
  /** Whoever asks for it, and what is written down of that. */
  recorded?: AuditEntry
}

/** The columns that a job leaves its node with. */
const LEFT = { nodeId: null, leaseUntil: null, claimedAt: null }

function changeOf(event: JobEvent, to: JobState, now: number): JobChange {
  return {
    state: to,
    updatedAt: now,
    ...(to === 'queued' && { queuedAt: now, blocked: null }),
    ...(isOver(to) && { finishedAt: now, blocked: null, refusals: null }),
    ...(event !== 'claimed' && to !== 'pausing' && to !== 'cancelling' && LEFT),
  }
}

/** The end of a job that its account's webhooks are told of, as the change says it. */
function eventOf(
  { id, accountId, plan }: JobRow,
  { error, resultModel }: JobChange,
  to: JobState,
): NewWebhookEvent {
  const job = { id: `ftjob-${id}`, base_model: plan.baseModel }
  // They are written as values alone.
  const [told, model] = [error as JobRow['error'] | undefined, resultModel as string | null | undefined]
  return to === 'completed'
    ? { accountId, type: 'job.completed', data: { ...job, status: to, model: model ?? null } }
    : {
        accountId,
        type: 'job.failed',
        data: { ...job, status: 'failed', error: told ? { code: told.code, message: told.message } : null },
      }
}

export type JobStore = ReturnType<typeof createJobStore>

/**
 * The rows of jobs, which change state in one way only: by a transition of the table, in one statement. Without `webhookEvents`,
 * nobody is told of their ends.
 */
export function createJobStore(
  db: Db,
  now: () => number = Date.now,
  webhookEvents?: Pick<WebhookEvents, 'emit'>,
) {
  const audit = createAudit(db, now)

  async function find(id: string): Promise<JobRow | undefined> {
    const [row] = await db.select().from(trainingJobs).where(eq(trainingJobs.id, id))
    return row
  }

  /** Ends a job, and tells of it: both or neither. */
  async function told<Update extends BatchItem<'sqlite'> & PromiseLike<JobRow[]>>(
    id: string,
    may: SQL | undefined,
    change: JobChange,
    to: JobState,
    update: Update,
  ): Promise<JobRow[]> {
    const row = webhookEvents && (await find(id))
    if (!row) return await update
    const isLetIn = sql`exists (select 1 from ${trainingJobs} where ${may})`
    const event = webhookEvents.emit(eventOf(row, change, to), isLetIn)
    const [first = update, ...others]: BatchItem<'sqlite'>[] = [...event.statements, update]
    const results = await db.batch([first, ...others])
    event.deliver()
    // The last statement answers with the job.
    return results.at(-1) as JobRow[]
  }

  /**
   * Moves a job on, if its state (and its attempt, where one is given) lets it; of two at once one does. Answers with the row
   * as it is then, undefined where nothing was changed.
   */
  async function transition(
    id: string,
    event: JobEvent,
    { attempt, nodeId, when, recorded }: TransitionGuard = {},
    change: JobChange = {},
  ): Promise<JobRow | undefined> {
    for (const { from, to } of transitionsOf(event)) {
      const may = and(
        eq(trainingJobs.id, id),
        eq(trainingJobs.state, from),
        attempt === undefined ? undefined : eq(trainingJobs.attempt, attempt),
        nodeId === undefined ? undefined : eq(trainingJobs.nodeId, nodeId),
        when,
      )
      const update = db
        .update(trainingJobs)
        .set({ ...changeOf(event, to, now()), ...change })
        .where(may)
        .returning()
      const [row] =
        to === 'completed' || to === 'failed'
          ? await told(id, may, change, to, update)
          : recorded
            ? (await db.batch([audit.rowWhere(recorded, trainingJobs, may), update]))[1]
            : await update
      if (row) return row
    }
    return undefined
  }

  return {
    find,
    transition,

    /** Changes columns of a job that a node holds, as long as it is this attempt's. The row then; undefined where it is not. */
    async amend(id: string, attempt: number, change: JobChange): Promise<JobRow | undefined> {
      const [row] = await db
        .update(trainingJobs)
        .set({ ...change, updatedAt: now() })
        .where(
          and(
            eq(trainingJobs.id, id),
            eq(trainingJobs.attempt, attempt),
            inArray(trainingJobs.state, [...HELD_STATES]),
          ),
        )
        .returning()
      return row
    },

    /** Changes columns that no state depends on. */
    async note(id: string, change: JobChange): Promise<void> {
      await db.update(trainingJobs).set(change).where(eq(trainingJobs.id, id))
    },

    /** A checkpoint that is a model, once for a step. */
    async addCheckpoint(checkpoint: Omit<TrainingCheckpoint, 'id' | 'createdAt'>): Promise<void> {
      const { jobId, step } = checkpoint
      await db.batch([
        db
          .delete(trainingCheckpoints)
          .where(and(eq(trainingCheckpoints.jobId, jobId), eq(trainingCheckpoints.step, step))),
        db.insert(trainingCheckpoints).values({ ...checkpoint, id: newId(), createdAt: now() }),
      ])
    },
  }
}
